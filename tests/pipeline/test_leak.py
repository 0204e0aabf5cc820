"""No look into the future: the world truncated at D, rebuilt from raw, equals the full world read as of D.

The province is made harder than a real one: some firms of the opening stock are registered late, so that records about
them are known long before they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.province import deploy, make_inbox, once
from yuheng import intake
from yuheng.content import ContentStore
from yuheng.errors import DataError
from yuheng.lake import Lake, connect
from yuheng.library import as_of_select, standard_schema, truncate_known_after
from yuheng.library.shape import derived_schema
from yuheng.library.slices import NoLease
from yuheng.pipeline import Models, Workspace, fit, rate
from yuheng.pipeline.models import load, store
from yuheng.pipeline.rate import grade_schema, grade_table
from yuheng.pipeline.values import value_table

DAYS = (date(2026, 2, 28), date(2026, 3, 31), date(2026, 5, 31))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
LATE = 12
"""Firms of the opening stock whose registration is only known in June."""
JUNE = "2026-06-10 09:00:00"


def take(root: Path) -> None:
    """Takes the inbox in, nothing more."""
    with Workspace.open(root) as ws, ws.engine() as engine:
        intake.run(ws.deployment, ws.office, ws.lake, engine, ws.store, received=date(2026, 7, 31))


def deliveries_up_to(inbox: Path, day: date) -> None:
    """Removes what was delivered after the month of `day` (files end with their month)."""
    for path in inbox.rglob("*_??????*"):
        if path.is_file() and path.stem.split("_")[-1][:6] > f"{day:%Y%m}":
            path.unlink()


def register_late(inbox: Path) -> None:
    """Takes the first firms out of the opening stock of the register and delivers them in June."""
    folder = inbox / "S-REG" / "reg_entity"
    stock, june = folder / "reg_entity_000000.csv", folder / "reg_entity_202606.csv"
    head, *rows = stock.read_text(encoding="gb18030").splitlines()
    names = head.split(",")
    ending = [names.index("UPDATETIME") - len(names), names.index("PRIPID")]
    late = [row.split(",") for row in rows[:LATE]]
    gone = {row[ending[1]] for row in late}
    for row in late:
        row[ending[0]] = JUNE
    stock.write_text("\n".join([head, *rows[LATE:], ""]), encoding="gb18030")
    for path in sorted(folder.glob("*.csv")):  # later versions would make the firms known earlier
        first, *others = path.read_text(encoding="gb18030").splitlines()
        kept = [line for line in others if line.split(",")[ending[1]] not in gone]
        more = [",".join(row) for row in late] if path == june else []
        path.write_text("\n".join([first, *kept, *more, ""]), encoding="gb18030")


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`full`, and one truncated deployment per day, all taken in from raw; they share the models of `full`."""

    def make(folder: Path) -> None:
        make_inbox(folder, enterprises=100, months=6, seed=11, others=0.2)
        register_late(folder / "inbox")
        deploy(folder / "full", folder / "inbox")
        take(folder / "full")
        with Workspace.open(folder / "full") as ws, ws.engine() as engine:
            for grading in ws.store.gradings.values():
                store(ws, fit(ws, engine, grading, DAYS[0]).model, by="test")
        for day in DAYS:
            root = folder / day.isoformat()
            deploy(root, folder / "inbox")
            deliveries_up_to(root / "inbox", day)
            take(root)

    return once(tmp_path_factory, "leak", make)


@pytest.fixture(scope="module")
def models(worlds: Path) -> Models:
    """The models of the full world, for all."""
    with Workspace.open(worlds / "full") as ws:
        found = {m.grading: load(m) for m in ws.office.models.list()}
    return lambda grading: found[grading.id]


def tables(root: Path, day: date, models: Models) -> dict[str, pa.Table]:
    """Every derived table, the values and the grades as of a day, rows in order."""
    with Workspace.open(root) as ws, ws.engine() as engine:
        rate(ws, engine, day, models=models)
        found = {}
        for name, declared in ws.store.derived.items():
            engine.scan("made", ws.lake.table("derived", name).files(slice=day.isoformat()), derived_schema(declared))
            found[name] = engine.query("select * from made order by all")
        values, grades = value_table(ws.lake), grade_table(ws)
        for table, schema in ((values, values.schema()), (grades, grade_schema(ws))):
            engine.scan("made", table.files(slice=day.isoformat()), schema)
            found[table.name] = engine.query("select * from made order by all")
        return found


def differing(one: Mapping[str, pa.Table], other: Mapping[str, pa.Table]) -> list[str]:
    """Names of the tables that are not equal, as far as firms are concerned that were registered by then.

    A record may be linked to a firm by what became known later; no firm known on the day has a share in it.
    """
    assert one.keys() == other.keys()
    known = one["ent_base"]["ent_id"].combine_chunks()
    return [name for name, rows in one.items() if not of(known, rows).equals(of(known, other[name]))]


def of(firms: pa.Array, rows: pa.Table) -> pa.Table:
    """The rows of the firms; all rows of a table that is not about single firms."""
    if "ent_id" not in rows.column_names:
        return rows
    return rows.filter(pc.is_in(rows["ent_id"], value_set=firms))


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_truncated_world_is_the_full_world_as_of_that_day(worlds: Path, models: Models, day: date) -> None:
    full = tables(worlds / "full", day, models)
    assert full["indicator_value"].num_rows > 100
    assert full["grade"].num_rows == full["indicator_value"].num_rows
    assert differing(full, tables(worlds / day.isoformat(), day, models)) == []


def test_so_does_the_world_truncated_in_memory(worlds: Path, models: Models) -> None:
    """What `truncate_known_after` keeps is the world of that day: from its rows come the same tables."""
    day = DAYS[1]
    forget_after(worlds / "full", worlds / "memory", day)
    assert differing(tables(worlds / "full", day, models), tables(worlds / "memory", day, models)) == []


def test_the_full_world_knows_more_later(worlds: Path, models: Models) -> None:
    """The comparisons above would see a difference: a month later nearly everything is another."""
    early, late = (tables(worlds / "full", day, models) for day in DAYS[:2])
    assert {"ent_base", "indicator_value", "grade", "annual_report_latest"} <= set(differing(early, late))


def test_firms_registered_late_are_unknown_before(worlds: Path, models: Models) -> None:
    """Their records are there, linked, before the firms are: this is what a leak would come from."""
    with Workspace.open(worlds / "full") as ws, ws.engine() as engine:
        early: set[int] = set()
        for name, declared in ws.store.standard.items():
            engine.scan(f"{name}__versions", ws.lake.table("standard", name).files(), standard_schema(declared))
            if declared.entity and name != "ent_registration":
                rows = engine.query(f"select distinct ent_id from ({as_of_select(name, DAYS[1])}) q")
                early |= {e for e in rows["ent_id"].to_pylist() if e is not None}
        known = engine.query(f"select distinct ent_id from ({as_of_select('ent_registration', DAYS[1])}) q")
    assert len(early - set(known["ent_id"].to_pylist())) >= LATE // 2


def forget_after(root: Path, target: Path, day: date) -> None:
    """A deployment whose lake holds the standard tables of `root` without what was known after `day`."""
    content = ContentStore.load()
    deploy(target, root / "inbox")
    full, lake = Lake(root / "lake"), Lake(target / "lake")
    engine = connect(macros=content.macros, threads=2, memory="1GB")
    try:
        found: dict[str, pa.Table] = {}
        for name, declared in content.standard.items():
            engine.scan("every", full.table("standard", name).files(), standard_schema(declared))
            found[name] = engine.query("select * from every")
        for name, rows in truncate_known_after(found, day).items():
            table = lake.table("standard", name)
            engine.register("kept", rows)
            files = engine.write("select * from kept", table.staging("kept"), order_by=["ent_id", "source_key"])
            if files:
                table.append(
                    files, schema=rows.schema, app_id="kept", app_version=1, lease=NoLease(), based_on=-1
                )  # fmt: skip
    finally:
        engine.close()


def test_before_the_first_registration_nothing_is_rated(worlds: Path, models: Models) -> None:
    with Workspace.open(worlds / "full") as ws, ws.engine() as engine, pytest.raises(DataError, match="1979-12-31"):
        rate(ws, engine, date(1979, 12, 31), models=models)
