"""From a value back to the records: the standard rows behind one indicator of one firm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlglot import exp
from sqlglot.lineage import lineage as trace
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from yuheng.content import ContentStore
from yuheng.content.schema import DerivedTable, Indicator
from yuheng.indicator import measure
from yuheng.library.shape import RESULTS, standard_schema
from yuheng.sql import literal, parse

SYSTEM_COLUMNS = (
    "source", "source_key", "event_date", "known_from", "link_basis", "batch_id", "src_file", "src_row",
    "is_simulated",
)  # fmt: skip
"""Columns of an evidence row, after `table_name`."""

Sources = Mapping[str, Sequence[str]]
"""Indicator -> the standard tables its value comes from."""


def evidence_sql(
    store: ContentStore, indicator: Indicator, ent_id: int, as_of: date, tables: Sequence[str]
) -> str | None:
    """SELECT (table_name, source, source_key, event_date, known_from, link_basis, batch_id, src_file, src_row,
    is_simulated).

    For an indicator on a standard table: exactly the rows its filter and window let through. For one on a derived
    table: the firm's as-of rows of `tables`, where its columns come from (see `lineage`). None when only tables that
    are not about single firms, or released grades, stand behind it.
    """
    if indicator.table in store.standard:
        where = measure.condition(indicator, as_of)
        return _rows(indicator.table, ent_id, where.sql("duckdb") if where is not None else "true")
    parts = [_rows(table, ent_id, "true") for table in tables if store.standard[table].entity]
    return " union all ".join(parts) or None


def _rows(table: str, ent_id: int, where: str) -> str:
    columns = ", ".join(f"t.{c}" for c in SYSTEM_COLUMNS)
    return (
        f"select {literal(table)} as table_name, {columns} from {table} t where t.ent_id = {int(ent_id)} and ({where})"
    )


def lineage(store: ContentStore) -> dict[str, list[str]]:
    """Indicator -> standard tables the columns it uses come from (its own table when that is a standard one).

    Read from the SQL itself; it takes seconds and depends on the content alone, so callers keep it per version.
    """
    tracer = _Tracer(store)
    return {i.id: tracer.tables(i) for i in store.indicators.values()}


class _Tracer:
    """Follows columns down through derived tables; each table's SQL is resolved once."""

    def __init__(self, store: ContentStore) -> None:
        self._store = store
        self._scopes: dict[str, tuple[exp.Expr, Scope]] = {}
        self._found: dict[tuple[str, str], frozenset[str]] = {}

    def tables(self, indicator: Indicator) -> list[str]:
        texts = [indicator.measure, indicator.filter, f"t.{indicator.date_col}" if indicator.date_col else "true"]
        used = {c.name for text in texts for c in parse(text, origin=f"indicator {indicator.id}").find_all(exp.Column)}
        found = frozenset[str]().union(*(self._sources(indicator.table, c) for c in used or {"ent_id"}))
        return sorted(found)

    def _sources(self, table: str, column: str) -> frozenset[str]:
        if table in self._store.standard:
            return frozenset({table})
        if table not in self._store.derived:
            return frozenset()
        key = (table, column)
        if key not in self._found:
            self._found[key] = frozenset()  # a column that leads back to itself adds nothing
            inputs = self._leaves(self._store.derived[table], column)
            self._found[key] = frozenset[str]().union(*(self._sources(t, c) for t, c in inputs))
        return self._found[key]

    def _leaves(self, derived: DerivedTable, column: str) -> set[tuple[str, str]]:
        """(table, column) pairs one column of a derived table is computed from, through the SQL's own steps."""
        if derived.method != "sql":
            return {(name, "ent_id") for name in derived.inputs}
        tree, scope = self._scope(derived)
        found: set[tuple[str, str]] = set()
        for node in trace(column, tree, {}, scope=scope, dialect="duckdb").walk():
            if node.downstream:
                continue
            if isinstance(node.expression, exp.Table):
                found.add((node.expression.this.name, node.name.split(".")[-1].strip('"')))
            elif node.expression.find(exp.Count):  # count(*) names no column: the rows it counts are the evidence
                found |= {(name, "ent_id") for name in _tables(node.source, tree)}
        return found

    def _scope(self, derived: DerivedTable) -> tuple[exp.Expr, Scope]:
        if derived.name not in self._scopes:
            names = [*derived.inputs, *derived.codes]
            schema: dict[str, object] = {name: dict.fromkeys(self._columns(name), "VARCHAR") for name in names}
            tree = qualify(
                parse(derived.sql, origin=derived.path),
                dialect="duckdb",
                schema=schema,
                validate_qualify_columns=False,
                identify=False,
            )
            scope = build_scope(tree)
            assert scope is not None
            self._scopes[derived.name] = (tree, scope)
        return self._scopes[derived.name]

    def _columns(self, name: str) -> Iterable[str]:
        store = self._store
        if name in store.standard:
            return list(standard_schema(store.standard[name]).names)
        if name in store.derived:
            return list(store.derived[name].columns)
        return list(store.code_lists[name].column_names if name in store.code_lists else RESULTS[name].names)


def _tables(step: exp.Expr, whole: exp.Expr) -> set[str]:
    """Names of the tables a step of a query reads, through the steps before it."""
    steps = {cte.alias: cte.this for cte in whole.find_all(exp.CTE)}
    todo, seen, found = [step], set[str](), set[str]()
    while todo:
        for table in todo.pop().find_all(exp.Table):
            if table.name in steps and table.name not in seen:
                todo.append(steps[table.name])
            elif table.name not in steps:
                found.add(table.name)
            seen.add(table.name)
    return found
