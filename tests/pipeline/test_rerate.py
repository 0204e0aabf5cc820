"""Batch equals single: one firm re-rated by itself is what the full run makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pytest

from tests.pipeline.live_world import Row, append, different, full_run, newest, versions
from tests.province import END, Province
from yuheng.errors import DataError
from yuheng.pipeline import Live, Workspace, rate, usable_models
from yuheng.pipeline.rate import register_grades

LATER = END + timedelta(days=10)
NEVER = date(9999, 12, 31)
SMALLEST = 100
"""So many firms at least are compared."""


@dataclass(frozen=True)
class World:
    """A deployment of this module's own, and its rated firms."""

    root: Path
    ws: Workspace
    firms: Sequence[int]


@pytest.fixture(scope="module")
def world(province: Province, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = province.copy(tmp_path_factory.mktemp("rerate") / "copy")
    with Workspace.open(root) as ws:
        with ws.engine() as engine:
            register_grades(ws, engine, END)
            firms = engine.query("select ent_id from grade order by hash(ent_id)")["ent_id"].to_pylist()
        yield World(root, ws, firms)


@pytest.fixture(scope="module")
def live(world: World) -> Iterator[Live]:
    with Live(world.ws, END) as opened:
        yield opened


def test_without_an_event_it_is_the_stored_rating(live: Live, world: World) -> None:
    firms = world.firms[:SMALLEST]
    assert len(firms) >= SMALLEST
    found = [live.rerate(ent_id, whole=True) for ent_id in firms]
    assert {r.ent_id: r.changed for r in found if r.changed} == {}
    assert [r.ent_id for r in found if r.grade != r.grade_before] == []
    assert {str(r.grade["grading"]) for r in found if r.grade} == {"enterprise", "self_employed"}


def event(ws: Workspace, table: str, ent_id: int, number: int) -> Row | None:
    """The newest record of a table as if it were this firm's, known on the last day."""
    row = newest(ws, table, END)
    return row and {**row, "ent_id": ent_id, "source_key": f"NEW-{number}", "known_from": END, "link_basis": "USCC"}


def own(ws: Workspace, table: str, ent_id: int) -> Row:
    """The firm's newest standing record of a table."""
    rows = versions(ws, table)
    rows = rows.filter(pc.and_(pc.equal(rows["ent_id"], ent_id), pc.equal(rows["known_to"], NEVER)))
    return dict(rows.sort_by([("known_from", "descending"), ("source_key", "ascending")]).slice(0, 1).to_pylist()[0])


@pytest.fixture(scope="module")
def events(world: World) -> dict[int, tuple[str, Row]]:
    """A firm for each table about firms with a new record there; then corrections and a withdrawal."""
    ws, firms = world.ws, iter(world.firms)
    made: dict[int, tuple[str, Row]] = {}
    for number, table in enumerate(sorted(t.id for t in ws.store.standard.values() if t.entity)):
        ent_id = next(firms)
        if table != "ent_registration" and (row := event(ws, table, ent_id, number)) is not None:
            made[ent_id] = (table, row)
    for change in ({"reg_state": "4", "exit_date": END}, {"reg_state": "2"}, {"industry_code": "7011"}):
        ent_id = next(firms)
        made[ent_id] = ("ent_registration", {**own(ws, "ent_registration", ent_id), "known_from": END, **change})
    ent_id = own_penalty(ws)
    gone = {**own(ws, "ent_penalty", ent_id), "known_from": END, "op": "withdraw"}
    return {**made, ent_id: ("ent_penalty", gone)}


def own_penalty(ws: Workspace) -> int:
    """A rated firm with a penalty that counts."""
    with ws.engine() as engine:
        register_grades(ws, engine, END)
        engine.register("p", versions(ws, "ent_penalty"))
        sql = "select max(g.ent_id) as e from grade g join p on p.ent_id = g.ent_id where p.op = 'upsert' "
        return int(engine.query(sql + "and p.known_to = date '9999-12-31'")["e"][0].as_py())


@pytest.mark.parametrize("as_of", [END, pytest.param(LATER, marks=pytest.mark.slow)])
def test_with_an_event_it_is_the_full_run_on_the_same_features(
    world: World, province: Province, events: dict[int, tuple[str, Row]], as_of: date, tmp_path: Path
) -> None:
    with Live(world.ws, END, as_of=as_of) as live:
        found = {e: live.rerate(e, {table: [row]}) for e, (table, row) in events.items()}
        whole = {e: live.rerate(e, {table: [row]}, whole=True) for e, (table, row) in events.items()}
        untouched = {e: live.rerate(e) for e in world.firms[-30:] if e not in events}
    with Workspace.open(province.copy(tmp_path / "copy")) as ws:
        for table in {table for table, _ in events.values()}:
            append(ws, table, [row for t, row in events.values() if t == table])
        with ws.engine() as engine:
            values, grades = full_run(ws, engine, END, as_of)
    assert found == whole
    both = found | untouched
    assert {e: different(r, values.get(e), grades.get(e)) for e, r in both.items()} == {e: [] for e in both}
    assert len({events[e][0] for e, r in found.items() if r.changed}) > 15
    assert sum(r.grade is None for r in found.values()) == 1


def test_every_look_is_in_the_audit_chain(world: World) -> None:
    first, second = world.firms[:2]
    row = event(world.ws, "ent_penalty", first, 1)
    assert row is not None
    with Live(world.ws, END, by="甲", reason="核查") as live:
        live.rerate(first, {"ent_penalty": [row]})
        live.rerate(second)
    audit = world.ws.office.audit
    looks = [(e.actor, e.action, e.subject, e.reason, e.detail["events"]) for e in audit.entries(limit=2)]
    head = ("甲", "firm.rerate")
    assert looks == [
        (*head, f"firm:{second}", "核查", {}),
        (*head, f"firm:{first}", "核查", {"ent_penalty": 1}),
    ]


def test_one_penalty_equals_the_next_monthly_run_to_the_percentile(
    world: World, live: Live, province: Province, tmp_path: Path
) -> None:
    """No feature table reads penalties, so here even an ordinary run has the same snapshot."""
    ent_id = world.firms[0]
    row = event(world.ws, "ent_penalty", ent_id, 1)
    assert row is not None
    found = live.rerate(ent_id, {"ent_penalty": [row]})
    with Workspace.open(province.copy(tmp_path / "copy")) as ws, ws.engine() as engine:
        append(ws, "ent_penalty", [row])
        rated = rate(ws, engine, END, models=usable_models(ws))
        assert not rated.skipped
        stored = engine.query(f"select * from grade where ent_id = {ent_id}").to_pylist()
    assert stored == [found.grade]
    assert found.changed
    assert found.grade_before != found.grade


def test_an_officers_decision_holds(world: World, province: Province, tmp_path: Path) -> None:
    with Workspace.open(province.copy(tmp_path / "copy")) as ws:
        with Live(ws, END) as live:
            ent_id = next(e for e in world.firms if (g := live.rerate(e).grade) and g["grade_final"] == "A")
        grading = str(live_grading(ws, ent_id))
        made = ws.office.adjustments.propose(
            ent_id, grading=grading, grade="C", reason_code="X", evidence="y", valid_from=END, valid_to=NEVER_SOON,
            months=12, by="甲",
        )  # fmt: skip
        ws.office.adjustments.approve(made.decision_id, by="乙", on=END)
        with Live(ws, END) as live:
            grade = live.rerate(ent_id).grade
        with ws.engine() as engine:
            rate(ws, engine, END, models=usable_models(ws))
            stored = engine.query(f"select * from grade where ent_id = {ent_id}").to_pylist()
    assert grade is not None
    assert (grade["grade_manual"], grade["grade_final"]) == ("C", "C")
    assert stored == [grade]


NEVER_SOON = END + timedelta(days=90)


def live_grading(ws: Workspace, ent_id: int) -> object:
    with ws.engine() as engine:
        register_grades(ws, engine, END)
        return engine.query(f"select grading from grade where ent_id = {ent_id}")["grading"][0].as_py()


def test_events_leave_no_trace(live: Live, world: World) -> None:
    ent_id = world.firms[0]
    row = event(world.ws, "ent_penalty", ent_id, 1)
    assert row is not None
    assert live.rerate(ent_id, {"ent_penalty": [row]}).changed
    again = live.rerate(ent_id)
    assert again.changed == {}
    assert again.grade == again.grade_before


def test_a_firm_is_found_by_its_code(live: Live, world: World) -> None:
    grade = live.rerate(world.firms[0]).grade
    assert grade is not None
    code = str(grade["uscc"])
    assert live.rerate(f" {code.lower()} ").ent_id == world.firms[0]
    assert live.rerate(code).to_dict()["grade"] is not None


def test_the_store_is_written_once_and_again_when_the_lake_moved(
    world: World, province: Province, tmp_path: Path
) -> None:
    with Workspace.open(province.copy(tmp_path / "copy")) as ws:
        path = ws.deployment.serving / f"live-{END.isoformat()}.duckdb"
        path.unlink()
        marks = []
        for _ in range(2):
            Live(ws, END).close()
            marks.append(path.stat().st_mtime_ns)
        row = event(ws, "ent_penalty", world.firms[0], 1)
        assert row is not None
        append(ws, "ent_penalty", [row])
        with Live(ws, END) as live:
            assert live.rerate(world.firms[0]).changed, "the stored values are older than the record"
        marks.append(path.stat().st_mtime_ns)
    assert marks[0] == marks[1] < marks[2]


def test_several_records_of_several_tables_at_once(world: World, live: Live) -> None:
    firms = world.firms[:45:3]
    rows = {t: event(world.ws, t, 0, 7) for t in ("ent_penalty", "ent_abnormal", "ent_change", "judicial_exec")}
    for ent_id in firms:
        made = {t: [{**r, "ent_id": ent_id}, {**r, "ent_id": ent_id, "source_key": "B"}] for t, r in rows.items() if r}
        assert live.rerate(ent_id, made) == live.rerate(ent_id, made, whole=True)


@pytest.mark.parametrize("firm", [1, "91410000MA00000000"])
def test_an_unknown_firm_is_named(live: Live, firm: int | str) -> None:
    with pytest.raises(DataError, match=f"no firm '?{firm}"):
        live.rerate(firm)


def test_a_firm_of_no_grading_is_refused(live: Live, world: World) -> None:
    with world.ws.engine() as engine:
        register_grades(world.ws, engine, END)
        engine.register("r", versions(world.ws, "ent_registration"))
        sql = "select max(ent_id) as e from r where reg_state = '4' and ent_id not in (select ent_id from grade)"
        ent_id = engine.query(sql)["e"][0].as_py()
    with pytest.raises(DataError, match="belongs to no grading"):
        live.rerate(ent_id)


BAD: list[tuple[str, Row, str]] = [
    ("ent_penalties", {}, "no standard table 'ent_penalties'"),
    ("addr_std", {}, "no standard table 'addr_std' about firms"),
    ("ent_penalty", {"penalty_no": "1"}, "no column penalty_no"),
    ("ent_penalty", {"source": None}, "no value for source"),
    ("ent_penalty", {"known_from": "yesterday"}, "column known_from must be date32"),
    ("ent_penalty", {"ent_id": 1}, "belongs to firm 1"),
]


@pytest.mark.parametrize(("table", "change", "message"), BAD)
def test_events_that_do_not_fit_are_refused(live: Live, world: World, table: str, change: Row, message: str) -> None:
    row = event(world.ws, "ent_penalty", world.firms[0], 1)
    assert row is not None
    with pytest.raises(DataError, match=message):
        live.rerate(world.firms[0], {table: [{**row, **change}]})


@pytest.mark.parametrize("as_of", [END - timedelta(days=1), END + timedelta(days=45)])
def test_a_snapshot_serves_45_days(world: World, as_of: date) -> None:
    with pytest.raises(DataError, match="does not serve"):
        Live(world.ws, END, as_of=as_of)


def test_a_day_never_rated_is_named(world: World) -> None:
    with pytest.raises(DataError, match="no grades as of 2020-01-31"):
        Live(world.ws, date(2020, 1, 31))
