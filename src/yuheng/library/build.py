"""Building all derived tables as of D.

Order from the parsed SQL, one slice per table and day, finished tables skipped.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.content.schema import DerivedTable
from yuheng.errors import ContentError, DataError
from yuheng.lake import Engine, Lake
from yuheng.library import graph
from yuheng.library.asof import register_codes, register_results, register_standard
from yuheng.library.shape import RESULTS, derived_schema
from yuheng.library.slices import Leases, app_id, no_leases, write_slice
from yuheng.sql import Scalar, parse, table_names

Progress = Callable[[str, int, int], None]
"""Called with the table's name, its number and the number of tables before each table is built."""

SNAPSHOT_DAYS = 45
"""A feature snapshot older than this is not read.

Architecture's «newest snapshot with D - 45 < snapshot_date <= D».
"""


@dataclass(frozen=True)
class Built:
    """What became of one derived table."""

    name: str
    version: int
    rows: int
    seconds: float
    skipped: bool


def inputs_of(table: DerivedTable) -> frozenset[str]:
    """The tables and code lists the SQL of `table` reads."""
    return _read_by(table.sql, table.path)


@lru_cache(maxsize=512)
def _read_by(sql: str, path: str) -> frozenset[str]:
    return table_names(parse(sql, origin=path))


def build_order(store: ContentStore, only: Collection[str] | None = None) -> list[str]:
    """Derived tables so that each comes after those it reads; with `only`, just these and what they need.

    Graph tables and what they need come first, so that others can be built while a graph is worked on.
    Raises ContentError when tables need each other, or read a table nobody declares.
    """
    needs: dict[str, list[str]] = {}
    for name in sorted(store.derived):
        table = store.derived[name]
        inputs = inputs_of(table)
        unknown = inputs - store.derived.keys() - store.standard.keys() - store.code_lists.keys() - RESULTS.keys()
        if unknown:
            raise ContentError(
                f"{name} reads unknown tables: {', '.join(sorted(unknown))}", path=table.path, line=table.line
            )
        needs[name] = sorted(inputs & store.derived.keys())
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = [str(n) for n in error.args[1]]
        path = store.derived[circle[0]].path
        raise ContentError(f"derived tables need each other: {' -> '.join(circle)}", path=path) from error
    early = closure((n for n in order if store.derived[n].method != "sql"), needs)
    order.sort(key=lambda name: name not in early)
    if only is None:
        return order
    wanted = closure(only, needs)
    return [name for name in order if name in wanted]


def closure(names: Iterable[str], needs: Mapping[str, Collection[str]]) -> set[str]:
    """`names` and everything they need, directly or not."""
    seen: set[str] = set()
    todo = [n for n in names if n in needs]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += needs[name]
    return seen


def build(
    engine: Engine,
    lake: Lake,
    store: ContentStore,
    as_of: date,
    *,
    only: Collection[str] | None = None,
    versions: Mapping[str, int] | None = None,
    leases: Leases = no_leases,
    progress: Progress | None = None,
) -> list[Built]:
    """Builds the derived tables as of `as_of` into `derived/<name>`, slice of that day.

    A table whose SQL, code lists and input versions are those of its last build is skipped, so a broken run goes on
    where it stopped. Graphs are worked on beside the tables that do not read them.
    Afterwards every derived table (and every standard table it needs) can be read on `engine` under its plain name.
    Raises DataError when there is no registration at all by `as_of`.
    """
    order = build_order(store, only)
    inputs = {name: inputs_of(store.derived[name]) for name in order}
    read = frozenset().union(*inputs.values()) if inputs else frozenset()
    stamps: dict[str, int] = register_standard(
        engine, lake, store, as_of, only=read & store.standard.keys(), versions=versions
    )
    stamps |= register_results(engine, lake, as_of, read & RESULTS.keys())
    register_codes(engine, store, read & store.code_lists.keys())
    _require_firms(engine, as_of, "ent_registration" in read)
    done: list[Built] = []
    with ThreadPoolExecutor(max_workers=1) as beside, _foreseen(engine, lake, store, order, as_of):
        graphs: dict[str, Future[pa.Table]] = {}

        def finish(name: str) -> None:
            answer = graphs.pop(name, None)
            done.append(_table(engine, lake, store.derived[name], as_of, stamps[name], leases, answer))

        for number, name in enumerate(order, 1):
            if progress is not None:
                progress(name, number, len(order))
            for waiting in sorted(graphs.keys() & inputs[name]):
                finish(waiting)
            table = store.derived[name]
            stamps[name] = digest(store, table, inputs[name], stamps, as_of)
            if table.method == "sql" or _stands(lake, table, as_of, stamps[name]):
                finish(name)
            else:
                rows = engine.query(table.sql, params=day_param(table.sql, as_of))
                graphs[name] = beside.submit(graph.run, table.method, rows, path=table.path)
        for waiting in sorted(graphs):
            finish(waiting)
    return done


@contextmanager
def _foreseen(engine: Engine, lake: Lake, store: ContentStore, names: Sequence[str], as_of: date) -> Iterator[None]:
    """Has the texts of tables that were never built for the day translated beside the engine's work, in their order.

    Nothing depends on it: what is wrong with a text is told when the table is built.
    """
    with ThreadPoolExecutor(max_workers=1) as ahead:
        for table in (store.derived[name] for name in names):
            if table.method == "sql" and lake.table("derived", table.name).landed(app_id(as_of)) is None:
                text = _typed(table, table.sql)
                ahead.submit(engine.prepare, text, params=day_param(text, as_of))
        try:
            yield
        finally:
            ahead.shutdown(cancel_futures=True)


def digest(
    store: ContentStore, table: DerivedTable, inputs: Iterable[str], stamps: Mapping[str, int], as_of: date
) -> int:
    """A number below 2^60 that changes whenever the result may.

    SQL, macros, method, day, code lists, versions of inputs.
    """
    parts = [table.sql, table.method, as_of.isoformat(), *(f"{k}={c.type}" for k, c in table.columns.items())]
    parts += [f"{m.name}({m.params}):{m.body}" for m in store.macros.values()]
    for name in sorted(inputs):
        if name in stamps:
            parts.append(f"{name}@{stamps[name]}")
        else:
            rows = store.code_lists[name]
            parts.append(f"{name}#{rows.to_pylist()!r}")
    return int(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:15], 16)


def _require_firms(engine: Engine, as_of: date, needed: bool) -> None:
    if (
        needed
        and engine.query("select count(*) as n from (select 1 from ent_registration limit 1) x")["n"][0].as_py() == 0
    ):
        raise DataError(
            f"no registration is known by {as_of.isoformat()}",
            todo="Choose a later day, or run `yuheng intake run` first.",
        )


def _stands(lake: Lake, table: DerivedTable, as_of: date, stamp: int) -> bool:
    target = lake.table("derived", table.name)
    return target.exists() and target.landed(app_id(as_of)) == stamp


def _table(
    engine: Engine,
    lake: Lake,
    table: DerivedTable,
    as_of: date,
    stamp: int,
    leases: Leases,
    answer: Future[pa.Table] | None,
) -> Built:
    """Writes the table unless it stands; `answer` is what a graph table's method gives."""
    started = time.perf_counter()
    target = lake.table("derived", table.name)
    skipped = _stands(lake, table, as_of, stamp)
    if not skipped:
        source = table.sql
        if answer is not None:
            engine.register(f"{table.name}__graph", answer.result())
            source = f"select * from {table.name}__graph"
        sql = _typed(table, source)
        write_slice(
            engine, target, sql, as_of, schema=derived_schema(table), app_version=stamp, leases=leases,
            params=day_param(sql, as_of),
        )  # fmt: skip
    register_slice(engine, lake, table, as_of)
    rows = target.rows(slice=as_of.isoformat())
    return Built(table.name, target.version(), rows, time.perf_counter() - started, skipped)


def _typed(table: DerivedTable, sql: str) -> str:
    columns = ", ".join(f"cast({c.name} as {c.type}) as {c.name}" for c in table.columns.values())
    return f"select {columns} from ({sql}) q"


def day_param(sql: str, as_of: date) -> dict[str, Scalar] | None:
    """The value of :as_of, when `sql` asks for it."""
    return {"as_of": as_of} if ":as_of" in sql else None


def register_slice(engine: Engine, lake: Lake, table: DerivedTable, as_of: date) -> bool:
    """Makes the slice of `as_of` readable under the table's name.

    For snapshots the newest one of the 45 days up to it.

    Returns False (and registers an empty table) when there is none.
    """
    target = lake.table("derived", table.name)
    days = {date.fromisoformat(s) for s in target.slices()}
    if target.landed(app_id(as_of)) is not None:
        days.add(as_of)  # built, though perhaps without a row
    fitting = [d for d in days if d == as_of or (table.snapshot and 0 <= (as_of - d).days < SNAPSHOT_DAYS)]
    files = target.files(slice=max(fitting).isoformat()) if fitting else []
    engine.scan(table.name, files, derived_schema(table))
    return bool(fitting)


def register_derived(
    engine: Engine, lake: Lake, store: ContentStore, as_of: date, *, only: Collection[str] | None = None
) -> None:
    """Makes derived tables already built as of `as_of` readable.

    Raises DataError naming those that were never built.
    """
    names = sorted(only if only is not None else store.derived)
    missing = [n for n in names if not register_slice(engine, lake, store.derived[n], as_of)]
    if missing:
        raise DataError(
            f"derived tables not built as of {as_of.isoformat()}: {', '.join(missing)}",
            todo="Run `yuheng library build` first.",
        )
