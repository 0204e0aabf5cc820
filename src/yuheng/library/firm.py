"""One firm alone: its rows of every table, so that the same SQL re-rates it in milliseconds on the

same feature snapshot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.content.schema import DerivedTable
from yuheng.lake import Engine, Lake
from yuheng.library.asof import VERSIONS, as_of_select, register_codes
from yuheng.library.build import build_order, day_param, inputs_of, register_slice
from yuheng.library.shape import RESULTS, derived_schema, standard_schema


@dataclass(frozen=True)
class FirmRows:
    """All a firm's rows: versions of its standard records, and its rows (or the whole) of the monthly

    feature tables.
    """

    ent_id: int
    standard: Mapping[str, pa.Table]
    features: Mapping[str, pa.Table]


def is_local(table: DerivedTable) -> bool:
    """True when the rows of one firm follow from that firm's own rows, so that the table is rebuilt for it alone."""
    return table.method == "sql" and not table.snapshot and "ent_id" in table.columns


def needed(store: ContentStore, tables: Collection[str]) -> tuple[list[str], list[str], set[str], set[str]]:
    """For `tables`: derived tables to rebuild (in order), feature tables to read, standard tables, code lists."""
    local: set[str] = set()
    features: set[str] = set()
    other: set[str] = set()
    todo = list(tables)
    while todo:
        name = todo.pop()
        table = store.derived.get(name)
        if table is None:
            other.add(name)
        elif not is_local(table):
            features.add(name)
        elif name not in local:
            local.add(name)
            todo += inputs_of(table)
    order = [n for n in build_order(store, local) if n in local]
    standard = {n for n in other if n in store.standard}
    return order, sorted(features), standard, other - standard - RESULTS.keys()


def firm_rows(
    engine: Engine, lake: Lake, store: ContentStore, ent_id: int, snapshot: date, tables: Collection[str]
) -> FirmRows:
    """Reads the firm's rows behind `tables` from the lake.

    Standard versions, and features of the snapshot up to `snapshot`.
    """
    _, features, standard, _ = needed(store, tables)
    rows: dict[str, pa.Table] = {}
    for name in sorted(standard):
        table = lake.table("standard", name)
        schema = standard_schema(store.standard[name])
        engine.scan(name + VERSIONS, table.files() if table.exists() else [], schema)
        rows[name] = (
            engine.query(f"select * from {name}{VERSIONS} where ent_id = {int(ent_id)}")
            .select(schema.names)
            .cast(schema)
        )
    kept: dict[str, pa.Table] = {}
    for name in features:
        declared = store.derived[name]
        register_slice(engine, lake, declared, snapshot)
        where = f" where ent_id = {int(ent_id)}" if "ent_id" in declared.columns else ""
        schema = derived_schema(declared)
        kept[name] = engine.query(f"select * from {name}{where}").select(schema.names).cast(schema)
    return FirmRows(ent_id, rows, kept)


def register_firm(engine: Engine, store: ContentStore, rows: FirmRows, as_of: date, tables: Collection[str]) -> None:
    """Makes `tables` readable for this one firm as of `as_of`.

    Features as they are, everything else rebuilt from its records.
    """
    order, features, standard, codes = needed(store, tables)
    register_codes(engine, store, codes)
    for name in sorted(standard):
        engine.register(name + VERSIONS, rows.standard[name])
        engine.define(name, as_of_select(name, as_of))
    for name in features:
        engine.register(name, rows.features[name])
    for name in order:
        sql = store.derived[name].sql
        engine.define(name, sql, params=day_param(sql, as_of), materialise=True)
