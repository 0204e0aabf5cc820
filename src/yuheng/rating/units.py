"""Weights as whole numbers: a frozen weight is a count of 1e-12, so weighted sums are exact, in any order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from yuheng.errors import RatingError

UNIT = 10**12
"""Units in a weight of 1. Σ w·p ≤ 1e14 and ten times that stay below 2**53: exact in doubles and in BIGINT."""


def largest_remainder(shares: npt.ArrayLike, total: int) -> npt.NDArray[np.int64]:
    """Whole numbers proportional to `shares` that sum to `total` (largest remainder; ties go to the earlier)."""
    values = np.asarray(shares, dtype=np.float64)
    if not np.all(np.isfinite(values)) or np.any(values < 0) or not values.sum() > 0:
        raise RatingError("weights must be finite, not negative and not all zero")
    exact = values / values.sum() * total
    # The tiny slack keeps a share that is a whole number up to rounding error from losing a unit.
    whole = np.floor(exact + 1e-4)
    rest = int(total - whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")
    if rest >= 0:
        whole[order[:rest]] += 1
    else:
        whole[order[rest:]] -= 1
    return np.asarray(whole, dtype=np.int64)


def to_units(weights: Mapping[str, float]) -> dict[str, int]:
    """Weights normalised to units of 1e-12 that sum to `UNIT` exactly."""
    units = largest_remainder(list(weights.values()), UNIT)
    return dict(zip(weights, (int(u) for u in units), strict=True))
