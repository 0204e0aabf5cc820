"""An explanation is the same from the serving store of a released month and from the lake; and what a month leaves
behind for the next one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from tests.pipeline.live_world import full_run
from tests.province import END, Province
from yuheng.errors import DataError
from yuheng.indicator import evidence_sql
from yuheng.library import register_standard
from yuheng.office import Release
from yuheng.pipeline import Live, Workspace, draft, explain, freeze, rate, usable_models, withdraw
from yuheng.pipeline.page import page_of
from yuheng.pipeline.rate import register_grades
from yuheng.pipeline.scoring import previous_rows
from yuheng.pipeline.serving import release_store, store_path
from yuheng.pipeline.sources import sources_of

LATER = END + timedelta(days=10)


@pytest.fixture(scope="module")
def closed(province: Province, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Release]]:
    """June released: accepted, signed twice, frozen."""
    with Workspace.open(province.copy(tmp_path_factory.mktemp("page") / "copy")) as ws:
        for model in ws.office.models.list():
            ws.office.models.approve(model.version, by="处长")
            ws.office.models.activate(model.version, by="处长")
        made = draft(ws, END, by="甲")
        for check in made.checks:
            if not check.settled:
                ws.office.releases.accept(made.id, check.name, by="丙", reason="样本小")
        ws.office.releases.sign(made.id, by="乙")
        ws.office.releases.sign(made.id, by="丙")
        yield ws, freeze(ws, made.id, by="甲")


def firms(ws: Workspace, count: int) -> list[dict[str, object]]:
    """Firms of both ends of the ranking: ent_id, uscc, pripid."""
    with ws.engine() as engine:
        register_grades(ws, engine, END)
        register_standard(engine, ws.lake, ws.store, END, only=["ent_registration"])
        both = "grade g join ent_registration r on r.ent_id = g.ent_id"
        sql = f"select g.ent_id, g.uscc, max(r.pripid) as pripid from {both}"
        worst = f"{sql} where g.uscc is not null group by all order by max(g.score) desc, g.ent_id limit {count}"
        return list(engine.query(worst).to_pylist()[::2])


def test_store_and_lake_tell_the_same(closed: tuple[Workspace, Release], monkeypatch: pytest.MonkeyPatch) -> None:
    ws, release = closed
    assert release_store(ws, END) == store_path(ws, release.id)
    listed = firms(ws, 16)
    stored = {str(f["uscc"]): explain(ws, str(f["uscc"]), as_of=END).to_dict() for f in listed}
    by_identity = [explain(ws, str(f["pripid"]), as_of=END).to_dict() for f in listed[:2] if f["pripid"]]
    monkeypatch.setattr("yuheng.pipeline.page.release_store", lambda *_: None)
    assert stored == {code: explain(ws, code, as_of=END).to_dict() for code in stored}
    assert by_identity == [stored[str(f["uscc"])] for f in listed[:2] if f["pripid"]]


def test_the_records_are_those_the_indicator_counts(closed: tuple[Workspace, Release]) -> None:
    """One scan per table gives each indicator the rows that its own query would."""
    ws, _ = closed
    firm = firms(ws, 1)[0]
    evidence = explain(ws, str(firm["uscc"]), as_of=END).evidence
    seen = 0
    with ws.engine() as engine:
        register_standard(engine, ws.lake, ws.store, END)
        for name, rows in evidence.items():
            sql = evidence_sql(ws.store, ws.store.indicators[name], int(str(firm["ent_id"])), END, sources_of(ws)[name])
            wanted = engine.query(sql).to_pylist() if sql is not None else []
            assert sorted(map(key, rows)) == sorted(map(key, wanted)), name
            seen += len(rows)
    assert seen > 20


def key(row: Mapping[str, object]) -> str:
    return repr(sorted((k, str(v)) for k, v in row.items()))


def test_a_store_of_other_content_is_not_read(
    closed: tuple[Workspace, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, _ = closed
    monkeypatch.setattr(ws, "store", dataclasses.replace(ws.store, version="another"))
    assert release_store(ws, END) is None


def test_an_unknown_firm_is_named(closed: tuple[Workspace, Release]) -> None:
    ws, _ = closed
    with pytest.raises(DataError, match="no firm '91410000MA00000000'"):
        page_of(ws, "91410000MA00000000", END)


@pytest.mark.slow
def test_the_released_month_dampens_the_next(
    closed: tuple[Workspace, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a hysteresis the frozen grades are read, by the full run and by the single firm alike."""
    ws, _ = closed
    wide = {name: g.model_copy(update={"hysteresis": 200.0}) for name, g in ws.store.gradings.items()}
    monkeypatch.setattr(ws, "store", dataclasses.replace(ws.store, gradings=wide))
    day = LATER
    assert all(previous_rows(ws, grading, day) is not None for grading in wide.values())
    with ws.engine() as engine:
        _, grades = full_run(ws, engine, END, day)
        register_grades(ws, engine, END)
        before = {r["ent_id"]: r["grade_model"] for r in engine.query("select * from grade").to_pylist()}
    with Live(ws, END, as_of=day) as live:
        found = {e: live.rerate(e).grade for e in list(grades)[:60]}
    assert {e: {**g, "percentile": None} for e, g in found.items() if g} == {
        e: {**grades[e], "percentile": None} for e in found
    }
    assert all(str(g["grade_model"]) >= str(before[e]) for e, g in found.items() if g)


def test_a_month_is_rated_again_when_the_release_before_it_goes(
    closed: tuple[Workspace, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Last of the module: it withdraws the release."""
    ws, release = closed
    wide = {name: g.model_copy(update={"hysteresis": 200.0}) for name, g in ws.store.gradings.items()}
    monkeypatch.setattr(ws, "store", dataclasses.replace(ws.store, gradings=wide))
    models = usable_models(ws)
    with ws.engine() as engine:
        assert [rate(ws, engine, LATER, models=models).skipped for _ in range(2)] == [False, True]
        withdraw(ws, release.id, by="甲", reason="误")
        assert not rate(ws, engine, LATER, models=models).skipped
