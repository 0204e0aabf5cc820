"""Calibration knots: quantiles of the raw score at which the final shares, overrides included, meet the targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yuheng.errors import RatingError
from yuheng.rating.card import Card
from yuheng.rating.model import Knots
from yuheng.rating.moments import Floats, Ints

STEP = 1e-6
"""Raw scores have six digits: the least difference between two of them."""


@dataclass(frozen=True)
class Calibration:
    """Fitted knots with the shares they give on the firms they were fitted on."""

    knots: Knots
    firms: int
    targets: Mapping[str, float]
    shares: Mapping[str, float]
    override_shares: Mapping[str, float]
    """Share of firms whose worst override demands this grade."""
    problems: tuple[str, ...]
    """Targets that overrides or ties made impossible; empty when every share is met within one firm."""

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "knots": self.knots.to_dict(),
            "firms": self.firms,
            "targets": dict(self.targets),
            "shares": dict(self.shares),
            "override_shares": dict(self.override_shares),
            "problems": list(self.problems),
        }


def calibrate(
    card: Card, targets: Mapping[str, float], score_raw: npt.ArrayLike, trigger_rank: npt.ArrayLike
) -> Calibration:
    """Knots for the raw scores [firms] and worst override ranks [firms] (0 = none) of `calibration_sql`.

    For every cut, from the worst down: overrides already put some firms at or above it; of the others, so many must
    reach the knot by score that the final count is the target (domain §1.2); the knot is the score of the last of them.
    With ties the knot is put at the side of the tied group that comes closer, and the miss is reported.
    An infeasible target (overrides alone exceed it) is reported and not forced: no other firm gets the grade.
    Firms without a score (NaN) are left out.
    """
    raw, trigger = np.asarray(score_raw, dtype=np.float64), np.asarray(trigger_rank, dtype=np.int64)
    known = ~np.isnan(raw)
    raw, trigger = raw[known], trigger[known]
    if len(raw) == 0:
        raise RatingError("no firm has a raw score: knots cannot be fitted", todo="Check the population and the date.")
    worst, top = len(card.grades) - 1, card.top
    problems: list[str] = []
    inner: list[float] = []
    ceiling = top
    for rank in range(worst, 0, -1):
        wanted = round(len(raw) * sum(targets[g] for g in card.grades[rank:]))
        forced = int((trigger >= rank).sum())
        free = np.sort(raw[trigger < rank])
        if forced > wanted:
            problems.append(
                f"{card.grades[rank]}: overrides alone put {forced} of {len(raw)} firms at or above, target {wanted}"
            )
        knot = _threshold(free, max(0, wanted - forced))
        if knot >= ceiling:
            problems.append(f"{card.grades[rank]}: no room below the next grade; no firm gets it by score")
            knot = ceiling - STEP / 16  # between two possible scores: moves nobody
        inner.insert(0, knot)
        ceiling = knot
    if inner[0] <= 0:
        inner = _lift(inner, top)
        problems.append(f"{card.grades[0]}: firms without any risk point are not fewer than the target leaves room for")
    knots = Knots((0.0, *inner, top), (0.0, *card.lowers[1:], top))
    shares, over = _shares(card, knots, raw, trigger), _override_shares(card, trigger)
    problems += _misses(card, targets, shares, len(raw))
    return Calibration(knots, len(raw), dict(targets), shares, over, tuple(problems))


def grade_ranks(card: Card, knots: Knots, score_raw: Floats, trigger_rank: Ints) -> Ints:
    """Ranks of the grades [firms] that knots and overrides give (no hysteresis)."""
    by_score = np.searchsorted(np.array(knots.raw[1:-1]), score_raw, side="right")
    return np.maximum(by_score, trigger_rank).astype(np.int64)


def _threshold(rising: Floats, count: int) -> float:
    """The value v for which the number of scores ≥ v is nearest to `count` (of two as near, the smaller number)."""
    n = len(rising)
    if count <= 0 or n == 0:
        return float(rising[-1]) + STEP if n else STEP
    tied = float(rising[max(n - count, 0)])
    with_ties = n - int(np.searchsorted(rising, tied, side="left"))
    above = int(np.searchsorted(rising, tied, side="right"))
    if count - (n - above) <= with_ties - count and with_ties != count:
        return float(rising[above]) if above < n else float(rising[-1]) + STEP
    return tied


def _lift(inner: list[float], top: float) -> list[float]:
    """Knots pushed up so that they are positive and still rise."""
    lifted, least = [], STEP
    for knot in inner:
        lifted.append(min(max(knot, least), top))
        least = lifted[-1] + STEP
    return lifted


def _shares(card: Card, knots: Knots, raw: Floats, trigger: Ints) -> dict[str, float]:
    counts = np.bincount(grade_ranks(card, knots, raw, trigger), minlength=len(card.grades))
    return {g: float(c) / len(raw) for g, c in zip(card.grades, counts, strict=True)}


def _override_shares(card: Card, trigger: Ints) -> dict[str, float]:
    counts = np.bincount(trigger, minlength=len(card.grades))
    return {g: float(c) / len(trigger) for g, c in list(zip(card.grades, counts, strict=True))[1:]}


def _misses(card: Card, targets: Mapping[str, float], shares: Mapping[str, float], firms: int) -> list[str]:
    """Grades whose cumulative share is off by a whole firm or more beyond rounding."""
    found = []
    for rank in range(1, len(card.grades)):
        tail = card.grades[rank:]
        gap = sum(shares[g] for g in tail) * firms - sum(targets[g] for g in tail) * firms
        if abs(gap) > 1:
            found.append(f"{card.grades[rank]} and worse: {gap:+.0f} firms off the target (ties or overrides)")
    return found
