"""Versions of a record: which delivered rows stand, until when, and which repeat or overtake each other.

Only records that came more than once are looked at; everything else stands from its day on for good. Among the rows of
one (source, source_key):

1. equal raw texts known from the same day are one row; the first stays, the others are *duplicates*;
2. of different rows known from the same day the last one stands (by file, then stamp, then row); the others are
   *superseded*;
3. a row equal to the version before it is a *duplicate*;
4. known_to is the known_from of the next version, 9999-12-31 without one. A withdrawal is a version too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuheng.lake import Engine

_KEY = "source, source_key"
_ORDER = "is_new, src_file, coalesce(stamp, ''), src_row, batch_id"
_LAST = "src_file desc, is_new desc, coalesce(stamp, '') desc, src_row desc, batch_id desc"
NEVER = "date '9999-12-31'"


@dataclass(frozen=True)
class Versions:
    """What was found: names of relations, or None where nothing is contested."""

    verdicts: str | None
    """All rows of contested records: `__id`, status (kept|duplicate|superseded), known_to, is_new, …"""
    touches_old: bool
    """True when rows already in the lake get another known_to or go."""


def settle(engine: Engine, good: str, batches: str, old: str | None) -> Versions:
    """Looks for contested records among the new rows `good` and the lake's rows `old` (None: table is empty).

    `batches` names the new deliveries (no, batch_id, src_file).
    """
    again = f"select {_KEY} from {good} group by {_KEY} having count(*) > 1"
    if old is None and _all_differ(engine, good):
        return Versions(None, False)
    if old is None:
        engine.define("__contested", again, materialise=True)
    else:
        known = f"select distinct o.source, o.source_key from {old} o join (select distinct {_KEY} from {good}) n "
        known += "on n.source = o.source and n.source_key = o.source_key"
        engine.define("__contested", f"{again} union {known}", materialise=True)
    if not _count(engine, "select count(*) as n from __contested"):
        return Versions(None, False)
    engine.define("__candidates", _candidates(good, batches, old), materialise=True)
    engine.define("__verdicts", _verdicts(), materialise=True)
    touched = _count(engine, "select count(*) as n from __verdicts where is_new = 0")
    return Versions("__verdicts", bool(touched))


def _all_differ(engine: Engine, good: str) -> bool:
    """True when surely no record came twice, told by hashes: they are sorted at a fraction of what grouping costs.

    Nothing is kept of the hashes, so it does not matter that they are DuckDB's own.
    """
    if engine.name != "duckdb":
        return False
    hashes = np.sort(engine.query(f"select hash({_KEY}) as h from {good}").column("h").to_numpy())
    return not bool((hashes[1:] == hashes[:-1]).any())


def _candidates(good: str, batches: str, old: str | None) -> str:
    on = "c.source = r.source and c.source_key = r.source_key"
    new = (
        "select 1 as is_new, r.__id, r.source, r.source_key, r.known_from, r.row_hash, r.op, b.batch_id, b.src_file, "
        f"r.__row as src_row, r.__stamp as stamp, r.__mended as repaired, "
        "r.__uscc, r.__uscc_ok, r.__pripid "
        f"from {good} r join __contested c on {on} join {batches} b on b.no = r.__batch"
    )
    if old is None:
        return new
    return (
        f"{new} union all select 0, cast(null as bigint), r.source, r.source_key, r.known_from, r.row_hash, r.op, "
        "r.batch_id, r.src_file, r.src_row, cast(null as varchar), 0, cast(null as varchar), 0, "
        f"cast(null as varchar) from {old} r join __contested c on {on}"
    )


def _verdicts() -> str:
    same = f"row_number() over (partition by {_KEY}, known_from, row_hash order by {_ORDER})"
    last = f"row_number() over (partition by {_KEY}, known_from order by {_LAST})"
    before = f"lag(row_hash) over (partition by {_KEY} order by known_from)"
    following = f"lead(known_from) over (partition by {_KEY} order by known_from)"
    equal = f"select *, case when {same} > 1 then 'duplicate' end as s1 from __candidates"
    overtaken = f"select *, case when {last} > 1 then 'superseded' end as s2 from ({equal}) a where s1 is null"
    again = f"case when {before} = row_hash then 'duplicate' end"
    repeated = f"select *, {again} as s3 from ({overtaken}) b where s2 is null"
    kept = f"select *, {following} as next_from from ({repeated}) c where s3 is null"
    columns = (
        "__id, is_new, source, source_key, batch_id, src_row, op, repaired, known_from, __uscc, __uscc_ok, __pripid"
    )
    none = "cast(null as date)"
    return (
        f"select {columns}, s1 as status, {none} as known_to from ({equal}) a where s1 is not null union all "
        f"select {columns}, s2, {none} from ({overtaken}) b where s2 is not null union all "
        f"select {columns}, s3, {none} from ({repeated}) c where s3 is not null union all "
        f"select {columns}, 'kept', coalesce(next_from, {NEVER}) from ({kept}) d"
    )


def _count(engine: Engine, sql: str) -> int:
    return int(engine.query(sql).column("n")[0].as_py())
