"""From a value back to the records: the standard rows behind one indicator of one firm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlglot import exp
from sqlglot.lineage import Node
from sqlglot.lineage import lineage as trace

from yuheng.content import ContentStore
from yuheng.content.schema import DerivedTable, Indicator
from yuheng.indicator import measure
from yuheng.library.shape import RESULTS, standard_schema
from yuheng.sql import literal, parse

SYSTEM_COLUMNS = ("source", "source_key", "event_date", "known_from", "link_basis", "batch_id", "src_file", "src_row")
"""Columns of an evidence row, after `table_name`."""


def evidence_sql(store: ContentStore, indicator: Indicator, ent_id: int, as_of: date) -> str:
    """SELECT (table_name, source, source_key, event_date, known_from, link_basis, batch_id, src_file,

    src_row), newest first.

    For an indicator on a standard table: exactly the rows its filter and window let through. For one on a derived
    table: the firm's
    as-of rows of the standard tables whose columns the used columns come from, found by lineage through the SQL.
    """
    if indicator.table in store.standard:
        where = measure.condition(indicator, as_of)
        parts = [_rows(indicator.table, ent_id, where.sql("duckdb") if where is not None else "true")]
    else:
        parts = [_rows(table, ent_id, "true") for table in lineage(store, indicator) if store.standard[table].entity]
    return f"select * from ({' union all '.join(parts)}) e order by event_date desc, table_name, source, source_key"


def _rows(table: str, ent_id: int, where: str) -> str:
    columns = ", ".join(f"t.{c}" for c in SYSTEM_COLUMNS)
    return (
        f"select {literal(table)} as table_name, {columns} from {table} t where t.ent_id = {int(ent_id)} and ({where})"
    )


def lineage(store: ContentStore, indicator: Indicator) -> list[str]:
    """Standard tables the columns of the indicator come from; its own table when that is a standard one."""
    texts = [indicator.measure, indicator.filter, f"t.{indicator.date_col}" if indicator.date_col else "true"]
    columns = {c.name for text in texts for c in parse(text, origin=f"indicator {indicator.id}").find_all(exp.Column)}
    return sorted(_sources(store, indicator.table, columns or {"ent_id"}, frozenset()))


def _sources(store: ContentStore, table: str, columns: Iterable[str], seen: frozenset[tuple[str, str]]) -> set[str]:
    if table in store.standard:
        return {table}
    found: set[str] = set()
    if table not in store.derived:
        return found
    derived = store.derived[table]
    if derived.method != "sql":
        inputs = {(name, "ent_id") for name in derived.inputs}
    else:
        inputs = {leaf for column in columns if (table, column) not in seen for leaf in _leaves(store, table, column)}
    seen |= {(table, column) for column in columns}
    for name in sorted({name for name, _ in inputs}):
        found |= _sources(store, name, {column for owner, column in inputs if owner == name}, seen)
    return found


def _leaves(store: ContentStore, table: str, column: str) -> set[tuple[str, str]]:
    """(table, column) pairs one column of a derived table is computed from, through the SQL's own steps."""
    derived = store.derived[table]
    nodes: Iterable[Node] = trace(column, derived.sql, schema=_schema(store, derived), dialect="duckdb").walk()
    return {
        (node.expression.this.name, node.name.split(".")[-1].strip('"'))
        for node in nodes
        if isinstance(node.expression, exp.Table) and not node.downstream
    }


def _schema(store: ContentStore, derived: DerivedTable) -> dict[str, dict[str, str]]:
    return {name: dict.fromkeys(_names(store, name), "VARCHAR") for name in [*derived.inputs, *derived.codes]}


def _names(store: ContentStore, name: str) -> list[str]:
    if name in store.standard:
        return list(standard_schema(store.standard[name]).names)
    if name in store.derived:
        return list(store.derived[name].columns)
    return list(store.code_lists[name].column_names if name in store.code_lists else RESULTS[name].names)
