"""One SQL expression of content: does it parse, is it portable, does it read only what it may, what does it give?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from yuheng.content.checks.binding import BindError, TypeClass, select, type_class
from yuheng.content.checks.context import Checker, listed, reason
from yuheng.errors import SqlError
from yuheng.sql import lint, parse

Loc = tuple[str | int, ...]
Aggregates = Literal["must", "never"]


@dataclass(frozen=True)
class Scope:
    """What an expression may read: columns of `relation` (all when None), under `alias`, and the `params`."""

    relation: str
    columns: frozenset[str]
    alias: str | None = None
    params: frozenset[str] = frozenset()
    what: str = ""

    def __str__(self) -> str:
        return self.what or f"table {self.relation}"


@dataclass(frozen=True)
class At:
    """Where an expression stands."""

    kind: str
    name: str
    loc: Loc


def check_expression(
    checker: Checker,
    sql: str,
    scope: Scope,
    at: At,
    *,
    gives: frozenset[TypeClass] | None = None,
    aggregates: Aggregates = "never",
) -> exp.Expr | None:
    """Adds every problem of `sql`; returns its tree, or None when it cannot be parsed.

    `gives` are the families of type it may give; null always fits.
    """
    before = len(checker.problems)
    tree = _parsed(checker, sql, at)
    if tree is None:
        return None
    for issue in lint(tree):
        _add(checker, at, f"not portable ({issue.rule}): {issue.message}")
    _check_shape(checker, tree, at, aggregates)
    _check_names(checker, tree, scope, at)
    if len(checker.problems) == before:
        _check_binding(checker, tree, scope, at, gives)
    return tree


def _add(checker: Checker, at: At, message: str) -> None:
    checker.add(at.kind, at.name, at.loc, f"{_field(at.loc)}{message}")


def _field(loc: Loc) -> str:
    words = [str(part) for part in loc if isinstance(part, str)]
    return f"{words[-1]}: " if words else ""


def _parsed(checker: Checker, sql: str, at: At) -> exp.Expr | None:
    try:
        return parse(sql)
    except SqlError as error:
        _add(checker, at, reason(error))
        return None


def _check_shape(checker: Checker, tree: exp.Expr, at: At, aggregates: Aggregates) -> None:
    if tree.find(exp.Query, exp.Window):
        _add(checker, at, "an expression is needed, without a query or a window in it")
    has = tree.find(exp.AggFunc) is not None
    if has and aggregates == "never":
        _add(checker, at, "an aggregate cannot stand here: each row is looked at alone")
    if not has and aggregates == "must":
        _add(checker, at, "an aggregate (count, sum, max …) is needed: many rows become one value")


def _check_names(checker: Checker, tree: exp.Expr, scope: Scope, at: At) -> None:
    for column in tree.find_all(exp.Column):
        if (column.table or None) != scope.alias:
            wanted = f"{scope.alias}.{column.name}" if scope.alias else column.name
            _add(checker, at, f"write {wanted} instead of {column.sql(dialect='duckdb')}")
        elif column.name not in scope.columns:
            _add(checker, at, f"no column {column.name!r} in {scope}; known: {listed(scope.columns)}")
    for name in sorted({node.name for node in tree.find_all(exp.Placeholder)} - scope.params):
        allowed = " and ".join(f":{param}" for param in sorted(scope.params)) or "no value"
        _add(checker, at, f":{name} has no value here; allowed: {allowed}")


def _check_binding(checker: Checker, tree: exp.Expr, scope: Scope, at: At, gives: frozenset[TypeClass] | None) -> None:
    try:
        (found,) = checker.binder.columns(select(tree, scope.relation, scope.alias)).values()
    except BindError as error:
        _add(checker, at, str(error))
        return
    family = type_class(found)
    if gives is not None and family not in gives | {"null"}:
        _add(checker, at, f"gives {found}, but a {' or '.join(sorted(gives))} is needed")
