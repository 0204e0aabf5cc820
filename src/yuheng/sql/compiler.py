"""From content SQL to an engine's text: parse, expand macros, bind values, mend dialect differences, render."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from yuheng.errors import SqlError
from yuheng.sql.dialects import for_duckdb, for_spark
from yuheng.sql.macros import Macro, expand

Scalar = str | int | float | bool | Decimal | date | datetime | None
Dialect = Literal["duckdb", "spark"]


def parse(sql: str, *, origin: str = "<sql>") -> exp.Expr:
    """The syntax tree of one statement or expression. Raises SqlError with `origin` and line.

    A value right after `select` needs brackets, `select (:v)`: DuckDB reads `select v: x` as an alias.
    """
    try:
        return _parsed(sql).copy()
    except ParseError as error:
        detail = error.errors[0] if error.errors else {}
        what = f"cannot parse SQL: {detail.get('description', error)} near {detail.get('highlight', '')!r}"
        raise SqlError(what, path=origin, line=detail.get("line")) from error
    except TokenError as error:
        raise SqlError(f"cannot parse SQL: {error}", path=origin) from error


@lru_cache(maxsize=4096)
def _parsed(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, read="duckdb")


def compile_sql(
    sql: str | exp.Expr,
    *,
    params: Mapping[str, Scalar] | None = None,
    macros: Mapping[str, Macro] | None = None,
    dialect: Dialect = "duckdb",
    origin: str = "<sql>",
) -> str:
    """`sql` as text for `dialect`: macros expanded, every `:name` bound as a typed literal.

    Raises SqlError for a `:name` without a value, a value nothing asks for, or a macro called wrongly.
    """
    tree = parse(sql, origin=origin) if isinstance(sql, str) else sql.copy()
    if macros:
        called = {str(node.this).lower() for node in tree.find_all(exp.Anonymous)} & macros.keys()
        if called:
            bodies = {name: parse(macro.body, origin=macro.origin) for name, macro in macros.items()}
            tree = expand(tree, macros, bodies)
    tree = _bind(tree, params or {}, origin)
    tree = for_duckdb(tree) if dialect == "duckdb" else for_spark(tree)
    return tree.sql(dialect=dialect)


def _bind(tree: exp.Expr, params: Mapping[str, Scalar], origin: str) -> exp.Expr:
    used: set[str] = set()

    def replace(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        name = node.name
        if name not in params:
            raise SqlError(f"no value for :{name}", path=origin, todo=f"Given: {', '.join(sorted(params)) or 'none'}.")
        used.add(name)
        return _literal(params[name])

    bound = tree.transform(replace, copy=False)
    unused = params.keys() - used
    if unused:
        raise SqlError(f"values nothing asks for: {', '.join(sorted(unused))}", path=origin)
    return bound


def _literal(value: Scalar) -> exp.Expr:
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "TIMESTAMP")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), "DOUBLE")
    if isinstance(value, Decimal):
        _, digits, exponent = value.as_tuple()
        scale = max(-int(exponent), 0) if isinstance(exponent, int) else 0
        return exp.cast(exp.Literal.string(str(value)), f"DECIMAL({max(len(digits), scale) + 1}, {scale})")
    return exp.convert(value)


def literal(value: Scalar, *, dialect: Dialect = "duckdb") -> str:
    """`value` as a typed SQL literal."""
    return _literal(value).sql(dialect=dialect)


def identifier(name: str, *, dialect: Dialect = "duckdb") -> str:
    """`name` as a quoted SQL identifier."""
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def table_names(tree: exp.Expr) -> frozenset[str]:
    """The tables `tree` reads, without the names of its own common table expressions."""
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table)) - own


def column_refs(tree: exp.Expr) -> frozenset[tuple[str | None, str]]:
    """The columns `tree` names, as (table or alias, column)."""
    return frozenset((column.table or None, column.name) for column in tree.find_all(exp.Column))
