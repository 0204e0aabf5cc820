"""No look into the future: the world truncated at D, rebuilt from raw, equals the full world read as of D."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from tests.province import deploy, make_inbox, once
from yuheng import intake
from yuheng.library import build_order
from yuheng.library.shape import derived_schema
from yuheng.pipeline import Workspace, ensure_values
from yuheng.pipeline.values import value_table

DAYS = (date(2026, 2, 28), date(2026, 3, 31), date(2026, 5, 31))


def take(root: Path) -> None:
    """Takes the inbox in, nothing more."""
    with Workspace.open(root) as ws, ws.engine() as engine:
        intake.run(ws.deployment, ws.office, ws.lake, engine, ws.store)


def deliveries_up_to(inbox: Path, day: date) -> None:
    """Removes what was delivered after the month of `day` (files end with their month)."""
    for path in inbox.rglob("*_??????*"):
        if path.is_file() and path.stem.split("_")[-1][:6] > f"{day:%Y%m}":
            path.unlink()


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`full`, and one truncated deployment per day, all taken in from raw."""

    def make(folder: Path) -> None:
        make_inbox(folder, enterprises=150, months=6, seed=11, others=0.1)
        deploy(folder / "full", folder / "inbox")
        take(folder / "full")
        for day in DAYS:
            root = folder / day.isoformat()
            deploy(root, folder / "inbox")
            deliveries_up_to(root / "inbox", day)
            take(root)

    return once(tmp_path_factory, "leak", make)


def tables(root: Path, day: date) -> dict[str, pa.Table]:
    """Every derived table and the values as of a day, rows in order."""
    with Workspace.open(root) as ws, ws.engine() as engine:
        ensure_values(ws, engine, day)
        found = {}
        for name in build_order(ws.store):
            declared = ws.store.derived[name]
            engine.scan("made", ws.lake.table("derived", name).files(slice=day.isoformat()), derived_schema(declared))
            found[name] = engine.query("select * from made order by all")
        values = value_table(ws.lake)
        engine.scan("made", values.files(slice=day.isoformat()), values.schema())
        found["indicator_value"] = engine.query("select * from made order by all")
        return found


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_truncated_world_is_the_full_world_as_of_that_day(worlds: Path, day: date) -> None:
    full, truncated = tables(worlds / "full", day), tables(worlds / day.isoformat(), day)
    assert full["indicator_value"].num_rows > 100
    different = [name for name, rows in full.items() if not rows.equals(truncated[name])]
    assert different == []


def test_the_full_world_knows_more_later(worlds: Path) -> None:
    """The comparison above would see a difference: a month later the values are others."""
    early, late = tables(worlds / "full", DAYS[0]), tables(worlds / "full", DAYS[1])
    assert not early["indicator_value"].equals(late["indicator_value"])
