"""Why a firm has its grade: every indicator's part, and the main reasons as sentences from content templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yuheng.content.schema import Grading, Indicator, Sentences
from yuheng.rating.card import Card, Rule
from yuheng.rating.model import Model
from yuheng.rating.single import Cell, Rated, fired, rate_one, round9

CASES = ("valued", "zero", "missing", "null", "not_applicable", "not_connected")
"""Names of the cases 0-5, as the experts' test cases use them."""


@dataclass(frozen=True)
class Part:
    """One indicator of one firm."""

    id: str
    name_zh: str
    value: float | None
    unit: str
    case: str
    points: int | None
    weight: float
    """Global weight, 0-1."""
    contribution: float
    """10·w·p / Σ w(used), part of the raw score; 0 when excluded."""
    fired: bool
    """Whether the indicator's override fired."""

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return dict(vars(self))


@dataclass(frozen=True)
class Explanation:
    """A firm's rating with all parts in catalogue order and the sentences an officer reads."""

    rated: Rated
    parts: tuple[Part, ...]
    overrides: tuple[str, ...]
    reasons: tuple[str, ...]
    """The top contributions, greatest first."""
    notes: tuple[str, ...]
    model_version: str

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        rating = {k: v for k, v in vars(self.rated).items() if k not in ("points", "contributions")}
        return {
            **rating,
            "overrides": list(self.overrides),
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "indicators": [p.to_dict() for p in self.parts],
            "model_version": self.model_version,
        }


def explain(
    card: Card,
    model: Model,
    grading: Grading,
    indicators: Mapping[str, Indicator],
    cells: Mapping[str, Cell],
    *,
    previous: str | None = None,
    manual: str | None = None,
    national: str | None = None,
) -> Explanation:
    """Rate one firm (arguments as `rate_one`) and say why."""
    rated = rate_one(card, model, grading, cells, previous=previous, manual=manual, national=national)
    parts = tuple(_part(rule, indicators[rule.id], model, cells[rule.id], rated) for rule in card.rules)
    order = {rule.id: k for k, rule in enumerate(card.rules)}
    # Equal contributions: catalogue order.
    top = sorted((p for p in parts if p.contribution > 0), key=lambda p: (-p.contribution, order[p.id]))
    words = grading.sentences
    rules = {rule.id: rule for rule in card.rules}
    reasons = tuple(_reason(p, rules[p.id], words) for p in top[: grading.reasons]) or (words.clean,)
    overrides = tuple(_override(p, indicators[p.id], words) for p in parts if p.fired)
    notes: tuple[str, ...] = ()
    if rated.insufficient:
        notes = (words.insufficient.format(coverage=_percent(rated.coverage), minimum=_percent(card.coverage_min)),)
    return Explanation(rated, parts, overrides, reasons, notes, model.version)


def _part(rule: Rule, indicator: Indicator, model: Model, cell: Cell, rated: Rated) -> Part:
    value, case = cell
    return Part(
        id=rule.id,
        name_zh=indicator.name_zh,
        value=None if value is None else round9(value),
        unit=indicator.unit,
        case=CASES[case],
        points=rated.points[rule.id],
        weight=model.share(rule.id),
        contribution=rated.contributions.get(rule.id, 0.0),
        fired=fired(rule, cell),
    )


def _reason(part: Part, rule: Rule, words: Sentences) -> str:
    valued = words.valued if _word(part.value, part.unit, words) is None else words.named
    template = {"valued": valued, "zero": words.absent}.get(part.case, words.missing)
    return template.format(
        name=part.name_zh,
        value=written(part.value, part.unit, words),
        band=_band(part, rule, words),
        points=part.points,
        weight=_percent(part.weight),
        contribution=_plain(part.contribution, 1),
    )


def _override(part: Part, indicator: Indicator, words: Sentences) -> str:
    rule = indicator.override
    if rule is None:
        return ""
    effect = (words.override_set if rule.mode == "set" else words.override_floor).format(grade=rule.grade)
    return words.override.format(name=part.name_zh, value=written(part.value, part.unit, words), effect=effect)


def _band(part: Part, rule: Rule, words: Sentences) -> str:
    """The bin of the value in words, such as 超过365天、不超过730天."""
    if part.value is None or not rule.bounds:
        return ""
    place = sum(part.value > bound for bound in rule.bounds)
    unit = _unit(part.unit, words)
    lower = _number(rule.bounds[place - 1], part.unit, words) if place else ""
    if place == len(rule.bounds):
        return words.band_last.format(lower=lower, unit=unit)
    upper = _number(rule.bounds[place], part.unit, words)
    return (words.band_middle if place else words.band_first).format(lower=lower, upper=upper, unit=unit)


def written(value: float | None, unit: str, words: Sentences) -> str:
    """A value as the card's sentences write it: a word, or the number as its unit has it; empty for none."""
    if value is None:
        return ""
    return _word(value, unit, words) or f"{_number(value, unit, words)}{_unit(unit, words)}"


def _word(value: float | None, unit: str, words: Sentences) -> str | None:
    return None if value is None else words.unit_words.get(unit, {}).get(_plain(value))


def _number(value: float, unit: str, words: Sentences) -> str:
    form = words.unit_forms.get(unit)
    return _plain(value) if form is None else _plain(value * form.scale, form.digits)


def _unit(unit: str, words: Sentences) -> str:
    """What is written behind a number of the unit; units that are words for values are not written."""
    if unit in words.unit_forms:
        return words.unit_forms[unit].suffix
    return "" if unit in words.unit_words else unit


def _plain(value: float, digits: int = 4) -> str:
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _percent(share: float) -> str:
    return _plain(share * 100, 2)
