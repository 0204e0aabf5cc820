"""The portability lint: constructs that DuckDB and Spark answer differently, some of them silently, are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

_TRUNCATING_UNITS = {"MONTH", "YEAR", "QUARTER", "WEEK"}
_INTEGER = {exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.SMALLINT, exp.DataType.Type.TINYINT}


@dataclass(frozen=True)
class Issue:
    """One finding: the rule's name and what to write instead."""

    rule: str
    message: str


def lint(tree: exp.Expr) -> list[Issue]:
    """All constructs of `tree` whose answer depends on the engine, in order of appearance."""
    return [issue for node in tree.walk() for rule in _RULES if (issue := rule(node)) is not None]


def _date_diff(node: exp.Expr) -> Issue | None:
    if isinstance(node, exp.DateDiff) and str(node.args.get("unit") or "DAY").upper() in _TRUNCATING_UNITS:
        return Issue("date-diff", "date_diff counts boundaries in DuckDB and whole units in Spark: use days")
    return None


def _division(node: exp.Expr) -> Issue | None:
    if not isinstance(node, exp.Div):
        return None
    top = node.this.unnest()
    if not (isinstance(top, exp.Cast) and top.to.is_type("DOUBLE")) and not _is_double(top):
        return Issue("division", "cast the dividend: cast(a as double) / nullif(b, 0)")
    bottom = node.expression.unnest()
    if not isinstance(bottom, exp.Nullif | exp.Literal):
        return Issue("division-by-zero", "division by zero differs: divide by nullif(b, 0) or a literal")
    return None


def _is_double(node: exp.Expr) -> bool:
    return any(isinstance(part, exp.Cast) and part.to.is_type("DOUBLE") for part in node.walk())


def _log(node: exp.Expr) -> Issue | None:
    if isinstance(node, exp.Log):
        return Issue("log", "log() has another base in each engine: use ln or log10")
    return None


def _lambda(node: exp.Expr) -> Issue | None:
    return Issue("lambda", "lambdas are not portable") if isinstance(node, exp.Lambda) else None


def _quantile(node: exp.Expr) -> Issue | None:
    if isinstance(node, exp.PercentileCont | exp.Quantile):
        return Issue("quantile", "continuous quantiles differ: rank with row_number")
    return None


def _isodow(node: exp.Expr) -> Issue | None:
    if isinstance(node, exp.DayOfWeekIso):
        return Issue("isodow", "isodow is mapped wrongly: join the working-day calendar")
    return None


_RULES: tuple[Callable[[exp.Expr], Issue | None], ...] = (
    _date_diff,
    _division,
    _log,
    _lambda,
    _quantile,
    _isodow,
)
