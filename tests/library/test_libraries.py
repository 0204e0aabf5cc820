"""The thematic libraries: declared, built, kept when nothing changed, refused when their contract breaks."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.province import END, Province
from yuheng.content import ContentStore
from yuheng.content.libraryshape import COMMON, full_sql, library_schema
from yuheng.lake import Engine
from yuheng.library import LibraryBuilt, library_inputs, library_order, register_standard
from yuheng.pipeline import Workspace
from yuheng.pipeline.libraries import ensure_libraries, read_record

TARGET = "libraries/zt20_penalties.sql"


@pytest.fixture(scope="module")
def own(province: Province, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the province this module may change."""
    return province.copy(tmp_path_factory.mktemp("libraries") / "deployment")


def built(root: Path, *, only: list[str] | None = None, days: int = 0) -> dict[str, LibraryBuilt]:
    with Workspace.open(root) as ws, ws.engine() as engine:
        found = ensure_libraries(ws, engine, END - timedelta(days=days), only=only)
    return {b.id: b for b in found}


def known_rows(ws: Workspace, engine: Engine, table: str) -> int:
    """Rows of a standard table as of the province's day."""
    register_standard(engine, ws.lake, ws.store, END, only=[table])
    return int(engine.query(f"select count(*) as n from {table}")["n"][0].as_py())


def test_all_58_are_declared_with_the_common_columns() -> None:
    store = ContentStore.load()
    assert list(store.libraries) == [f"ZT{n:02d}" for n in range(1, 59)]
    assert store.listing()["library"]["count"] == 58
    for library in store.libraries.values():
        assert set(COMMON.names) <= set(library_schema(library).names)
        assert library.result_of or library.inputs, library.id
        assert re.fullmatch(r"[㐀-鿿0-9A-Za-z（）() 、]+", library.name_zh)


def test_each_comes_after_those_it_reads() -> None:
    store = ContentStore.load()
    order = [library.table for library in library_order(store)]
    for library in store.libraries.values():
        for name in library_inputs(library) & set(order):
            assert order.index(name) < order.index(library.table)
    assert [x.id for x in library_order(store, ["ZT12"])] == ["ZT11", "ZT12"]


def test_the_run_built_every_library_whose_inputs_have_rows(province: Province) -> None:
    with Workspace.open(province.root) as ws, ws.engine() as engine:
        for library in ws.store.libraries.values():
            table = ws.lake.table("library", library.table)
            record = read_record(ws, library.id)
            if library.result_of:
                assert record["state"] == "pending"
                continue
            assert record["state"] in ("built", "unchanged"), (library.id, record)
            spine = library.spine
            if spine in ws.store.standard and known_rows(ws, engine, str(spine)):
                assert table.rows(slice=END.isoformat()) > 0, library.id
        grades = ws.lake.table("rating", "grade").rows(slice=END.isoformat())
        assert ws.lake.table("library", "zt27").rows(slice=END.isoformat()) == grades
        engine.scan("zt20", ws.lake.table("library", "zt20").files(), library_schema(ws.store.libraries["ZT20"]))
        row = engine.query("select * from zt20 where ent_id is not null order by src_pk limit 1").to_pylist()[0]
        assert row["src_system"] == "S-PUN"
        assert row["valid_from"] == row["decide_date"]
        assert row["security_level"] == "L1"
        assert row["region_code"].startswith("41")
        assert row["batch_id"]


def test_a_repeated_build_changes_nothing(own: Path) -> None:
    first = built(own)
    again = built(own)
    assert {b.state for b in again.values()} <= {"unchanged", "pending"}
    assert {b.id: (b.version, b.rows) for b in again.values()} == {b.id: (b.version, b.rows) for b in first.values()}


def test_only_what_changed_and_what_reads_it_is_built_again(own: Path) -> None:
    built(own)
    file = own / "content" / "libraries" / "zt11_annual_reports.sql"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = ContentStore.load().files.text("libraries/zt11_annual_reports.sql")
    file.write_text(text.replace("from a join f", "from a inner join f"), encoding="utf-8")
    try:
        states = {b.id: b.state for b in built(own).values()}
    finally:
        file.unlink()
    assert {name for name, state in states.items() if state == "built"} == {"ZT11", "ZT12"}
    assert {b.state for b in built(own, only=["ZT12"]).values()} == {"built"}


def test_a_slice_that_breaks_its_contract_is_not_shown(own: Path) -> None:
    good = built(own, only=["ZT20"])["ZT20"]
    file = own / "content" / TARGET
    file.parent.mkdir(parents=True, exist_ok=True)
    text = ContentStore.load().files.text(TARGET)
    broken = text.replace("select p.ent_id, p.pen_dec_no as doc_no", "select p.ent_id, '' as doc_no").replace(
        'rule: "doc_no is not null", action: flag', "rule: \"doc_no <> ''\", action: stop"
    )
    assert broken != text
    file.write_text(broken, encoding="utf-8")
    try:
        stopped = built(own, only=["ZT20"])["ZT20"]
        with Workspace.open(own) as ws:
            assert read_record(ws, "ZT20")["state"] == "stopped"
            assert not list(ws.lake.table("library", "zt20").path.rglob("_staging/*/*.parquet"))
    finally:
        file.unlink()
    assert stopped.state == "stopped"
    assert (stopped.rows, stopped.version, stopped.served) == (good.rows, good.version, good.served)
    assert [c.id for c in stopped.checks if not c.passed and c.action == "stop"] == ["doc_no"]
    assert built(own, only=["ZT20"])["ZT20"].state == "unchanged"


def test_repeated_keys_and_lost_rows_stop_a_library(own: Path) -> None:
    built(own, only=["ZT57"])
    name = "libraries/zt57_intellectual_property.sql"
    file = own / "content" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    text = ContentStore.load().files.text(name)
    for change, rule in ((" from ent_ip i cross join (values (1), (2)) v(n)", "keys_unique"), (None, "rows")):
        new = text.replace("\nfrom ent_ip i", f"\n{change.strip()}" if change else "\nfrom ent_ip i where 1 = 0")
        assert new != text
        file.write_text(new, encoding="utf-8")
        try:
            found = built(own, only=["ZT57"])["ZT57"]
        finally:
            file.unlink()
        assert found.state == "stopped"
        assert rule in [c.id for c in found.checks if not c.passed]


def test_a_day_without_grades_waits_for_them(own: Path) -> None:
    found = built(own, only=["ZT27", "ZT05"], days=1)
    assert found["ZT05"].state == "built"
    assert found["ZT28"].state == "waiting"
    assert found["ZT27"].state == "waiting"
    assert "grade" in found["ZT27"].note


def test_the_full_select_gives_exactly_the_declared_columns() -> None:
    for library in ContentStore.load().libraries.values():
        if library.sql:
            text = full_sql(library)
            for name in library_schema(library).names:
                assert f'as "{name}"' in text or f" as {name}" in text


def test_old_days_go_and_ends_of_months_stay(own: Path) -> None:
    for days in (5, 4, 3, 2):
        built(own, only=["ZT05"], days=days)
    built(own, only=["ZT05"])
    with Workspace.open(own) as ws:
        table = ws.lake.table("library", "zt05")
        assert set(table.slices()) >= {END.isoformat(), (END - timedelta(days=2)).isoformat()}
        assert len([s for s in table.slices() if s <= END.isoformat()]) == 3
        assert table.files(slice=(END - timedelta(days=5)).isoformat()) == []
    assert built(own, only=["ZT05"], days=5)["ZT05"].state == "built"
