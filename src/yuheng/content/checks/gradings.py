"""Scorecards: population, indicators and weights, cuts, sentences and the label they are validated against."""

from __future__ import annotations

import itertools
from string import Formatter
from typing import get_args

from yuheng.content.checks.context import Checker, listed
from yuheng.content.checks.expressions import At, Scope, check_expression
from yuheng.content.checks.indicators import SPINE
from yuheng.content.checks.tables import twice
from yuheng.content.schema import Grade, Grading

GRADES: tuple[str, ...] = get_args(Grade)
FIELDS = {
    "valued": {"name", "value", "band", "points", "weight", "contribution"},
    "absent": {"name", "value", "band", "points", "weight", "contribution"},
    "missing": {"name", "value", "band", "points", "weight", "contribution"},
    "band_first": {"lower", "upper", "unit"},
    "band_middle": {"lower", "upper", "unit"},
    "band_last": {"lower", "unit"},
    "override": {"name", "value", "effect"},
    "override_set": {"grade"},
    "override_floor": {"grade"},
    "insufficient": {"coverage", "minimum"},
    "clean": set[str](),
}
"""Sentence -> the fields an explanation fills in."""


def check_gradings(checker: Checker) -> None:
    """Every scorecard by itself."""
    for grading in checker.store.gradings.values():
        _check_indicators(checker, grading)
        _check_cuts(checker, grading)
        _check_national(checker, grading)
        _check_sentences(checker, grading)
        _check_population(checker, grading)
        _check_label(checker, grading)


def _add(checker: Checker, grading: Grading, loc: tuple[str | int, ...], message: str) -> None:
    checker.add("grading", grading.id, loc, message)


def _check_indicators(checker: Checker, grading: Grading) -> None:
    known = checker.store.indicators.keys()
    chosen = known if grading.indicators == "all" else set(grading.indicators)
    if grading.indicators != "all":
        for place, name in enumerate(grading.indicators):
            if name not in known:
                _add(checker, grading, ("indicators", place), f"no indicator {name!r}")
        for name in twice(list(grading.indicators)):
            _add(checker, grading, ("indicators",), f"the indicator {name!r} stands twice")
    if grading.weighting is not None and grading.weighting not in checker.store.weightings:
        _add(checker, grading, ("weighting",), f"no weighting {grading.weighting!r} in weighting/")
    if grading.weights is None:
        return
    for name, weight in grading.weights.items():
        if name not in chosen:
            _add(checker, grading, ("weights", name), f"{name!r} has a weight but is not among the indicators")
        if weight <= 0:
            _add(checker, grading, ("weights", name), f"the weight of {name} must be above 0")
    if missing := chosen - grading.weights.keys():
        _add(checker, grading, ("weights",), f"no weight for {listed(missing)}")


def _check_cuts(checker: Checker, grading: Grading) -> None:
    if [cut.grade for cut in grading.cuts] != list(GRADES):
        _add(checker, grading, ("cuts",), f"cuts: the grades {', '.join(GRADES)} are needed, in this order")
    for place, cut in enumerate(grading.cuts):
        if cut.lower >= cut.upper:
            _add(
                checker, grading, ("cuts", place), f"{cut.grade}: the lower score {cut.lower:g} is not below the upper"
            )
    for place, (a, b) in enumerate(itertools.pairwise(grading.cuts), 1):
        if a.upper != b.lower:
            message = f"{b.grade} begins at {b.lower:g}, but {a.grade} ends at {a.upper:g}"
            _add(checker, grading, ("cuts", place), message)
    if missing := set(GRADES) - grading.targets.keys():
        _add(checker, grading, ("targets",), f"no target share for {listed(missing)}")


def _check_national(checker: Checker, grading: Grading) -> None:
    if grading.national_merge != "fused":
        return
    table = grading.national_fused
    missing = [f"{a}/{b}" for a in GRADES for b in GRADES if b not in table.get(a, {})]  # type: ignore[call-overload]
    if missing:
        _add(checker, grading, ("national_fused",), f"no merged grade for {listed(missing)}")


def _check_sentences(checker: Checker, grading: Grading) -> None:
    for name, allowed in FIELDS.items():
        text = getattr(grading.sentences, name)
        loc = ("sentences", name)
        try:
            fields = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        except ValueError as error:
            _add(checker, grading, loc, f"{name}: {error}")
            continue
        if strange := fields - allowed:
            known = listed(allowed) or "none"
            _add(checker, grading, loc, f"{name}: nothing fills {listed(strange)}; known fields: {known}")


def _check_population(checker: Checker, grading: Grading) -> None:
    schema = checker.tables.get(SPINE)
    if schema is None:
        return
    scope = Scope(SPINE, frozenset(schema.names), "b", frozenset({"as_of"}))
    at = At("grading", grading.id, ("population",))
    check_expression(checker, grading.population, scope, at, gives=frozenset({"boolean"}))


def _check_label(checker: Checker, grading: Grading) -> None:
    for name in twice([event.id for event in grading.label.events]):
        _add(checker, grading, ("label", "events"), f"the event {name!r} stands twice")
    for place, event in enumerate(grading.label.events):
        loc = ("label", "events", place)
        if event.table not in checker.store.standard:
            _add(checker, grading, (*loc, "table"), f"no table {event.table!r} in standard/")
            continue
        schema = checker.tables[event.table]
        if event.date not in schema.names or str(schema.field(event.date).type) != "date32[day]":
            _add(checker, grading, (*loc, "date"), f"no column {event.date!r} of type DATE in table {event.table}")
        scope = Scope(event.table, frozenset(schema.names), "t")
        where = At("grading", grading.id, (*loc, "where"))
        check_expression(checker, event.where, scope, where, gives=frozenset({"boolean"}))
        if event.weight is not None:
            weight = At("grading", grading.id, (*loc, "weight"))
            check_expression(checker, event.weight, scope, weight, gives=frozenset({"number"}))
