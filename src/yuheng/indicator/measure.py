"""Measures as syntax trees.

Aggregates with their own filter, aggregates over a single row, and whether a result is a whole number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlglot import exp

from yuheng.content.schema import Indicator
from yuheng.sql import parse

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def bound(sql: str, as_of: date, *, origin: str, alias: str | None = None) -> exp.Expr:
    """`sql` with :as_of as a DATE literal, and the table alias t renamed to `alias`."""
    day = exp.cast(exp.Literal.string(as_of.isoformat()), "DATE")

    def replace(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Placeholder) and node.name == "as_of":
            return day.copy()
        if alias is not None and isinstance(node, exp.Column) and node.table == "t":
            return exp.column(node.name, table=alias)
        return node

    return parse(sql, origin=origin).transform(replace, copy=False)


def condition(indicator: Indicator, as_of: date, *, alias: str = "t") -> exp.Expr | None:
    """Which rows count: filter, known date, window of n days = D and the n - 1 days before. None = every row."""
    origin = f"indicator {indicator.id}"
    parts: list[exp.Expr] = []
    if indicator.filter.strip().lower() != "true":
        parts.append(bound(indicator.filter, as_of, origin=origin, alias=alias))
    if indicator.date_col is not None:
        column = exp.column(indicator.date_col, table=alias)
        parts.append(exp.LTE(this=column, expression=_day(as_of)))
        if indicator.window_days is not None:
            first = as_of - timedelta(days=indicator.window_days)
            parts.append(exp.GT(this=column.copy(), expression=_day(first)))
    return exp.and_(*parts) if parts else None


def _day(day: date) -> exp.Expr:
    return exp.cast(exp.Literal.string(day.isoformat()), "DATE")


def filtered(measure: exp.Expr, where: exp.Expr | None) -> exp.Expr:
    """The measure with every aggregate reading only the rows of `where`."""
    if where is None:
        return measure

    def replace(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.AggFunc):
            return exp.Filter(this=node.copy(), expression=exp.Where(this=where.copy()))
        return node

    # transform does not descend into a replaced node, so an aggregate is wrapped once
    wrapped: exp.Expr = measure.copy().transform(replace, copy=False)
    return wrapped


def single_row(measure: exp.Expr) -> exp.Expr | None:
    """The measure over exactly one row, without aggregates; None when an aggregate has no such form."""
    known = True

    def replace(node: exp.Expr) -> exp.Expr:
        nonlocal known
        if isinstance(node, exp.Max | exp.Min | exp.Sum | exp.Avg | exp.ArgMax):
            only: exp.Expr = node.this
            return only
        if isinstance(node, exp.Count):
            if isinstance(node.this, exp.Star):
                return exp.Literal.number(1)
            what = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
            return exp.case().when(exp.Not(this=exp.Is(this=what, expression=exp.null())), "1").else_("0")
        known = known and not isinstance(node, exp.AggFunc)
        return node

    out = measure.copy().transform(replace)
    return out if known else None


def is_whole(node: exp.Expr, types: Mapping[str, str]) -> bool:
    """True when the result is certainly a whole number, so that rounding to nine digits would change nothing."""
    match node:
        case exp.Count() | exp.DateDiff() | exp.Null():
            return True
        case exp.Literal():
            return not node.is_string and str(node.this).isdigit()
        case exp.Column():
            return types.get(node.name, "").startswith(_WHOLE)
        case exp.Max() | exp.Min() | exp.Sum() | exp.ArgMax() | exp.Paren() | exp.Filter():
            return is_whole(node.this, types)
        case exp.Coalesce() | exp.Greatest() | exp.Least():
            return all(is_whole(part, types) for part in [node.this, *node.expressions])
        case exp.Case():
            branches = [branch.args["true"] for branch in node.args["ifs"]]
            default = node.args.get("default")
            return all(is_whole(part, types) for part in [*branches, *([default] if default is not None else [])])
        case _:
            return False


def never_null(node: exp.Expr) -> bool:
    """True when an aggregate over at least one row certainly has a value."""
    match node:
        case exp.Count():
            return True
        case exp.Paren() | exp.Filter():
            return never_null(node.this)
        case exp.Coalesce():
            last = node.expressions[-1] if node.expressions else node.this
            return isinstance(last, exp.Literal) or never_null(last)
        case _:
            return False
