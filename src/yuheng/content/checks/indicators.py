"""Indicators: the measure and its conditions read real columns, the bins follow the direction, the sources exist."""

from __future__ import annotations

import itertools
from typing import Any

from yuheng.content.checks.context import Checker, listed
from yuheng.content.checks.expressions import At, Scope, check_expression
from yuheng.content.schema import Indicator

SPINE = "ent_base"
"""The table every firm has a row in; `applies_to` reads it as b."""


def check_indicators(checker: Checker) -> None:
    """Every indicator by itself."""
    for indicator in checker.store.indicators.values():
        _check_sources(checker, indicator)
        _check_bins(checker, indicator)
        _check_dates(checker, indicator)
        _check_sql(checker, indicator)


def _check_sources(checker: Checker, indicator: Indicator) -> None:
    known = checker.store.sources.keys()
    for place, name in enumerate(indicator.source):
        if name not in known:
            checker.add("indicator", indicator.id, ("source", place), f"no source {name!r}; known: {listed(known)}")


def _check_bins(checker: Checker, indicator: Indicator) -> None:
    points = [p for _, p in indicator.bins]
    rises = all(a <= b for a, b in itertools.pairwise(points))
    falls = all(a >= b for a, b in itertools.pairwise(points))
    wrong = (indicator.direction == "higher_riskier" and not rises) or (
        indicator.direction == "lower_riskier" and not falls
    )
    if wrong:
        message = f"points {points} do not follow the direction {indicator.direction}"
        checker.add("indicator", indicator.id, ("bins",), message)


def _check_dates(checker: Checker, indicator: Indicator) -> None:
    if indicator.effective_to is not None and indicator.effective_to <= indicator.effective_from:
        checker.add("indicator", indicator.id, ("effective_to",), "effective_to must lie after effective_from")


def _check_sql(checker: Checker, indicator: Indicator) -> None:
    day = frozenset({"as_of"})
    base = checker.tables.get(SPINE)
    if base is not None:
        spine = Scope(SPINE, frozenset(base.names), "b", day)
        at = At("indicator", indicator.id, ("applies_to",))
        check_expression(checker, indicator.applies_to, spine, at, gives=frozenset({"boolean"}))
    schema = checker.tables.get(indicator.table)
    if schema is None:
        message = f"no table {indicator.table!r} in standard/ or derived/"
        checker.add("indicator", indicator.id, ("table",), message)
        return
    if "ent_id" not in schema.names:
        message = f"the table {indicator.table} is not about firms: it has no ent_id"
        checker.add("indicator", indicator.id, ("table",), message)
        return
    _check_date_column(checker, indicator, schema)
    scope = Scope(indicator.table, frozenset(schema.names), "t", day)
    at = At("indicator", indicator.id, ("filter",))
    check_expression(checker, indicator.filter, scope, at, gives=frozenset({"boolean"}))
    at = At("indicator", indicator.id, ("measure",))
    check_expression(checker, indicator.measure, scope, at, gives=frozenset({"number"}), aggregates="must")


def _check_date_column(checker: Checker, indicator: Indicator, schema: Any) -> None:
    name = indicator.date_col
    if name is None:
        return
    if name not in schema.names:
        message = f"date_col: no column {name!r} in table {indicator.table}"
        checker.add("indicator", indicator.id, ("date_col",), message)
    elif str(schema.field(name).type) != "date32[day]":
        checker.add("indicator", indicator.id, ("date_col",), f"date_col: {name} is no DATE")
