"""The portability lint: constructs that DuckDB and Spark answer differently, some of them silently, are refused.

It reads content as written, before macros are expanded; the macros' own bodies are proved on both engines by tests.
What one engine can be made to answer like the other is not refused but mended, see `yuheng.sql.dialects`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

from sqlglot import exp

from yuheng.sql.lines import line_of

_LONG_UNITS = {"MONTH", "YEAR", "QUARTER", "WEEK", "DECADE", "CENTURY"}
_WHOLE = {exp.DType.INT, exp.DType.BIGINT, exp.DType.SMALLINT, exp.DType.TINYINT, exp.DType.INT128}
_FRACTIONAL = {exp.DType.DOUBLE, exp.DType.FLOAT, exp.DType.DECIMAL}
_QUANTILES = (exp.PercentileCont, exp.Quantile, exp.ApproxQuantile, exp.Median)
_REGEXPS = exp.RegexpLike | exp.RegexpExtract | exp.RegexpReplace | exp.RegexpFullMatch


@dataclass(frozen=True)
class Issue:
    """One finding: the rule's name, what to write instead, and the line within the text that was parsed."""

    rule: str
    message: str
    line: int | None = None


def lint(tree: exp.Expr) -> list[Issue]:
    """All constructs of `tree` whose answer depends on the engine, in order of appearance; empty when portable."""
    return [
        Issue(name, message, line_of(node)) for node in tree.walk() for name, message, holds in _RULES if holds(node)
    ]


def _called(*names: str) -> Callable[[exp.Expr], bool]:
    return lambda node: isinstance(node, exp.Anonymous) and str(node.this).lower() in names


def _is(*kinds: type[exp.Expr]) -> Callable[[exp.Expr], bool]:
    return lambda node: isinstance(node, kinds)


def _long_date_diff(node: exp.Expr) -> bool:
    return isinstance(node, exp.DateDiff) and str(node.args.get("unit") or "DAY").upper() in _LONG_UNITS


def _unguarded_division(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Div | exp.IntDiv | exp.Mod):
        return False
    bottom = node.expression.unnest()
    while isinstance(bottom, exp.Cast):
        bottom = bottom.this.unnest()
    return not isinstance(bottom, exp.Nullif | exp.Literal)


def _rounding_cast(node: exp.Expr) -> bool:
    if not (isinstance(node, exp.Cast) and node.to.this in _WHOLE):
        return False
    value = node.this.unnest()
    if isinstance(value, exp.Mul | exp.Add | exp.Sub):
        return any(_rounding_cast(exp.cast(part.copy(), "INT")) for part in (value.this, value.expression))
    fractional_literal = isinstance(value, exp.Literal) and not value.is_string and not value.is_int
    return (
        isinstance(value, exp.Div | exp.Avg)
        or fractional_literal
        or (isinstance(value, exp.Cast) and value.to.this in _FRACTIONAL)
    )


def _text_to_date(node: exp.Expr) -> bool:
    return _tries_raw_text(node) and node.to.this in {exp.DType.DATE, exp.DType.TIMESTAMP}


def _text_to_whole(node: exp.Expr) -> bool:
    return _tries_raw_text(node) and node.to.this in _WHOLE


def _tries_raw_text(node: exp.Expr) -> TypeGuard[exp.TryCast]:
    """try_cast of a column as it came; text rebuilt from checked parts is the same on both engines."""
    if not isinstance(node, exp.TryCast):
        return False
    value = node.this.unnest()
    return isinstance(value.this if isinstance(value, exp.Trim) else value, exp.Column)


def _bare_timestamp(node: exp.Expr) -> bool:
    """date ± interval and date_trunc are TIMESTAMP in DuckDB, DATE in Spark; compared with a date they are equal."""
    shifted = isinstance(node, exp.Add | exp.Sub) and isinstance(node.expression, exp.Interval)
    if not shifted and not isinstance(node, exp.TimestampTrunc | exp.DateTrunc | exp.DateAdd):
        return False
    outer = node.parent
    while isinstance(outer, exp.Paren):
        outer = outer.parent
    return not isinstance(outer, exp.Cast | exp.Predicate | exp.Add | exp.Sub)


def _first_only(node: exp.Expr) -> bool:
    if not isinstance(node, exp.RegexpReplace):
        return False
    modifiers = node.args.get("modifiers")
    return modifiers is None or "g" not in modifiers.name


def _regexp(node: exp.Expr) -> bool:
    if not isinstance(node, _REGEXPS):
        return False
    return not node.expression.is_string or any(mark in node.expression.name for mark in (r"\b", r"\B", "(?="))


def _unordered_list(node: exp.Expr) -> bool:
    return isinstance(node, exp.GroupConcat | exp.ArrayAgg) and not node.find(exp.Order)


def _unordered_limit(node: exp.Expr) -> bool:
    return isinstance(node, exp.Select) and bool(node.args.get("limit")) and not node.args.get("order")


def _from_zero(node: exp.Expr) -> bool:
    start = node.args.get("start") if isinstance(node, exp.Substring) else None
    return isinstance(start, exp.Literal) and start.name == "0"


def _asof(node: exp.Expr) -> bool:
    return isinstance(node, exp.Join) and str(node.args.get("method") or "").upper() == "ASOF"


def _weekday(node: exp.Expr) -> bool:
    if isinstance(node, exp.Extract):
        return node.name.upper() in {"DOW", "ISODOW", "WEEK", "DAYOFWEEK"}
    return isinstance(node, exp.DayOfWeekIso | exp.DayOfWeek | exp.Week | exp.WeekOfYear)


def _clock(node: exp.Expr) -> bool:
    now = isinstance(node, exp.CurrentDate | exp.CurrentTimestamp | exp.CurrentTime)
    return now or _called("now", "today")(node)


def _rounded_double(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Round) or node.args.get("decimals") is None:
        return False
    value = node.this.unnest()
    return not (isinstance(value, exp.Cast) and value.to.is_type("DECIMAL"))


def _format(node: exp.Expr) -> bool:
    if not isinstance(node, exp.TimeToStr):
        return False
    format_ = node.args["format"]
    return not format_.is_string or any(part[0] not in "YymdHMS" for part in format_.name.split("%")[1:] if part)


def _strptime(node: exp.Expr) -> bool:
    return isinstance(node, exp.StrToTime) or _called("try_strptime")(node)


_RULES: tuple[tuple[str, str, Callable[[exp.Expr], bool]], ...] = (
    ("date-diff", "boundaries in DuckDB, whole units in Spark: days, whole_months or age_years", _long_date_diff),
    ("division-by-zero", "division by zero differs: divide by nullif(b, 0) or a literal", _unguarded_division),
    ("rounding-cast", "DuckDB rounds, Spark truncates: floor(x) or round(x) first", _rounding_cast),
    ("text-date", "Spark reads '2024' as a date: use date_of(text)", _text_to_date),
    ("text-integer", "DuckDB reads '12.5', '0x1F' and '1_000' as integers: use int_of(text)", _text_to_whole),
    ("timestamp", "a TIMESTAMP in DuckDB, a DATE in Spark: wrap it in cast(... as date)", _bare_timestamp),
    ("log", "log() has another base in each engine, log10 another last digit: use ln", _is(exp.Log)),
    ("cube-root", "the last digit differs: use power(x, 1e0 / 3)", _is(exp.Cbrt)),
    ("round", "halves of a DOUBLE differ: round9(x), or cast to DECIMAL first", _rounded_double),
    ("nan", "isnan(NULL) differs: compare with itself", _is(exp.IsNan)),
    ("bits", "the width of the number counts in Spark", _called("bit_count")),
    ("lambda", "lambdas are not portable", _is(exp.Lambda)),
    ("quantile", "quantiles differ: rank with row_number or percent_rank", _is(*_QUANTILES)),
    ("weekday", "weekdays and ISO weeks differ: join the working-day calendar", _weekday),
    ("day-name", "names of days and months differ", _is(exp.Dayname, exp.Monthname)),
    ("format", "only %Y %y %m %d %H %M %S are formatted alike", _format),
    ("regexp-first", "DuckDB replaces the first match, Spark all: give the modifier 'g'", _first_only),
    ("regexp", r"the pattern must be a literal without \b and look-ahead", _regexp),
    ("asof", "ASOF JOIN is not portable: row_number over an ordinary join", _asof),
    ("clock", "a result must not depend on when it is computed: use :as_of", _clock),
    ("chance", "a result must be repeatable: order by hash63(key)", _is(exp.Rand, exp.Randn, exp.Uuid)),
    ("hash", "hash() differs: use hash63(text)", _called("hash")),
    ("any-row", "which row is picked is left to the engine: use min, max or arg_max with a tie-break",
     _is(exp.AnyValue, exp.First, exp.Last, exp.Mode)),
    ("list-order", "the order of a list is left to the engine: string_agg(x, ',' order by x)", _unordered_list),
    ("limit", "which rows are kept is left to the engine: order by a full key", _unordered_limit),
    ("substr-zero", "positions begin at 1", _from_zero),
    ("strptime", "formats differ in strictness: use date_of(text)", _strptime),
)  # fmt: skip
