"""Scores by source, region and month; reconciliation to the row; findings from planted shortcomings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.intake.world import World, csv_body, firm, penalty, uscc
from yuheng import intake
from yuheng.content import ContentStore
from yuheng.intake import quality

JANUARY = dt.date(2024, 1, 1)


def found(world: World, on: dt.date = dt.date(2024, 1, 20)) -> dict[tuple[str, str, str, str], str]:
    """Findings by key, with their level."""
    made = quality.find(world.engine, world.lake, world.office, world.store, on=on)
    return {finding.key: finding.level for finding in made}


def difference(world: World) -> int:
    accounts = quality.reconcile(world.engine, world.lake, world.office, world.store)
    assert sum(a.records for a in accounts) == sum(b.records or 0 for b in world.office.batches.list(state="taken"))
    return sum(a.difference for a in accounts)


def test_rows_carry_the_checks_they_did_not_pass(world: World) -> None:
    late = penalty(2, uscc(1), PERFORMDUE="2023-12-01", PENAM="20000000000.00")
    world.deliver("S-REG", "reg_entity", [firm(1)])
    world.deliver("S-PUN", "penalty", [penalty(1, uscc(1)), late])
    world.run()
    flags = {r["source_key"]: r["quality_flag"] for r in world.rows("ent_penalty")}
    assert flags == {"C1": None, "C2": "decide_date_before_perform_due,Q02"}


def test_a_score_is_the_share_of_checks_passed(world: World) -> None:
    bad = penalty(3, uscc(1), PENAM="viel")
    world.deliver("S-REG", "reg_entity", [firm(1), firm(2, DOMDISTRICT="410302")])
    world.deliver("S-PUN", "penalty", [penalty(1, uscc(1)), penalty(2, uscc(2)), bad])
    world.run()
    table = quality.scores(world.engine, world.lake, world.store, sources=["S-PUN"])
    rows = {r["region_code"]: r for r in table.to_pylist()}
    assert {region: (r["month"], r["records"], r["quarantined"]) for region, r in rows.items()} == {
        "410105": (JANUARY, 1, 0),
        "410302": (JANUARY, 1, 0),
        "410100": (JANUARY, 1, 1),  # kept out: the authority in its credit code
    }
    assert rows["410105"]["valid"] == rows["410302"]["valid"] == 1
    checks = sum(r.dimension == "valid" for r in reasons(world, "penalty"))
    assert rows["410100"]["valid"] == pytest.approx(1 - hits(world, "valid") / checks, abs=1e-6)
    assert 0 < rows["410100"]["valid"] < 1


def reasons(world: World, feed: str) -> list[intake.reasons.Reason]:
    from yuheng.intake.plan import plan

    source = world.store.sources["S-PUN"]
    return list(plan(world.store, source, world.feed("S-PUN", feed)).reasons.values())


def hits(world: World, dimension: str) -> int:
    (row,) = world.quarantine()
    by_code = {r.code: r.dimension for r in reasons(world, "penalty")}
    return sum(by_code[code] == dimension for code in str(row["reason_codes"]).split(","))


def test_every_record_is_found_again(world: World) -> None:
    world.deliver("S-REG", "reg_entity", [firm(1), firm(2), firm(3, ESTDATE="???")])
    world.deliver("S-PUN", "penalty", [penalty(1, uscc(1)), penalty(1, uscc(1)), penalty(2, uscc(1), PENAM="viel")])
    world.run()
    # one said again, one of the same day told otherwise, one withdrawn, one that comes late
    again = [penalty(1, uscc(1), PENAM="30000.00"), penalty(4, uscc(2))]
    world.deliver("S-PUN", "penalty", again, label="202402")
    world.deliver("S-PUN", "penalty", [penalty(4, uscc(2), OPFLAG="D", UPDATETIME="2024-02-01")], label="202403")
    world.run()
    assert difference(world) == 0
    # a row that is lost or made up is seen
    table = world.lake.table("standard", "ent_penalty")
    (file,) = {p for p in table.files() if pq.read_metadata(p).num_rows > 0 and "202403" not in p.name} & {
        max(table.files(), key=lambda p: pq.read_metadata(p).num_rows)
    }
    whole = pq.read_table(file)
    pq.write_table(whole.slice(1), file)
    assert difference(world) >= 1


def test_what_is_late_too_little_or_refused_is_found(make_world: Callable[..., World], store: ContentStore) -> None:
    world = make_world()
    world.deliver("S-REG", "reg_entity", [firm(n) for n in range(1, 5)])
    for month in range(1, 5):
        rows = [penalty(month * 100 + n, uscc(1)) for n in range(40)]
        world.deliver("S-PUN", "penalty", rows, label=f"20240{month}")
        world.run()
    assert ("S-PUN", "penalty", "volume", "") not in found(world)
    world.deliver("S-PUN", "penalty", [penalty(900, uscc(1))], label="202405")
    header = csv_body(world.feed("S-PUN", "penalty"), []).decode("gb18030").replace("PENAM", "AMOUNT").encode("gb18030")
    world.put("S-PUN", "penalty", "penalty_202406.csv", header + b"x,\n")
    world.run()
    now = found(world)
    assert now["S-PUN", "penalty", "volume", ""] == "yellow"
    (batch,) = world.office.batches.list(state="refused")
    assert now["S-PUN", "penalty", "refused", batch.id] == "red"
    days = store.quality.freshness.days
    allowed = min(days[f.frequency] + f.lag_days for f in store.sources["S-PUN"].feeds if f.frequency != "once")
    newest, late = dt.date(2024, 1, 9), ("S-PUN", "", "late", "")
    assert late not in found(world, newest + dt.timedelta(days=allowed))
    assert found(world, newest + dt.timedelta(days=allowed + 1))[late] == "yellow"
    assert found(world, newest + dt.timedelta(days=2 * allowed + 1))[late] == "red"


def test_agreed_rates_and_drift(make_world: Callable[..., World], store: ContentStore) -> None:
    source = store.sources["S-PUN"]
    feed = source.feeds[0].model_copy(update={"agreed": {"fine_wan": 1.0}})
    tight = store.quality.model_copy(update={"drift": store.quality.drift.model_copy(update={"records": 10})})
    content = replace(
        store,
        sources={**store.sources, "S-PUN": source.model_copy(update={"feeds": [feed, *source.feeds[1:]]})},
        quality_rules={"standard": tight},
    )
    world = make_world("tight", content)
    world.deliver("S-REG", "reg_entity", [firm(1)])
    old = [penalty(n, uscc(1), DOMAIN="01", UPDATETIME="2024-03-05 00:00:00") for n in range(20)]
    new = [penalty(100 + n, uscc(1), DOMAIN="02", PENAM=None, UPDATETIME="2024-05-05 00:00:00") for n in range(20)]
    world.deliver("S-PUN", "penalty", old)
    world.run()
    assert not {k for k in found(world, dt.date(2024, 6, 10)) if k[2] in ("drift", "incomplete")}
    world.deliver("S-PUN", "penalty", new, label="202405")
    world.run()
    now = found(world, dt.date(2024, 6, 10))
    assert now["S-PUN", "penalty", "incomplete", "fine_wan"] == "red", "half of the rows have no fine"
    assert now["S-PUN", "penalty", "drift", "domain"] == "red", "another kind of case altogether"


def test_nothing_delivered_is_nothing_wrong(world: World) -> None:
    assert found(world) == {}
    assert quality.scores(world.engine, world.lake, world.store).num_rows == 0
    assert isinstance(quality.SCORE, pa.Schema)
    assert quality.reconcile(world.engine, world.lake, world.office, world.store) == []
