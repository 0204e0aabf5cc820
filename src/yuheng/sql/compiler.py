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
from yuheng.sql.lines import line_of
from yuheng.sql.macros import Macro, expand

Scalar = str | int | float | bool | Decimal | date | datetime | None
Dialect = Literal["duckdb", "spark"]

_REFUSED = (exp.DDL, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Copy, exp.Drop, exp.Command, exp.Block, exp.Set)


def parse(sql: str, *, origin: str = "<sql>", first_line: int = 1) -> exp.Expr:
    """The syntax tree of one query or one expression; the caller may change it.

    `first_line` is the line of `origin` that `sql` begins at. Raises SqlError with origin and line; statements that
    change anything are refused. A value right after `select` needs brackets, `select (:v)`: DuckDB reads
    `select v: x` as an alias.
    """
    try:
        tree = _parsed(sql)
    except ParseError as error:
        detail = error.errors[0] if error.errors else {}
        what = f"cannot parse SQL: {detail.get('description', error)} near {detail.get('highlight', '')!r}"
        line = first_line + int(detail.get("line") or 1) - 1
        raise SqlError(what, path=origin, line=line, todo="Write DuckDB's dialect.") from error
    except TokenError as error:
        raise SqlError(f"cannot read SQL: {error}", path=origin, line=first_line) from error
    if isinstance(tree, _REFUSED):
        what = f"content SQL is one query or expression, not {type(tree).__name__.upper()}"
        raise SqlError(what, path=origin, line=first_line)
    return tree.copy()


@lru_cache(maxsize=4096)
def _parsed(sql: str) -> exp.Expr:
    """Parsing costs milliseconds and depends on nothing but the text, so it is done once per text."""
    return sqlglot.parse_one(sql, read="duckdb")


def compile_sql(
    sql: str | exp.Expr,
    *,
    params: Mapping[str, Scalar] | None = None,
    macros: Mapping[str, Macro] | None = None,
    dialect: Dialect = "duckdb",
    origin: str = "<sql>",
) -> str:
    """`sql` as text for `dialect`: macros expanded, every `:name` bound as a typed literal. A given tree stays.

    Raises SqlError for a `:name` without a value, a value nothing asks for, a macro called wrongly or in a circle.
    """
    tree = parse(sql, origin=origin) if isinstance(sql, str) else sql.copy()
    tree = expand_macros(tree, macros or {}, origin=origin)
    tree = _bind(tree, params or {}, origin)
    tree = for_duckdb(tree) if dialect == "duckdb" else for_spark(tree)
    return tree.sql(dialect=dialect, copy=False)


def expand_macros(tree: exp.Expr, macros: Mapping[str, Macro], *, origin: str = "<sql>") -> exp.Expr:
    """`tree` with every macro call replaced by the macro's expression. `tree` may be changed."""
    return expand(tree, macros, lambda macro: parse(macro.body, origin=macro.origin, first_line=macro.line), origin)


def _bind(tree: exp.Expr, params: Mapping[str, Scalar], origin: str) -> exp.Expr:
    used: set[str] = set()

    def replace(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        name = node.name
        if name not in params:
            given = ", ".join(sorted(params)) or "none"
            raise SqlError(f"no value for :{name}", path=origin, line=line_of(node), todo=f"Given: {given}.")
        used.add(name)
        return _literal(params[name])

    bound = tree.transform(replace, copy=False)
    unused = params.keys() - used
    if unused:
        what = f"values nothing asks for: {', '.join(sorted(unused))}"
        raise SqlError(what, path=origin, todo="Use them or leave them out.")
    return bound


def _literal(value: Scalar) -> exp.Expr:
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "TIMESTAMP")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), "DOUBLE")
    if isinstance(value, Decimal):
        return exp.cast(exp.Literal.string(f"{value:f}"), _decimal_type(value))
    if isinstance(value, int) and not isinstance(value, bool):
        number = exp.Literal.number(abs(value))
        return number if value >= 0 else exp.paren(exp.Neg(this=number), copy=False)
    return exp.convert(value)


def _decimal_type(value: Decimal) -> str:
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise SqlError(f"{value} is not a number SQL can hold as DECIMAL", path="<value>")
    scale = max(-exponent, 0)
    whole = max(len(digits) + exponent, 1)
    return f"DECIMAL({whole + scale}, {scale})"


def literal(value: Scalar, *, dialect: Dialect = "duckdb") -> str:
    """`value` as a typed SQL literal."""
    return _literal(value).sql(dialect=dialect, copy=False)


@lru_cache(maxsize=4096)
def identifier(name: str, *, dialect: Dialect = "duckdb") -> str:
    """`name` as a quoted SQL identifier."""
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect, copy=False)


def table_names(tree: exp.Expr) -> frozenset[str]:
    """The tables `tree` reads, without the names of its own common table expressions."""
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table) if table.name) - own


def column_refs(tree: exp.Expr) -> frozenset[tuple[str | None, str]]:
    """The columns `tree` names, as (table or alias, column)."""
    return frozenset((column.table or None, column.name) for column in tree.find_all(exp.Column))
