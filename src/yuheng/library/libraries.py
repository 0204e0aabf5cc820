"""Building the thematic libraries as of D: in order of need, only what changed, each under contract."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from yuheng.content import ContentStore
from yuheng.content.libraryshape import LIBRARY_RESULTS, REGIONS, full_sql, library_schema, needs_region
from yuheng.content.schema import Library
from yuheng.errors import ContentError, DataError
from yuheng.lake import Engine, Lake, LakeTable
from yuheng.library.asof import register_codes, register_results, register_standard
from yuheng.library.build import Progress, closure, day_param, register_derived
from yuheng.library.contract import CheckResult, try_contract
from yuheng.library.shape import RESULTS
from yuheng.library.slices import Leases, app_id, no_leases
from yuheng.sql import identifier, parse, table_names

LAYER = "library"
KEPT_DAYS = 3
"""Newest slices `prune` leaves."""
GONE = 0
"""Number of a slice that was dropped."""
State = Literal["built", "unchanged", "stopped", "waiting", "pending"]
"""built; nothing had changed; its contract failed, so the last good slice stays; an input is not there yet; a later
floor fills it."""


@dataclass(frozen=True)
class LibraryBuilt:
    """What became of one library."""

    id: str
    name_zh: str
    state: State
    rows: int = 0
    version: int = -1
    seconds: float = 0.0
    checks: tuple[CheckResult, ...] = ()
    note: str = ""
    served: str | None = None
    """Day of the slice that readers get."""

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {**vars(self), "checks": [c.to_dict() for c in self.checks]}


@dataclass
class _Work:
    """What the build of one day shares."""

    engine: Engine
    lake: Lake
    store: ContentStore
    as_of: date
    leases: Leases
    stamps: dict[str, int] = field(default_factory=dict)
    """Inputs readable on the engine, each with the number of what it holds."""


def library_inputs(library: Library) -> frozenset[str]:
    """The tables and code lists a library reads, the firms' regions among them."""
    return _read_by(library.sql, library.path) | ({REGIONS} if needs_region(library) else set())


@lru_cache(maxsize=256)
def _read_by(sql: str, path: str) -> frozenset[str]:
    return table_names(parse(sql, origin=path)) if sql else frozenset()


def library_order(store: ContentStore, only: Collection[str] | None = None) -> list[Library]:
    """Libraries so that each comes after those it reads; with `only` (ids), just these and what they need.

    Raises ContentError when libraries need each other.
    """
    by_table = {library.table: library for library in store.libraries.values()}
    needs = {t: sorted(library_inputs(library) & by_table.keys()) for t, library in sorted(by_table.items())}
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = [str(n) for n in error.args[1]]
        path = by_table[circle[0]].path
        raise ContentError(f"libraries need each other: {' -> '.join(circle)}", path=path) from error
    wanted = closure((i.lower() for i in only), needs) if only is not None else set(order)
    return [by_table[name] for name in order if name in wanted]


def derived_needed(store: ContentStore, only: Collection[str] | None = None) -> list[str]:
    """Derived tables the libraries read, which must have been built as of the day."""
    libraries = library_order(store, only)
    return sorted(frozenset[str]().union(*(library_inputs(x) for x in libraries)) & store.derived.keys())


def build_libraries(
    engine: Engine,
    lake: Lake,
    store: ContentStore,
    as_of: date,
    *,
    only: Collection[str] | None = None,
    results: Mapping[str, int] | None = None,
    versions: Mapping[str, int] | None = None,
    leases: Leases = no_leases,
    progress: Progress | None = None,
    done: Callable[[LibraryBuilt], None] | None = None,
) -> list[LibraryBuilt]:
    """Builds the libraries (ids in `only`, and what they need) as of `as_of` into `library/<zt>`, slice of that day.

    Derived tables must have been built as of that day. `results` are tables of the rating already readable on
    `engine`, with the number of what they hold; a library that reads one which is not there waits. A library whose
    SELECT and inputs are those of its last build is left, so a broken run goes on where it stopped. A slice that
    breaks a `stop` rule of its contract is thrown away; readers, other libraries among them, keep the last good one.
    `done` is told each library as soon as it is finished. Raises DataError when derived tables are missing.
    """
    order = library_order(store, only)
    work = _Work(engine, lake, store, as_of, leases, dict(results or {}))
    _register_inputs(work, order, versions)
    report: list[LibraryBuilt] = []
    for number, library in enumerate(order, 1):
        if progress is not None:
            progress(f"{library.id} {library.name_zh}", number, len(order))
        report.append(_build_one(work, library))
        if done is not None:
            done(report[-1])
    return sorted(report, key=lambda b: b.id)


def _register_inputs(work: _Work, order: Iterable[Library], versions: Mapping[str, int] | None) -> None:
    store, as_of = work.store, work.as_of
    read = frozenset[str]().union(*(library_inputs(x) for x in order))
    work.stamps |= register_standard(
        work.engine, work.lake, store, as_of, only=read & store.standard.keys(), versions=versions
    )
    work.stamps |= register_results(work.engine, work.lake, as_of, read & RESULTS.keys())
    derived = sorted(read & store.derived.keys())
    register_derived(work.engine, work.lake, store, as_of, only=derived)
    for name in derived:
        landed = work.lake.table("derived", name).landed(app_id(as_of))
        if landed is None:
            raise DataError(
                f"the derived table {name} was not built as of {as_of.isoformat()}",
                todo="Run `yuheng library build` first.",
            )
        work.stamps[name] = landed
    register_codes(work.engine, store, (read & store.code_lists.keys()) - store.standard.keys() - store.derived.keys())


def _build_one(work: _Work, library: Library) -> LibraryBuilt:
    started = time.perf_counter()
    table = work.lake.table(LAYER, library.table)
    if library.result_of:
        served = register_library(work.engine, work.lake, library, work.as_of)
        work.stamps[library.table] = _landed(table, served)
        rows = table.rows(slice=served.isoformat()) if served else 0
        note = f"由 {library.result_of} 层填充"
        return LibraryBuilt(library.id, library.name_zh, "pending", rows, note=note, served=_text(served))
    inputs = library_inputs(library)
    missing = sorted(inputs & LIBRARY_RESULTS.keys() - work.stamps.keys())
    if missing:
        served = register_library(work.engine, work.lake, library, work.as_of)
        work.stamps[library.table] = _landed(table, served)
        note = f"等待评级结果：{', '.join(missing)}"
        return LibraryBuilt(library.id, library.name_zh, "waiting", note=note, served=_text(served))
    sql = full_sql(library)
    stamp = _digest(work, library, sql, inputs)
    state: State = "unchanged"
    checks: list[CheckResult] = []
    if table.landed(app_id(work.as_of)) != stamp:
        checks = _write(work, library, sql, table, stamp)
        state = "stopped" if any(c.action == "stop" and not c.passed for c in checks) else "built"
    served = register_library(work.engine, work.lake, library, work.as_of)
    work.stamps[library.table] = _landed(table, served)
    rows = table.rows(slice=served.isoformat()) if served else 0
    spent = time.perf_counter() - started
    note = "契约未通过，保留上一合格版本" if state == "stopped" else ""
    return LibraryBuilt(
        library.id, library.name_zh, state, rows, table.version(), spent, tuple(checks), note, _text(served)
    )


def _write(work: _Work, library: Library, sql: str, table: LakeTable, stamp: int) -> list[CheckResult]:
    """Writes the slice and makes it visible when its contract holds; the results of the contract."""
    day = work.as_of.isoformat()
    with work.leases(f"{LAYER}/{library.table}") as lease:
        based_on = table.version()
        files = work.engine.write(sql, table.staging(f"slice={day}"), params=day_param(sql, work.as_of))
        _, checks = try_contract(work.engine, library, files, fed=_has_rows(work, library.spine))
        if any(c.action == "stop" and not c.passed for c in checks):
            for path in files:
                path.unlink()
            return checks
        table.replace(
            files, schema=library_schema(library), slice=day, app_id=app_id(work.as_of), app_version=stamp,
            lease=lease, based_on=based_on,
        )  # fmt: skip
    return checks


def _has_rows(work: _Work, spine: str | None) -> bool:
    if spine is None:
        return False
    found = work.engine.query(f"select count(*) as n from (select 1 as one from {identifier(spine)} limit 1) x")
    return bool(found["n"][0].as_py())


def register_library(engine: Engine, lake: Lake, library: Library, as_of: date) -> date | None:
    """Makes the slice of `as_of`, else the last good one before it, readable under the library's name.

    Returns the slice's day; None (and an empty table) when there is none.
    """
    table = lake.table(LAYER, library.table)
    days = {date.fromisoformat(s) for s in table.slices()}
    if (table.landed(app_id(as_of)) or GONE) != GONE:
        days.add(as_of)  # built, though perhaps without a row
    served = max((d for d in days if d <= as_of), default=None)
    files = table.files(slice=served.isoformat()) if served else []
    engine.scan(library.table, files, library_schema(library))
    return served


def prune(lake: Lake, store: ContentStore, as_of: date, *, leases: Leases = no_leases) -> int:
    """Drops slices of days before `as_of` that are neither among the newest nor the end of a month; returns how many.

    A month's end is what releases and comparisons read; any other day can be built again.
    """
    dropped = 0
    for library in store.libraries.values():
        table = lake.table(LAYER, library.table)
        days = sorted((d for d in map(date.fromisoformat, table.slices()) if d <= as_of), reverse=True)
        for day in days[KEPT_DAYS:]:
            if (day + timedelta(days=1)).day == 1:
                continue
            with leases(f"{LAYER}/{library.table}") as lease:
                table.replace(
                    [], schema=library_schema(library), slice=day.isoformat(), app_id=app_id(day), app_version=GONE,
                    lease=lease, based_on=table.version(),
                )  # fmt: skip
            dropped += 1
    return dropped


def _landed(table: LakeTable, served: date | None) -> int:
    return -1 if served is None else table.landed(app_id(served)) or 0


def _digest(work: _Work, library: Library, sql: str, inputs: Iterable[str]) -> int:
    """A number below 2^60 that changes whenever the slice may: SELECT, contract, macros, day, inputs."""
    parts = [sql, work.as_of.isoformat(), repr(library.checks), repr(library.keys)]
    parts += [f"{m.name}({m.params}):{m.body}" for m in work.store.macros.values()]
    for name in sorted(inputs):
        if name in work.stamps:
            parts.append(f"{name}@{work.stamps[name]}")
        else:
            parts.append(f"{name}#{work.store.code_lists[name].to_pylist()!r}")
    return int(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:15], 16)


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
