"""Scores: the share of checks passed, per source, region, month and dimension (domain §3.9).

Records are those in the tables (each version once) and those kept out; a record fails each check it did not pass, be it
kept out, flagged or mended. A dimension's score is 1 - failed / (records x checks of the dimension for their table),
over all tables of the source. Repeated deliveries of a record have no region; `yuheng intake report` counts them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from yuheng.content import ContentStore
from yuheng.content.schema import StandardTable
from yuheng.intake.plan import plan
from yuheng.intake.quality.rows import kept_out, measured, register, register_kept_out, register_regions
from yuheng.intake.reasons import Reason
from yuheng.intake.report import DIMENSIONS
from yuheng.lake import Engine, Lake
from yuheng.sql import literal

REGISTER = "ent_registration"
SCORE = pa.schema(
    [
        ("source", pa.string()),
        ("region_code", pa.string()),
        ("month", pa.date32()),
        ("records", pa.int64()),
        ("quarantined", pa.int64()),
        *((name, pa.float64()) for name in DIMENSIONS),
    ]
)
"""One row per source, region ('' = unknown) and month (null = unknown); scores 0-1, null where nothing is checked."""


def scores(
    engine: Engine,
    lake: Lake,
    store: ContentStore,
    *,
    sources: Sequence[str] | None = None,
) -> pa.Table:
    """The scores of all sources (or of `sources`) that delivered anything, in the order of `SCORE`'s first columns."""
    register_kept_out(engine, lake)
    register_regions(engine, lake, store.standard[REGISTER])
    counted: list[pa.Table] = []
    reasons: dict[_Place, dict[str, Reason]] = defaultdict(dict)
    for table, feeds in _tables(store, sources).items():
        for source, feed in feeds:
            declared = store.sources[source]
            made = plan(store, declared, next(f for f in declared.feeds if f.id == feed))
            reasons[source, table] |= made.reasons
        counted.append(_count(engine, lake, store.standard[table], feeds))
    whole = pa.concat_tables(counted) if counted else None
    if whole is None or not whole.num_rows:
        return SCORE.empty_table()
    return _scored(whole, reasons)


def _tables(store: ContentStore, sources: Sequence[str] | None) -> dict[str, list[tuple[str, str]]]:
    """Standard table → its feeds (source, feed)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for source in store.sources.values():
        if sources is None or source.id in sources:
            for feed in source.feeds:
                found.setdefault(feed.table, []).append((source.id, feed.id))
    return found


def _count(engine: Engine, lake: Lake, table: StandardTable, feeds: Sequence[tuple[str, str]]) -> pa.Table:
    parts = [f"select *, 1 as out from ({kept_out(feeds)}) q"]
    if register(engine, lake, table):
        names = sorted({source for source, _ in feeds})
        parts.append(f"select *, 0 as out from ({measured(table, names)}) m")
    columns = "source, region_code, month, codes, out"
    counts = f"select {columns}, count(*) as n from ({' union all '.join(parts)}) a group by {columns}"
    sql = f"select {literal(table.id)} as place, c.* from ({counts}) c"
    return engine.query(sql).cast(_COUNTED)


_COUNTED = pa.schema(
    [
        ("place", pa.string()),
        ("source", pa.string()),
        ("region_code", pa.string()),
        ("month", pa.date32()),
        ("codes", pa.string()),
        ("out", pa.int32()),
        ("n", pa.int64()),
    ]
)
_CELL = ("source", "region_code", "month")
_Key = tuple[str, str, dt.date | None]
_Place = tuple[str, str]
"""Source and standard table."""


def _scored(counted: pa.Table, reasons: Mapping[_Place, Mapping[str, Reason]]) -> pa.Table:
    quarantined = pc.multiply(counted["n"], pc.cast(counted["out"], pa.int64()))
    counted = counted.append_column("quarantined", quarantined)
    sums = counted.group_by([*_CELL, "place"]).aggregate([("n", "sum"), ("quarantined", "sum")])
    number = {place: Counter(r.dimension for r in by_code.values()) for place, by_code in reasons.items()}
    cells: dict[_Key, Counter[str]] = defaultdict(Counter)
    for row in sums.to_pylist():
        cell = cells[row["source"], row["region_code"], row["month"]]
        cell.update({"records": row["n_sum"], "quarantined": row["quarantined_sum"]})
        cell.update({f"asked {d}": n * row["n_sum"] for d, n in number[row["source"], row["place"]].items()})
    for key, failed in _failed(counted, reasons).items():
        cells[key].update({f"failed {d}": n for d, n in failed.items()})
    rows = [
        {
            **dict(zip(_CELL, key, strict=True)),
            **{name: cell[name] for name in ("records", "quarantined")},
            **{d: _passed(cell[f"asked {d}"], cell[f"failed {d}"]) for d in DIMENSIONS},
        }
        for key, cell in cells.items()
    ]
    return pa.Table.from_pylist(rows, schema=SCORE).sort_by([(name, "ascending") for name in _CELL])


def _failed(counted: pa.Table, reasons: Mapping[_Place, Mapping[str, Reason]]) -> dict[_Key, Counter[str]]:
    """(source, region, month) → dimension → failed checks."""
    marked = counted.filter(pc.not_equal(counted["codes"], ""))
    listed = pc.split_pattern(marked["codes"], ",").combine_chunks()
    flat = marked.take(pc.list_parent_indices(listed)).append_column("code", pc.list_flatten(listed))
    sums = flat.group_by([*_CELL, "place", "code"]).aggregate([("n", "sum")])
    found: dict[_Key, Counter[str]] = defaultdict(Counter)
    for row in sums.to_pylist():
        reason = reasons[row["source"], row["place"]].get(row["code"])
        found[row["source"], row["region_code"], row["month"]][reason.dimension if reason else "valid"] += row["n_sum"]
    return found


def _passed(asked: int, failed: int) -> float | None:
    return round(1 - min(failed, asked) / asked, 6) if asked else None
