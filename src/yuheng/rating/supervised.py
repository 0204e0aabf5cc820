"""Supervised weights: a logistic regression on the points with non-negative coefficients, and WOE / IV per indicator.

Non-negative coefficients keep the score a monotone scorecard: more risk points can never lower the risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yuheng.errors import RatingError
from yuheng.rating.moments import TOP, Floats

DIGITS = 9
"""Fitted weights are rounded, so that the last digits of a linear-algebra library do not name a new model."""


@dataclass(frozen=True)
class SupervisedResult:
    """Weights ∝ coefficients per risk point, with the information value of every indicator."""

    ids: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float
    coefficients: tuple[float, ...]
    information: tuple[float, ...]
    rows: int
    bad: float
    converged: bool

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "method": "supervised",
            "weights": dict(zip(self.ids, self.weights, strict=True)),
            "information_value": dict(zip(self.ids, self.information, strict=True)),
            "intercept": self.intercept,
            "rows": self.rows,
            "bad": self.bad,
            "converged": self.converged,
        }


def fit_supervised(
    ids: Sequence[str],
    points: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    weight: npt.ArrayLike | None = None,
    ridge: float = 1e-4,
) -> SupervisedResult:
    """Logistic regression of y (0/1) on points [firms, n] under β ≥ 0, by bounded quasi-Newton (L-BFGS-B).

    NaN points count as the column mean. `weight` weighs the *bad* firms (1 / selection probability of a draw);
    `ridge` penalises the squared standardised coefficients. Raises RatingError when y has one class only.
    """
    matrix, label = np.asarray(points, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if not 0 < label.sum() < len(label):
        raise RatingError(
            f"supervised weights need both outcomes, found {int(label.sum())} bad of {len(label)} firms",
            todo="Fit at an earlier date whose following months are known.",
        )
    sample = np.ones(len(label)) if weight is None else np.asarray(weight, dtype=np.float64)
    sample = np.where(label > 0, sample, 1.0)
    present = ~np.isnan(matrix)
    centre = np.where(present, matrix, 0.0).sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    filled = np.where(present, matrix, centre)
    centre, spread = filled.mean(axis=0), filled.std(axis=0)
    scaled = (filled - centre) / np.where(spread > 0, spread, 1.0)
    beta, intercept, converged = _fit(scaled, label, sample / sample.sum(), ridge)
    slopes = np.divide(beta, spread, out=np.zeros_like(beta), where=spread > 0)
    if not slopes.sum() > 0:
        raise RatingError("no indicator raises the risk of the label: supervised weights are all zero")
    weights = np.round(slopes / slopes.sum(), DIGITS)
    return SupervisedResult(
        tuple(ids),
        tuple(float(w) for w in weights / weights.sum()),
        intercept - float(slopes @ centre),
        tuple(float(b) for b in slopes),
        tuple(information_value(matrix[:, j], label) for j in range(matrix.shape[1])),
        len(label),
        float(label.sum()),
        converged,
    )


def _fit(scaled: Floats, y: Floats, share: Floats, ridge: float) -> tuple[Floats, float, bool]:
    from scipy.optimize import minimize  # loaded here: it takes a second, and most commands need none of it
    from scipy.special import expit

    n = scaled.shape[1]

    def loss(theta: Floats) -> tuple[float, Floats]:
        margin = scaled @ theta[:n] + theta[n]
        residual = share * (expit(margin) - y)
        value = share @ (np.logaddexp(0.0, margin) - y * margin) + ridge * (theta[:n] @ theta[:n])
        return float(value), np.append(scaled.T @ residual + 2 * ridge * theta[:n], residual.sum())

    rate = float(share @ y)
    start = np.append(np.zeros(n), np.log(rate / (1 - rate)))
    limits = [(0.0, None)] * n + [(None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 1000, "ftol": 1e-13})
    theta = np.asarray(found.x, dtype=np.float64)
    return np.maximum(theta[:n], 0.0), float(theta[n]), bool(found.success)


def weight_of_evidence(points: npt.ArrayLike, y: npt.ArrayLike) -> dict[int, float]:
    """Points -> ln(share of bad / share of good), half a firm added to each cell; NaN points are left out."""
    bad, good = _cells(np.asarray(points, dtype=np.float64), np.asarray(y, dtype=np.float64))
    seen = np.flatnonzero(bad + good)
    b, g = bad[seen] + 0.5, good[seen] + 0.5
    woe = np.log((b / b.sum()) / (g / g.sum()))
    return {int(k): float(w) for k, w in zip(seen, woe, strict=True)}


def information_value(points: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """IV = Σ (share of bad - share of good) · WOE over the points of one indicator."""
    bad, good = _cells(np.asarray(points, dtype=np.float64), np.asarray(y, dtype=np.float64))
    seen = np.flatnonzero(bad + good)
    b, g = bad[seen] + 0.5, good[seen] + 0.5
    b, g = b / b.sum(), g / g.sum()
    return float(((b - g) * np.log(b / g)).sum()) if len(seen) else 0.0


def _cells(points: Floats, y: Floats) -> tuple[Floats, Floats]:
    present = ~np.isnan(points)
    cells, label = points[present].astype(np.int64), y[present]
    bad = np.bincount(cells, weights=label, minlength=TOP + 1)
    good = np.bincount(cells, weights=1.0 - label, minlength=TOP + 1)
    return np.asarray(bad, dtype=np.float64), np.asarray(good, dtype=np.float64)
