"""The live store: a rated day's rows by firm in one DuckDB file, so that one firm's rows are found in milliseconds."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from yuheng import indicator
from yuheng.content import ContentStore
from yuheng.errors import LakeError
from yuheng.indicator import tables_of
from yuheng.indicator.scan import SPINE
from yuheng.lake import DuckEngine
from yuheng.library import register_derived, register_standard, standard_schema
from yuheng.library.asof import VERSIONS
from yuheng.library.build import digest, inputs_of
from yuheng.library.firm import needed
from yuheng.library.slices import app_id
from yuheng.pipeline.rate import register_grades
from yuheng.pipeline.scoring import GRADE, NATIONAL, national_sql
from yuheng.pipeline.sources import silent_indicators
from yuheng.pipeline.values import register_values
from yuheng.pipeline.values import stamp_of as values_stamp
from yuheng.pipeline.workspace import Workspace
from yuheng.sql import column_refs, identifier, literal, parse

FIRM = "firm"
"""ent_id and `held`, in which bit k says that the firm has rows in the k-th table by firm."""
CODE = "firm_code"
"""uscc, ent_id in the order of the codes."""
CLOCKS = (
    "ent_id", "link_basis", "source", "source_key", "event_date", "known_from", "known_to", "op", "src_file", "src_row",
)  # fmt: skip
"""System columns that decide which version of a record is known and which comes first."""
RATED = "rated"
"""The stored grades, with values, cases and points of all indicators as lists in catalogue order."""
LAYOUT = "4"
"""Another number whenever this module lays its tables out in another way: stores of the old layout are rewritten."""
STAMP = "stamp"
"""`digest` of all the store was made from; `is_current`: the stored values follow from the records it holds."""
SILENT = "silent"


@dataclass(frozen=True)
class Parts:
    """Which tables one firm's rating reads: records, frozen features by firm, small frozen tables read whole."""

    standard: tuple[str, ...]
    features: tuple[str, ...]
    whole: tuple[str, ...]
    rebuilt: tuple[str, ...]
    """Derived tables made anew from the firm's own records, in order."""
    codes: tuple[str, ...]
    schemas: Mapping[str, pa.Schema]
    """Standard table -> the columns a rating reads; the fewer, the faster a firm is found."""

    @property
    def by_firm(self) -> tuple[str, ...]:
        """Tables with rows per firm; a table's place here is its bit in `held`."""
        return (*self.standard, *self.features, *self.rebuilt)


def parts_of(store: ContentStore) -> Parts:
    """The tables behind all indicators, the firm's own facts and its national grade."""
    order, frozen, standard, codes = needed(store, [*tables_of(store), SPINE, NATIONAL])
    features = [name for name in frozen if "ent_id" in store.derived[name].columns]
    whole = [name for name in frozen if name not in features]
    schemas = {name: _schema(store, name, order) for name in sorted(standard)}
    return Parts(tuple(schemas), tuple(features), tuple(whole), tuple(order), tuple(sorted(codes)), schemas)


def _schema(store: ContentStore, name: str, rebuilt: Sequence[str]) -> pa.Schema:
    """The columns of a standard table that the rebuilt tables, its own indicators and the two clocks read."""
    schema = standard_schema(store.standard[name])
    texts = [store.derived[d].sql for d in rebuilt if name in inputs_of(store.derived[d])]
    for item in store.indicators.values():
        if item.table == name:
            texts += [item.measure, item.filter, *([item.date_col] if item.date_col else [])]
    used: set[str] = set(CLOCKS)
    for text in [*texts, *([national_sql()] if name == NATIONAL else [])]:
        named = columns_in(text, origin=name)
        if named is None:
            return schema
        used |= named
    return pa.schema([field for field in schema if field.name in used])


def columns_in(sql: str, *, origin: str) -> frozenset[str] | None:
    """Every column a query or expression names, whatever its table; None when it takes all of some table."""
    tree = parse(sql, origin=origin)
    if any(column.is_star for query in tree.find_all(exp.Select) for column in query.expressions):
        return None
    return frozenset(name for _, name in column_refs(tree))


def live_store(ws: Workspace, day: date) -> Path:
    """The live store of a rated day; written when there is none, or the lake or the content moved on since.

    Holds every version of the records, the feature tables of that day, its grades and values, all sorted by firm.
    Raises DataError when the day was never rated, LakeError when the file cannot be written.
    """
    parts = parts_of(ws.store)
    stamp = _stamp(ws, parts, day)
    target = ws.deployment.serving / f"live-{day.isoformat()}.duckdb"
    if target.is_file() and _stamp_in(target) == stamp:
        return target
    part = target.with_suffix(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(ws, parts, day, part, stamp)
    except duckdb.Error as error:
        part.unlink(missing_ok=True)
        raise LakeError(f"the live store cannot be written: {error}", todo="Check the disk and repeat.") from error
    part.replace(target)
    return target


def _stamp(ws: Workspace, parts: Parts, day: date) -> str:
    """Changes whenever anything the store holds may have changed."""
    lake, app = ws.lake, app_id(day)
    seen = [LAYOUT, ws.store.version, day.isoformat(), repr([schema.names for schema in parts.schemas.values()])]
    seen += [f"{name}@{lake.table('standard', name).version()}" for name in parts.standard]
    seen += [
        f"{name}@{lake.table('derived', name).landed(app)}" for name in (*parts.rebuilt, *parts.features, *parts.whole)
    ]
    seen += [f"{name}@{lake.table(indicator.LAYER, name).landed(app)}" for name in (indicator.TABLE, GRADE)]
    return hashlib.sha256("\0".join(seen).encode()).hexdigest()


def _stamp_in(path: Path) -> str | None:
    """The stamp of a store; None for a file that is not one."""
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            found = con.execute(f"select digest from {STAMP}").fetchone()
    except duckdb.Error:
        return None
    return None if found is None else str(found[0])


def _write(ws: Workspace, parts: Parts, day: date, path: Path, stamp: str) -> None:
    settings = ws.deployment.settings
    spill = ws.deployment.work / "spill"
    engine = DuckEngine(
        macros=ws.store.macros, threads=settings.threads, memory=settings.memory_limit, spill=spill
    )  # fmt: skip
    try:
        register_grades(ws, engine, day)
        register_values(engine, ws.lake, ws.store, day)
        register_standard(engine, ws.lake, ws.store, day, only=parts.standard)
        register_derived(engine, ws.lake, ws.store, day, only=[*parts.rebuilt, *parts.features, *parts.whole])
        quiet = silent_indicators(ws, engine, day)
        # the compression of the newest storage version reads four times slower where one row is wanted
        engine.connection.execute(f"attach {literal(str(path))} as live (storage_version 'v1.0.0')")
        _fill(engine.connection, ws.store, parts, quiet)
        mark = f"select {literal(stamp)} as digest, {literal(_current(ws, parts, day, quiet))} as is_current"
        engine.connection.execute(f"create table live.{STAMP} as {mark}")
        engine.connection.execute("detach live")
    finally:
        engine.close()


def _current(ws: Workspace, parts: Parts, day: date, quiet: Sequence[str]) -> bool:
    """Whether the day's derived tables and values are those of the records as they now stand in the lake."""
    lake, app = ws.lake, app_id(day)
    stamps: dict[str, int] = {name: lake.table("standard", name).version() for name in parts.standard}
    stamps |= {n: lake.table("derived", n).landed(app) or 0 for n in (*parts.features, *parts.whole)}
    for name in parts.rebuilt:
        table = ws.store.derived[name]
        stamps[name] = digest(ws.store, table, inputs_of(table), stamps, day)
        if lake.table("derived", name).landed(app) != stamps[name]:
            return False
    return lake.table(indicator.LAYER, indicator.TABLE).landed(app) == values_stamp(ws.store, lake, day, quiet)


def _fill(con: duckdb.DuckDBPyConnection, store: ContentStore, parts: Parts, quiet: Sequence[str]) -> None:
    for name in parts.standard:
        columns = ", ".join(identifier(c) for c in parts.schemas[name].names)
        source = f"{name}{VERSIONS} where ent_id is not null"
        con.execute(f"create table live.{name} as select {columns} from {source} order by ent_id")
    for name in (*parts.features, *parts.rebuilt):
        con.execute(f"create table live.{name} as select * from {name} where ent_id is not null order by ent_id")
    con.execute(f"create table live.{RATED} as {_rated(list(store.indicators))}")
    for name in parts.whole:
        con.execute(f"create table live.{name} as select * from {name}")
    con.execute(f"create table live.{FIRM} as {_firms(parts.by_firm)}")
    con.execute(f"create table live.{CODE} as select uscc, ent_id from {SPINE} where uscc is not null order by all")
    con.execute(f"create table live.{SILENT} (id varchar)")
    if quiet:
        con.executemany(f"insert into live.{SILENT} values (?)", [[name] for name in quiet])


def _rated(ids: Sequence[str]) -> str:
    lists = {"values_all": "v.v_", "cases_all": "v.c_", "points_all": "g.p_"}
    packed = ", ".join(f"[{', '.join(prefix + i for i in ids)}] as {name}" for name, prefix in lists.items())
    points = ", ".join(f"p_{i}" for i in ids)
    return (
        f"select g.* exclude ({points}), {packed} from {GRADE} g join {indicator.TABLE} v on v.ent_id = g.ent_id "
        "order by g.ent_id"
    )


def _firms(tables: Sequence[str]) -> str:
    bits = " union all ".join(
        f"select distinct ent_id, cast({1 << place} as hugeint) as bit from live.{name}"
        for place, name in enumerate(tables)
    )
    held = f"select ent_id, bit_or(bit) as held from ({bits}) x group by ent_id"
    return (
        f"select b.ent_id, coalesce(h.held, 0) as held from {SPINE} b "
        f"left join ({held}) h on h.ent_id = b.ent_id order by b.ent_id"
    )
