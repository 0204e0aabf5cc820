"""A scorecard ready to compute: the rules of a grading's indicators, taken from content."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from yuheng.content.schema import Grading, Indicator
from yuheng.errors import RatingError


@dataclass(frozen=True)
class Rule:
    """How one indicator's value becomes points, and from which value it overrides the score.

    `bounds` are the upper bounds of all bins but the last, `points` has one entry more.
    """

    id: str
    bounds: tuple[float, ...]
    points: tuple[int, ...]
    missing: int
    trigger: tuple[Literal["set", "floor"], int, float] | None
    """(mode, rank of the grade, value from which it fires)."""


@dataclass(frozen=True)
class Card:
    """The computable part of a grading: rules in catalogue order, cuts, thresholds.

    Grades are ranks inside: 0 is the best, `len(grades) - 1` the worst.
    """

    grading: str
    rules: tuple[Rule, ...]
    grades: tuple[str, ...]
    lowers: tuple[float, ...]
    """Least score of every grade."""
    top: float
    """Greatest score of the scale."""
    coverage_min: float
    hysteresis: float

    @property
    def ids(self) -> tuple[str, ...]:
        """The indicators in catalogue order."""
        return tuple(r.id for r in self.rules)

    @property
    def hard(self) -> frozenset[str]:
        """Indicators with an override."""
        return frozenset(r.id for r in self.rules if r.trigger)

    def rank(self, score: float) -> int:
        """Rank of a score: the last grade whose least score it reaches."""
        return sum(score >= lower for lower in self.lowers[1:])

    @property
    def digest(self) -> str:
        """Fingerprint of everything that turns values into points, scores and grades."""
        body = [
            self.grading,
            [[r.id, r.bounds, r.points, r.missing, r.trigger] for r in self.rules],
            [self.grades, self.lowers, self.top],
        ]
        return hashlib.sha256(json.dumps(body).encode()).hexdigest()[:16]


def card_of(grading: Grading, indicators: Mapping[str, Indicator]) -> Card:
    """The card of a grading. Raises RatingError for an unknown indicator or cuts that leave gaps."""
    wanted = list(indicators) if grading.indicators == "all" else grading.indicators
    unknown = [i for i in wanted if i not in indicators]
    if unknown:
        raise RatingError(f"grading {grading.id}: unknown indicators {', '.join(unknown)}")
    cuts = grading.cuts
    if any(a.upper != b.lower for a, b in itertools.pairwise(cuts)) or any(c.lower >= c.upper for c in cuts):
        raise RatingError(f"grading {grading.id}: the cuts must follow one another without gap, best grade first")
    grades = tuple(str(c.grade) for c in cuts)
    chosen = set(wanted)
    rules = tuple(_rule(i, grades) for name, i in indicators.items() if name in chosen)
    lowers = tuple(float(c.lower) for c in cuts)
    return Card(grading.id, rules, grades, lowers, float(cuts[-1].upper), grading.coverage_min, grading.hysteresis)


def _rule(indicator: Indicator, grades: tuple[str, ...]) -> Rule:
    over = indicator.override
    trigger = (over.mode, grades.index(over.grade), over.threshold) if over else None
    bounds = tuple(float(b) for b, _ in indicator.bins if b is not None)
    return Rule(indicator.id, bounds, tuple(p for _, p in indicator.bins), indicator.missing, trigger)
