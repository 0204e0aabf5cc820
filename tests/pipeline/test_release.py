"""Closing months: approval, checks, two signatures, frozen grades read by the next month, change list."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.province import END, Province
from yuheng.errors import OfficeError
from yuheng.lake import Lake
from yuheng.office import Release
from yuheng.pipeline import Workspace, draft, freeze, rate, usable_models

BEFORE = date(2026, 5, 31)


@pytest.fixture(scope="module")
def released(province: Province, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Release, Release]:
    """May and June closed by the book."""
    root = province.copy(tmp_path_factory.mktemp("release") / "copy")
    with Workspace.open(root) as ws:
        with ws.engine() as engine:
            rate(ws, engine, BEFORE, models=usable_models(ws))
        early = draft(ws, BEFORE, by="甲")
        assert {c.name for c in early.checks if not c.passed} == {"enterprise.model", "self_employed.model"}
        with pytest.raises(OfficeError, match="draft"):
            ws.office.releases.sign(early.id, by="乙")
        for model in ws.office.models.list():
            ws.office.models.approve(model.version, by="处长")
            ws.office.models.activate(model.version, by="处长")
        ws.office.releases.withdraw(early.id, by="甲", reason="模型未批准")
        may = closed(ws, BEFORE)
        with ws.engine() as engine:
            rate(ws, engine, END, models=usable_models(ws))
        june = closed(ws, END)
    return root, may, june


def closed(ws: Workspace, day: date) -> Release:
    """A month drafted, its failed checks accepted, signed twice, frozen."""
    made = draft(ws, day, by="甲")
    for check in made.checks:
        if not check.settled:
            ws.office.releases.accept(made.id, check.name, by="丙", reason="样本小")
    ws.office.releases.sign(made.id, by="乙")
    with pytest.raises(OfficeError, match="signed it before"):
        ws.office.releases.sign(made.id, by="乙")
    with pytest.raises(OfficeError, match="not signed"):
        freeze(ws, made.id, by="甲")
    ws.office.releases.sign(made.id, by="丙")
    return freeze(ws, made.id, by="甲")


def test_frozen_months_are_what_later_months_read(released: tuple[Path, Release, Release]) -> None:
    root, may, june = released
    assert (may.state, june.state) == ("frozen", "frozen")
    with Workspace.open(root) as ws:
        table = ws.lake.table("rating", "grade_released")
        assert table.slices() == [BEFORE.isoformat(), END.isoformat()]
        assert table.rows() == ws.lake.table("rating", "grade").rows(slice=BEFORE.isoformat()) + ws.lake.table(
            "rating", "grade"
        ).rows(slice=END.isoformat())
        with pytest.raises(OfficeError, match="is frozen"):
            draft(ws, END, by="甲")
        # the value that reads released grades is no longer flagged missing for firms that hold shares
        with ws.engine() as engine:
            engine.scan("v", ws.lake.table("rating", "indicator_value").files(slice=END.isoformat()), schema(ws))
            flagged = engine.query("select count(*) as n from v where c_investee_high_risk_ratio = 3")["n"][0].as_py()
        assert flagged == 0


def schema(ws: Workspace):  # type: ignore[no-untyped-def]
    from yuheng.indicator import value_schema

    return value_schema(ws.store)


def test_the_change_list_names_who_moved_and_why(released: tuple[Path, Release, Release]) -> None:
    root, may, june = released
    assert may.contents.change_list_path == ""
    listed = pq.read_table((root / june.contents.change_list_path).with_suffix(".parquet")).to_pylist()
    assert listed
    assert all(r["grade_before"] != r["grade_after"] for r in listed)
    moved = [r for r in listed if r["grade_before"] and r["grade_after"] and r["score_before"] != r["score_after"]]
    assert any(r["reasons"] and ":" in r["reasons"] for r in moved)
    con = duckdb.connect()
    table = Lake(root / "lake").table("rating", "grade")
    before, after = (f"read_parquet({[str(f) for f in table.files(slice=d.isoformat())]})" for d in (BEFORE, END))
    wanted = con.sql(
        f"select count(*) from {before} b full join {after} a on a.ent_id = b.ent_id "
        "where coalesce(a.grade_final, '-') <> coalesce(b.grade_final, '-')"
    ).fetchall()[0][0]
    assert len(listed) == wanted


def test_the_serving_store_holds_the_month(released: tuple[Path, Release, Release]) -> None:
    root, _, june = released
    con = duckdb.connect(str(root / "serving" / f"release-{june.id}.duckdb"), read_only=True)
    firms, listed = con.sql("select count(*), sum(len(points)) from firm").fetchall()[0]
    assert listed == firms * 81
    assert con.sql("select sum(firms) from grade_count").fetchall()[0][0] == firms
    assert con.sql("select count(*) from event").fetchall()[0][0] > firms
