"""Records without a firm against the register: which firms each may be about, with scores and evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.content.schema import LinkingRules
from yuheng.identity.matching import outcome, score
from yuheng.identity.records import RECORD, prepare
from yuheng.lake import Engine

BEST = 5
"""Firms at most that a record is offered."""
_MADE = ("__keyed", "__both", "__both_ready", "__records", "__firms")


@dataclass(frozen=True, slots=True)
class Likely:
    """A firm a record may be about. `sure`: it alone reaches the threshold, and no other comes near."""

    record: int
    ent_id: int
    score: float
    evidence: Mapping[str, str]
    sure: bool


def likely_firms(engine: Engine, store: ContentStore, records: pa.Table, firms: pa.Table, *, home: str) -> list[Likely]:
    """The firms each of `records` (`RECORD`) may be about, among `firms` (`RECORD`, `record` is the ent_id).

    The surest first; only from the threshold `queue` on. DuckDB only; see `score`.
    """
    if not records.num_rows or not firms.num_rows:
        return []
    rules = store.rules(LinkingRules)
    try:
        both = pa.concat_tables([_sided(records, "record"), _sided(firms, "firm")])
        engine.register("__both", both.append_column("key", _numbers(both.num_rows)))
        renamed = ", ".join(c for c in RECORD.names if c not in ("record", "source"))
        engine.define("__keyed", f"select key as record, source, {renamed} from __both")
        prepare(engine, store, "__keyed", "__both_ready", home=home)
        for name, side in (("__records", "record"), ("__firms", "firm")):
            engine.define(name, f"select * from __both_ready where source = '{side}'", materialise=True)
        scored = score(engine, rules, ["__records", "__firms"], least=rules.thresholds.queue, evidence=True)
        gammas = ", ".join(f"s.gamma_{one.id}" for one in rules.comparisons)
        within = "partition by a.record order by s.match_probability desc, b.record"
        found = engine.query(
            f"select a.record, b.record as ent_id, s.match_probability as score, {gammas}, "
            f"row_number() over ({within}) as place, lead(s.match_probability) over ({within}) as next "
            f"from {scored} s join __both a on a.key = least(s.record_l, s.record_r) "
            "join __both b on b.key = greatest(s.record_l, s.record_r) order by a.record, place"
        )
    finally:
        for name in _MADE:
            engine.drop(name)
    return [_likely(rules, row) for row in found.to_pylist() if row["place"] <= BEST]


def _likely(rules: LinkingRules, row: Mapping[str, object]) -> Likely:
    value, other = float(str(row["score"])), row["next"]
    alone = row["place"] == 1 and (other is None or float(str(other)) < rules.thresholds.queue)
    evidence = {one.name_zh: outcome(one, int(str(row[f"gamma_{one.id}"]))) for one in rules.comparisons}
    sure = alone and value >= rules.thresholds.auto
    return Likely(int(str(row["record"])), int(str(row["ent_id"])), value, evidence, sure)


def _sided(table: pa.Table, side: str) -> pa.Table:
    return table.cast(RECORD).set_column(1, "source", pa.repeat(pa.scalar(side), table.num_rows))


def _numbers(rows: int) -> pa.Array:
    """Keys of their own: records first, so that the smaller key of a pair is the record."""
    return pa.array(range(rows), pa.int64())
