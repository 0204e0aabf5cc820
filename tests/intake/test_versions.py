"""Versions of a record against a plain model of the rules, and one delivery after another against all at once."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake.world import World, firm, penalty, uscc
from yuheng import intake
from yuheng.intake.versions import settle
from yuheng.lake import Engine, connect

OPEN = dt.date(9999, 12, 31)
DAY0 = dt.date(2024, 1, 1)

deliveries = st.lists(
    st.tuples(
        st.integers(1, 3),  # key
        st.integers(0, 2),  # day
        st.integers(0, 3),  # text
        st.integers(1, 2),  # file
        st.sampled_from([None, "08:00", "09:00"]),
        st.booleans(),  # withdrawal
    ),
    max_size=14,
)
Raw = tuple[int, int, int, int, str | None, bool]


def model(rows: list[Raw]) -> tuple[dict[int, tuple[dt.date, dt.date]], Counter[str]]:
    """Kept rows (position → known from, to) and what became of the others, told row by row."""
    fate: Counter[str] = Counter()
    kept: dict[int, tuple[dt.date, dt.date]] = {}
    by_key: dict[int, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        by_key[row[0]].append(i)
    for places in by_key.values():
        by_day: dict[int, list[int]] = defaultdict(list)
        for i in places:
            by_day[rows[i][1]].append(i)
        standing = []
        for day in sorted(by_day):
            seen: dict[tuple[int, bool], int] = {}
            for i in sorted(by_day[day], key=lambda i: (rows[i][3], rows[i][4] or "", i)):
                text = (rows[i][2], rows[i][5])
                if text in seen:
                    fate["duplicate"] += 1
                else:
                    seen[text] = i
            *others, last = sorted(seen.values(), key=lambda i: (rows[i][3], rows[i][4] or "", i))
            fate["superseded"] += len(others)
            if standing and (rows[standing[-1]][2], rows[standing[-1]][5]) == (rows[last][2], rows[last][5]):
                fate["duplicate"] += 1
            else:
                standing.append(last)
        for i, j in zip(standing, [*standing[1:], None], strict=True):
            start = DAY0 + dt.timedelta(rows[i][1])
            kept[i] = (start, OPEN if j is None else DAY0 + dt.timedelta(rows[j][1]))
    return kept, fate


@pytest.fixture(scope="module")
def engine() -> Engine:
    return connect(threads=1, memory="512MB")


def relation(rows: list[Raw]) -> pa.Table:
    return pa.table(
        {
            "__id": pa.array([i + 1 for i in range(len(rows))], pa.int64()),
            "__batch": pa.array([r[3] for r in rows], pa.int32()),
            "__row": pa.array([i + 1 for i in range(len(rows))], pa.int64()),
            "source": pa.array(["S"] * len(rows), pa.string()),
            "source_key": pa.array([str(r[0]) for r in rows], pa.string()),
            "known_from": pa.array([DAY0 + dt.timedelta(r[1]) for r in rows], pa.date32()),
            "row_hash": pa.array([r[2] * 2 + r[5] for r in rows], pa.int64()),
            "op": pa.array(["withdraw" if r[5] else "upsert" for r in rows], pa.string()),
            "__stamp": pa.array([r[4] for r in rows], pa.string()),
            "__mended": pa.array([0] * len(rows), pa.int8()),
            "__uscc": pa.nulls(len(rows), pa.string()),
            "__uscc_ok": pa.array([0] * len(rows), pa.int32()),
            "__pripid": pa.nulls(len(rows), pa.string()),
        }
    )


@given(deliveries)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_rules_row_by_row(engine: Engine, rows: list[Raw]) -> None:
    engine.register("good", relation(rows))
    names = pa.table({"no": pa.array([1, 2], pa.int32()), "batch_id": ["b1", "b2"], "src_file": ["f1", "f2"]})
    engine.register("__batches", names)
    found = settle(engine, "good", "__batches", None)
    want, fate = model(rows)
    if found.verdicts is None:
        assert not +fate
        return
    contested = {i for i in want if sum(r[0] == rows[i][0] for r in rows) > 1}
    verdicts = engine.query("select * from __verdicts order by __id").to_pylist()
    kept = {v["__id"] - 1: (v["known_from"], v["known_to"]) for v in verdicts if v["status"] == "kept"}
    assert kept == {i: want[i] for i in contested}
    assert Counter(v["status"] for v in verdicts if v["status"] != "kept") == +fate


def test_known_to_is_the_day_of_the_next_version_and_a_withdrawal_ends_a_record(world: World) -> None:
    code = uscc(1)
    world.deliver(
        "S-PUN",
        "penalty",
        [
            penalty(1, code),
            penalty(1, code, PENAM="30000.00", UPDATETIME="2024-02-06 09:00:00", OPFLAG="U"),
            penalty(1, code, PENAM="30000.00", UPDATETIME="2024-03-06 09:00:00", OPFLAG="D"),
            penalty(2, code),
            penalty(2, code),
            penalty(3, code, PENAM="1.00", UPDATETIME="2024-01-06 08:00:00"),
            penalty(3, code, PENAM="2.00", UPDATETIME="2024-01-06 10:00:00", OPFLAG="U"),
        ],
    )
    counts = world.run().counts
    assert {f: counts[f] for f in ("whole", "withdrawn", "duplicate", "superseded")} == {
        "whole": 4,
        "withdrawn": 1,
        "duplicate": 1,
        "superseded": 1,
    }
    rows = world.rows("ent_penalty")
    first = sorted((r for r in rows if r["source_key"] == "C1"), key=lambda r: str(r["known_from"]))
    assert [(r["known_from"], r["known_to"], r["op"]) for r in first] == [
        (dt.date(2024, 1, 9), dt.date(2024, 2, 9), "upsert"),
        (dt.date(2024, 2, 9), dt.date(2024, 3, 9), "upsert"),
        (dt.date(2024, 3, 9), OPEN, "withdraw"),
    ]
    assert [float(str(r["fine_wan"])) for r in rows if r["source_key"] == "C3"] == [0.0002]


def test_a_withdrawal_need_not_repeat_the_record(world: World) -> None:
    world.deliver("S-PUN", "penalty", [penalty(1, uscc(1))])
    bare = {"CASENO": "C1", "OPFLAG": "D", "UPDATETIME": "2024-04-01 00:00:00", "DATAMARK": "模拟数据"}
    world.deliver("S-PUN", "penalty", [bare], label="202404")
    assert world.run().counts["withdrawn"] == 1
    assert [r["op"] for r in sorted(world.rows("ent_penalty"), key=lambda r: str(r["known_from"]))] == [
        "upsert",
        "withdraw",
    ]


def _months() -> list[tuple[str, str, str, list[dict[str, str | None]]]]:
    one, two, three = uscc(1), uscc(2), uscc(3)
    return [
        ("S-REG", "reg_entity", "000000", [firm(1), firm(2)]),
        ("S-PUN", "penalty", "000000", [penalty(1, one), penalty(2, two), penalty(9, three)]),
        (
            "S-REG",
            "reg_entity",
            "202402",
            [firm(1, "2024-02-05 10:00:00", ENTNAME="郑州市第一商贸有限公司", OPFLAG="U")],
        ),
        ("S-PUN", "penalty", "202402", [penalty(1, one, PENAM="1.00", UPDATETIME="2024-02-09 00:00:00", OPFLAG="U")]),
        ("S-REG", "reg_entity", "202403", [firm(3, "2024-03-05 10:00:00"), firm(2, "2024-03-05 10:00:00", OPFLAG="D")]),
        (
            "S-PUN",
            "penalty",
            "202403",
            [penalty(3, three), penalty(2, two, UPDATETIME="2024-03-07 00:00:00", OPFLAG="D")],
        ),
    ]


def test_month_by_month_gives_the_tables_of_all_at_once(make_world: Callable[..., World]) -> None:
    at_once, monthly = make_world("once"), make_world("monthly")
    for source, feed, label, rows in _months():
        at_once.deliver(source, feed, rows, label)
        monthly.deliver(source, feed, rows, label)
        if source == "S-PUN":
            monthly.run()
    at_once.run()
    for name in ("ent_registration", "ent_penalty"):
        assert monthly.table(name).equals(at_once.table(name)), name
    links = [[(one.feed, one.links) for one in intake.report(w.office, w.store)] for w in (monthly, at_once)]
    assert links[0] == links[1]
    late = [r for r in monthly.rows("ent_penalty") if r["source_key"] == "C9"]
    assert late[0]["link_basis"] == "USCC", "the firm was registered two months after its penalty came"


def test_two_runs_over_the_same_inbox_give_the_same_bytes(make_world: Callable[..., World]) -> None:
    found = []
    for name in ("one", "two"):
        world = make_world(name)
        for source, feed, label, rows in _months():
            world.deliver(source, feed, rows, label)
        world.run()
        files = (
            world.lake.table("standard", "ent_penalty").files()
            + world.lake.table("standard", "ent_registration").files()
        )
        found.append([f.read_bytes() for f in files])
    assert found[0] == found[1]
