"""One firm's values -> points -> score -> grade: the arithmetic of `score_sql` in plain Python, equal to the last bit.

Used to re-rate a firm within milliseconds after an event, and to explain every point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from yuheng.content.schema import Grading
from yuheng.rating.card import Card, Rule
from yuheng.rating.model import Model

Cell = tuple[float | None, int]
"""(value, case) of one indicator; cases as in the table indicator_value: 0 valued, 1 no row = zero, 2 no row = missing,
3 NULL though rows exist, 4 not applicable, 5 source not connected."""

NOT_APPLICABLE = 4


@dataclass(frozen=True)
class Rated:
    """A firm's rating; `points` follow the card and are None where the indicator is excluded."""

    points: Mapping[str, int | None]
    contributions: Mapping[str, float]
    """10·w·p / Σ w(used): the part of the raw score that comes from the indicator."""
    score_raw: float | None
    score: float | None
    coverage: float
    insufficient: int
    trigger_ids: str | None
    override_grade: str | None
    grade_model: str | None
    grade_manual: str | None
    grade_final: str | None
    national_grade: str | None
    grade_merged: str | None


def round9(value: float) -> float:
    """The macro round9: nine digits, half up; values from a million on stay as they are."""
    return math.floor(value * 1e9 + 0.5) / 1e9 if abs(value) < 1e6 else value


def points_of(rule: Rule, cell: Cell) -> int | None:
    """Risk points of one value; None when the indicator does not count for the firm."""
    value, case = cell
    if case <= 1 and value is not None:
        x = round9(value)
        return next((p for b, p in zip(rule.bounds, rule.points, strict=False) if x <= b), rule.points[-1])
    return rule.missing if case <= 3 else None


def fired(rule: Rule, cell: Cell) -> bool:
    """Whether the value triggers the indicator's override."""
    value, case = cell
    return rule.trigger is not None and case <= 1 and value is not None and round9(value) >= rule.trigger[2]


def rate_one(
    card: Card,
    model: Model,
    grading: Grading,
    cells: Mapping[str, Cell],
    *,
    previous: str | None = None,
    manual: str | None = None,
    national: str | None = None,
) -> Rated:
    """Rate one firm. `cells` holds (value, case) of every indicator of the card; `previous`, `manual` and `national`
    are the model grade of the last release, the manual grade in force and the latest national grade."""
    model.check(card)
    points = {rule.id: points_of(rule, cells[rule.id]) for rule in card.rules}
    hits = [(rule.id, rule.trigger[1]) for rule in card.rules if rule.trigger and fired(rule, cells[rule.id])]
    weights = model.weights
    used = sum(weights[i] for i, p in points.items() if p is not None)
    applicable = sum(weights[i] for i in card.ids if cells[i][1] != NOT_APPLICABLE)
    weighed = sum(weights[i] * p for i, p in points.items() if p is not None)
    raw = math.floor(weighed * 10 / used * 1e6 + 0.5) / 1e6 if used else None
    coverage = round9(used / applicable) if applicable else 0.0
    trigger = max((rank for _, rank in hits), default=0)
    score = rank = None
    if raw is not None:
        calibrated = model.knots.map(raw)
        score = max(calibrated, card.lowers[trigger])
        rank = max(_held(card, calibrated, previous), trigger)
    manual_rank, national_rank = _rank_of(card, manual), _rank_of(card, national)
    final = rank if manual_rank is None else max(manual_rank, 1) if trigger else manual_rank
    return Rated(
        points=points,
        contributions={i: 10 * weights[i] * p / used for i, p in points.items() if p is not None and used},
        score_raw=raw,
        score=score,
        coverage=coverage,
        insufficient=int(coverage < card.coverage_min),
        trigger_ids=",".join(name for name, _ in hits) or None,
        override_grade=card.grades[trigger] if trigger else None,
        grade_model=_letter(card, rank),
        grade_manual=_letter(card, manual_rank),
        grade_final=_letter(card, final),
        national_grade=_letter(card, national_rank),
        grade_merged=_letter(card, _merge(card, grading, final, national_rank)),
    )


def _held(card: Card, score: float, previous: str | None) -> int:
    """Rank of the score; an improvement counts only once the cut is passed by the hysteresis."""
    rank = card.rank(score)
    if previous is None or card.hysteresis <= 0:
        return rank
    return max(rank, min(_rank_of(card, previous) or 0, card.rank(score + card.hysteresis)))


def _merge(card: Card, grading: Grading, final: int | None, national: int | None) -> int | None:
    if final is None or national is None:
        return final if grading.national_merge != "stricter" or national is None else national
    if grading.national_merge == "stricter":
        return max(final, national)
    if grading.national_merge == "fused":
        row = {str(k): v for k, v in grading.national_fused.items()}.get(card.grades[final], {})
        merged = {str(k): v for k, v in row.items()}.get(card.grades[national])
        return final if merged is None else card.grades.index(merged)
    return final


def _rank_of(card: Card, grade: str | None) -> int | None:
    return card.grades.index(grade) if grade in card.grades else None


def _letter(card: Card, rank: int | None) -> str | None:
    return None if rank is None else card.grades[rank]
