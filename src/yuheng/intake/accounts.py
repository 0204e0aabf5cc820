"""What became of every record: counted per delivery while a table is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from yuheng.intake.delivery import Delivery
from yuheng.intake.plan import BATCH, ROWS_PER_BATCH
from yuheng.lake import Engine
from yuheng.office import Office
from yuheng.sql import Scalar

LINK = "link:"
"""Counts under this prefix say by what rows were linked."""
_BASIS = "case when s.ent_id is null then 'NONE' else coalesce(s.link_basis, 'KEY') end"


def count_checks(engine: Engine, everything: str, deliveries: Mapping[int, Delivery]) -> None:
    """Records out of population, quarantined ones, and hits of each check. A `stop` check refuses its delivery."""
    where = "__in = 0 or __marks <> ''"
    sql = f"select {BATCH}, __in, __marks, count(*) as n from {everything} where {where} group by all"
    for number, inside, marks, n in _rows(engine, sql):
        codes = str(marks).split(";") if marks else [""] * 4
        delivery = deliveries[_int(number)]
        if not inside:
            delivery.counts["out_of_population"] += _int(n)
            continue
        if codes[0]:
            delivery.counts["quarantined"] += _int(n)
        for code in filter(None, ",".join(codes).split(",")):
            delivery.counts[f"check:{code}"] += _int(n)
        if codes[3]:
            what = "; ".join(delivery.plan.reasons[c].text for c in codes[3].split(","))
            delivery.refusal = f"{delivery.batch.file}: {what} ({n} records)."


def count_fates(
    engine: Engine, good: str, verdicts: str | None, deliveries: Mapping[int, Delivery], *, again: bool
) -> None:
    """Whole, repaired, withdrawn, duplicate and superseded records. `again`: rows may be in the lake already."""
    sql = f"select {BATCH}, __gone, count(*) as n from {good} where __gone = 1 or __mended = 1 group by {BATCH}, __gone"
    for number, gone, n in _rows(engine, sql):
        fate = "withdrawn" if gone else "repaired"
        deliveries[_int(number)].counts[fate] += _int(n)
    if verdicts is not None:
        _count_dropped(engine, verdicts, deliveries, again=again)
    for delivery in deliveries.values():
        delivery.counts["whole"] = delivery.records - sum(
            delivery.counts[f]
            for f in ("repaired", "withdrawn", "duplicate", "superseded", "out_of_population", "quarantined")
        )


def _count_dropped(engine: Engine, verdicts: str, deliveries: Mapping[int, Delivery], *, again: bool) -> None:
    here = (
        f"and not exists (select 1 from {verdicts} o where o.is_new = 0 and o.batch_id = v.batch_id "
        "and o.src_row = v.src_row)"
        if again
        else ""
    )
    sql = (
        f"select cast(floor(v.__id / {ROWS_PER_BATCH}) as integer) as no, v.status, v.op, v.repaired, count(*) as n "
        f"from {verdicts} v where v.is_new = 1 and v.status <> 'kept' {here} group by all"
    )
    for number, status, op, repaired, n in _rows(engine, sql):
        counts = deliveries[_int(number)].counts
        counts[str(status)] += _int(n)
        if op == "withdraw":
            counts["withdrawn"] -= _int(n)
        elif repaired:
            counts["repaired"] -= _int(n)
    last = {delivery.plan.source.id: delivery for delivery in deliveries.values()}
    sql = f"select source, count(*) as n from {verdicts} where is_new = 0 and status <> 'kept' group by source"
    for source, n in _rows(engine, sql):  # rows taken before in whose place others stand now
        last[str(source)].counts["replaced"] += _int(n)


def count_links(engine: Engine, staged: str, deliveries: Mapping[int, Delivery], *, whole: bool) -> None:
    """By what the rows were linked to a firm; `link:NONE` for clues. `whole`: rows taken before are in `staged` too."""
    by_id = {d.batch.id: d for d in deliveries.values()}
    for delivery in deliveries.values():
        if whole and delivery.before:
            delivery.before = Counter({k: n for k, n in delivery.before.items() if not k.startswith(LINK)})
    sql = (
        f"select s.batch_id, {_BASIS} as basis, count(*) as n from {staged} s "
        "join __batches b on b.batch_id = s.batch_id group by all"
    )
    for batch, basis, n in _rows(engine, sql):
        by_id[str(batch)].counts[f"{LINK}{basis}"] += _int(n)


def count_relinked(
    engine: Engine, staged: str, relinked: str, office: Office, deliveries: Mapping[int, Delivery]
) -> None:
    """Batches taken before, some of whose rows have a firm now: their links are counted anew."""
    sql = (
        f"select s.batch_id, {_BASIS} as basis, count(*) as n from {staged} s "
        f"join (select distinct batch_id from {relinked}) r on r.batch_id = s.batch_id group by all"
    )
    found: dict[str, dict[str, int]] = {}
    for batch_id, basis, n in _rows(engine, sql):
        found.setdefault(str(batch_id), {})[f"{LINK}{basis}"] = _int(n)
    changes = {}
    for batch_id in sorted(found.keys() - {d.batch.id for d in deliveries.values()}):
        batch = office.batches.get(batch_id)
        others = {k: n for k, n in batch.counts.items() if not k.startswith(LINK)}
        changes[batch_id] = {"state": batch.state, "counts": {**others, **found[batch_id]}}
    office.batches.set_states(changes)


def _rows(engine: Engine, sql: str) -> list[tuple[Scalar, ...]]:
    table = engine.query(sql)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _int(value: Scalar) -> int:
    assert isinstance(value, int)
    return value
