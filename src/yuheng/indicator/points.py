"""What a case number means, and the points of one value: the rule of the bins in words a test can check against."""

from __future__ import annotations

from collections.abc import Mapping

from yuheng.content.schema import Indicator

CASES: Mapping[int, str] = {0: "valued", 1: "zero", 2: "missing", 3: "null", 4: "not_applicable", 5: "not_connected"}
"""Case column c_<id>: how the value came about."""


def points_of(indicator: Indicator, value: float | None, case: str) -> int | None:
    """Risk points (0-100) of a value; None when the indicator is excluded.

    The first bin whose upper bound is not passed counts; without a value the `missing` points do.
    """
    if case in ("not_applicable", "not_connected"):
        return None
    if case in ("missing", "null") or value is None:
        return indicator.missing
    return next(points for bound, points in indicator.bins if bound is None or value <= bound)
