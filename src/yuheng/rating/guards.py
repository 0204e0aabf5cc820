"""Guard rails: the nearest weights within all bounds, or the reason why there are none (domain §10.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from yuheng.errors import RatingError
from yuheng.rating.moments import Floats

_SLACK = 1e-12


@dataclass(frozen=True)
class Bounds:
    """Bounds of n weights: per indicator [n] and per group (its indices, least total, greatest total)."""

    lower: Floats
    upper: Floats
    groups: Mapping[str, tuple[tuple[int, ...], float, float]]

    def violations(self, weights: Floats, ids: tuple[str, ...], *, tolerance: float = 1e-9) -> list[str]:
        """What `weights` break, in words; empty when every bound holds."""
        broken = [
            f"{name}: {w:.6f} outside [{low:.6f}, {high:.6f}]"
            for name, w, low, high in zip(ids, weights, self.lower, self.upper, strict=True)
            if not low - tolerance <= w <= high + tolerance
        ]
        for group, (members, low, high) in self.groups.items():
            total = float(weights[list(members)].sum())
            if not low - tolerance <= total <= high + tolerance:
                broken.append(f"{group}: total {total:.6f} outside [{low:.6f}, {high:.6f}]")
        if abs(float(weights.sum()) - 1) > tolerance:
            broken.append(f"sum of the weights {weights.sum():.9f} is not 1")
        return broken


def bounds_of(
    expert: Mapping[str, float],
    groups: Mapping[str, str],
    hard: frozenset[str],
    *,
    lower: float,
    upper: float,
    move: float,
) -> Bounds:
    """Bounds of mixed weights: [lower, upper] each, ≥ the expert weight for `hard` (override) indicators,
    and the total of every group within ± `move` of the experts' total. `groups` maps indicator -> group (L1)."""
    ids = list(expert)
    low = np.array([max(lower, expert[i]) if i in hard else lower for i in ids])
    rails: dict[str, tuple[tuple[int, ...], float, float]] = {}
    for group in dict.fromkeys(groups[i] for i in ids):
        members = tuple(j for j, i in enumerate(ids) if groups[i] == group)
        total = sum(expert[ids[j]] for j in members)
        rails[group] = (members, total * (1 - move), total * (1 + move))
    return Bounds(low, np.full(len(ids), upper), rails)


def project(weights: Floats, bounds: Bounds, ids: tuple[str, ...]) -> Floats:
    """The point nearest to `weights` (least squares) that sums to 1 and keeps every bound.

    The groups are disjoint, so the optimum is w_j = clip(v_j + μ + ν_g, l_j, u_j): one shift μ for all and one ν_g
    for a group at its rail. Both are found exactly, as roots of piecewise linear, rising functions.
    Raises RatingError naming the bounds that cannot be met together.
    """
    _feasible(bounds, ids)
    v = np.asarray(weights, dtype=np.float64)
    groups = [(np.array(m, dtype=np.intp), low, high) for m, low, high in bounds.groups.values()]

    def group_total(g: int) -> Callable[[float], float]:
        members = groups[g][0]
        return lambda shift: float(np.clip(v[members] + shift, bounds.lower[members], bounds.upper[members]).sum())

    def total(shift: float) -> float:
        return sum(float(np.clip(group_total(g)(shift), low, high)) for g, (_, low, high) in enumerate(groups))

    boxes = [np.concatenate([bounds.lower[m] - v[m], bounds.upper[m] - v[m]]) for m, _, _ in groups]
    rails = [
        _root(group_total(g), boxes[g], rail)
        for g, (_, low, high) in enumerate(groups)
        for rail in (low, high)
        if group_total(g)(float(boxes[g].min())) < rail < group_total(g)(float(boxes[g].max()))
    ]
    shift = _root(total, np.concatenate([*boxes, np.array(rails)]), 1.0)
    result = np.empty_like(v)
    for g, (members, low, high) in enumerate(groups):
        target = float(np.clip(group_total(g)(shift), low, high))
        own = _root(group_total(g), boxes[g], target)
        result[members] = np.clip(v[members] + own, bounds.lower[members], bounds.upper[members])
    return result


def _root(rising: Callable[[float], float], breakpoints: Floats, target: float) -> float:
    """x with rising(x) = target for a function linear between the breakpoints and constant outside them."""
    points = np.unique(breakpoints)
    low, high = 0, len(points) - 1
    if rising(float(points[low])) >= target:
        return float(points[low])
    if rising(float(points[high])) <= target:
        return float(points[high])
    while high - low > 1:
        middle = (low + high) // 2
        if rising(float(points[middle])) < target:
            low = middle
        else:
            high = middle
    a, b = float(points[low]), float(points[high])
    fa, fb = rising(a), rising(b)
    return a + (b - a) * (target - fa) / (fb - fa)


def _feasible(bounds: Bounds, ids: tuple[str, ...]) -> None:
    advice = "Widen the bounds of the weighting (lower, upper, l1_move) or change the expert weights."
    for name, low, high in zip(ids, bounds.lower, bounds.upper, strict=True):
        if low > high + _SLACK:
            raise RatingError(f"no weight for {name}: at least {low:.6f} and at most {high:.6f}", todo=advice)
    least = most = 0.0
    for group, (members, low, high) in bounds.groups.items():
        floor = max(low, float(bounds.lower[list(members)].sum()))
        ceiling = min(high, float(bounds.upper[list(members)].sum()))
        if floor > ceiling + _SLACK:
            raise RatingError(
                f"no weights for {group}: its indicators need {floor:.6f} and may have {ceiling:.6f}", todo=advice
            )
        least, most = least + floor, most + ceiling
    if least > 1 + _SLACK or most < 1 - _SLACK:
        raise RatingError(f"no weights sum to 1: the bounds allow {least:.6f} to {most:.6f}", todo=advice)
