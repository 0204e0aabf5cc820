"""The one place where as-of views are made: what was known at the end of day D about what had happened by then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.errors import DataError
from yuheng.lake import Engine, Lake
from yuheng.library.shape import RESULT_LAYER, RESULTS, standard_schema
from yuheng.sql import identifier, literal

VERSIONS = "__versions"
"""Suffix of the view that holds all versions of a standard table; the plain name is the as-of view over it."""


def as_of_select(table: str, as_of: date, *, columns: Iterable[str] | None = None) -> str:
    """SELECT over the versions of `table` (DuckDB SQL).

    D itself is known, `known_to` is exclusive, withdrawn rows are out.
    """
    day = literal(as_of)
    what = ", ".join(identifier(c) for c in columns) if columns is not None else "*"
    return (
        f"select {what} from {identifier(table + VERSIONS)} "
        f"where known_from <= {day} and known_to > {day} and op = 'upsert' and event_date <= {day}"
    )


def register_standard(
    engine: Engine,
    lake: Lake,
    store: ContentStore,
    as_of: date,
    *,
    only: Collection[str] | None = None,
    versions: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Makes every standard table (or those in `only`) readable under its plain name as of D.

    Tables that have no data yet become empty views. `versions` pins lake versions. Returns the version read per table
    (-1 absent).
    """
    read: dict[str, int] = {}
    for name in sorted(only if only is not None else store.standard):
        table = lake.table("standard", name)
        version = versions[name] if versions and name in versions else table.version()
        files = table.files(version=version) if version >= 0 else []
        engine.scan(name + VERSIONS, files, standard_schema(store.standard[name]))
        engine.define(name, as_of_select(name, as_of))
        read[name] = version
    return read


def register_rows(engine: Engine, store: ContentStore, tables: Mapping[str, pa.Table], as_of: date) -> None:
    """Like `register_standard`, from rows in memory; standard tables not in `tables` are empty."""
    for name in sorted(store.standard):
        schema = standard_schema(store.standard[name])
        rows = tables.get(name)
        engine.register(
            name + VERSIONS, schema.empty_table() if rows is None else rows.select(schema.names).cast(schema)
        )
        engine.define(name, as_of_select(name, as_of))


def register_codes(engine: Engine, store: ContentStore, names: Collection[str]) -> None:
    """Makes code lists readable under their names. Raises DataError for one the content does not hold."""
    for name in sorted(names):
        if name not in store.code_lists:
            raise DataError(f"no code list {name!r} in the content", todo=f"Add codes/{name}.csv.")
        engine.register(name, store.code_lists[name])


def register_results(engine: Engine, lake: Lake, as_of: date, names: Collection[str]) -> dict[str, int]:
    """Makes result tables of higher floors readable, lagged: only what was released for a day before D."""
    read: dict[str, int] = {}
    for name in sorted(names):
        table = lake.table(RESULT_LAYER, name)
        version = table.version()
        schema = table.schema() if version >= 0 else RESULTS[name]
        engine.scan(name + VERSIONS, table.files(version=version) if version >= 0 else [], schema)
        columns = ", ".join(RESULTS[name].names)
        engine.define(name, f"select {columns} from {identifier(name + VERSIONS)} where as_of < {literal(as_of)}")
        read[name] = version
    return read
