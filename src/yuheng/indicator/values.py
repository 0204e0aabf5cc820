"""Values written for all graded firms, or computed for one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.indicator.compiler import FIRMS, compile_plan, tables_of
from yuheng.indicator.scan import SPINE
from yuheng.lake import Engine, Lake
from yuheng.library import FirmRows, register_derived, register_firm, register_standard
from yuheng.library.slices import Leases, no_leases, write_slice

LAYER, TABLE = "rating", "indicator_value"
_ORDER = ("ent_id",)
Progress = Callable[[str, int, int], None]


def register(
    engine: Engine, lake: Lake, store: ContentStore, as_of: date, *, versions: Mapping[str, int] | None = None
) -> None:
    """Makes every table the indicators read readable as of `as_of`.

    Raises DataError when derived tables were not built.
    """
    tables = tables_of(store)
    register_standard(engine, lake, store, as_of, only=[t for t in tables if t in store.standard], versions=versions)
    register_derived(engine, lake, store, as_of, only=[t for t in tables if t in store.derived])


def value_schema(store: ContentStore) -> pa.Schema:
    """ent_id, then v_<id> DOUBLE and c_<id> TINYINT per indicator."""
    columns = [pa.field("ent_id", pa.int64())]
    for name in store.indicators:
        columns += [pa.field(f"v_{name}", pa.float64()), pa.field(f"c_{name}", pa.int8())]
    return pa.schema(columns)


def write_values(
    engine: Engine,
    lake: Lake,
    store: ContentStore,
    as_of: date,
    *,
    stamp: int | None = None,
    population: str | None = None,
    connected: Mapping[str, Sequence[str]] | None = None,
    silent: Collection[str] = (),
    leases: Leases = no_leases,
    progress: Progress | None = None,
) -> int:
    """Values of all firms of `population` into rating/indicator_value, slice of `as_of`; returns the lake version.

    `stamp` is the number recorded with the slice (default: the plan's digest); equal stamps mean equal values.

    The tables must be readable on `engine` (see `register`). Scans run one after the other, so memory holds one
    aggregation at a time beside the finished ones, which the engine may spill. The firms are sorted before anything is
    joined to them: the rows that come out are twenty times as wide.
    """
    plan = compile_plan(store, as_of, population=population, connected=connected, silent=silent)
    with ThreadPoolExecutor(max_workers=1) as beside:
        prepared = beside.submit(engine.prepare, plan.by_firm, order_by=_ORDER, in_order=True)
        for number, scan in enumerate(plan.scans, 1):
            if progress is not None:
                progress(scan.table, number, len(plan.scans) + 1)
            engine.define(scan.name, scan.sql, materialise=scan.name.startswith("a_"))
        engine.define(FIRMS, plan.firms, materialise=True)
        prepared.result()
    if progress is not None:
        progress(TABLE, len(plan.scans) + 1, len(plan.scans) + 1)
    try:
        return write_slice(
            engine, lake.table(LAYER, TABLE), plan.by_firm, as_of, schema=value_schema(store), order_by=_ORDER,
            in_order=True, app_version=plan.digest if stamp is None else stamp, leases=leases,
        )  # fmt: skip
    finally:
        for name in (FIRMS, *(scan.name for scan in plan.scans)):
            engine.drop(name)


def firm_values(
    engine: Engine,
    store: ContentStore,
    rows: FirmRows,
    as_of: date,
    *,
    connected: Mapping[str, Sequence[str]] | None = None,
    silent: Collection[str] = (),
) -> pa.Table:
    """The values of one firm by the same plan, from its own rows and the feature snapshot.

    Empty when it is not known by `as_of`.
    """
    register_firm(engine, store, rows, as_of, [*tables_of(store), SPINE])
    plan = compile_plan(store, as_of, population="true", connected=connected, silent=silent)
    return engine.query(plan.inline())
