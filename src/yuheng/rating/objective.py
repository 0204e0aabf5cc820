"""Objective weights from exact moments (domain §10.2). A constant indicator carries no information: weight 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from yuheng.errors import RatingError
from yuheng.rating.moments import TOP, Floats, Moments


@dataclass(frozen=True)
class ObjectiveResult:
    """Weights of one method with the figures they come from (`extra`: the method's own statistic per indicator)."""

    method: str
    ids: tuple[str, ...]
    weights: tuple[float, ...]
    extra: dict[str, tuple[float, ...]]

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "method": self.method,
            "weights": dict(zip(self.ids, self.weights, strict=True)),
            **{name: list(figures) for name, figures in self.extra.items()},
        }


@dataclass(frozen=True)
class ObjectiveOptions:
    """Parameters of the methods; content of a weighting file."""

    winsor: float = 1.0
    pca_share: float = 0.85
    independence_floor: float = 0.0


def entropy(moments: Moments, options: ObjectiveOptions) -> ObjectiveResult:
    """E_j = -(1/ln m) Σ p ln p on min-max scaled points, w_j = (1 - E_j) / Σ(1 - E).

    Points above the `winsor` quantile count as the quantile: a rare event would otherwise take nearly all the weight.
    """
    low, cap = moments.minimum, np.minimum(moments.quantile(options.winsor), moments.maximum)
    width = np.where(cap > low, cap - low, 1.0)
    scaled = np.clip((np.arange(TOP + 1)[None, :] - low[:, None]) / width[:, None], 0.0, 1.0)
    scaled = np.where((cap > low)[:, None], scaled, 1.0)
    total = (moments.histogram * scaled).sum(axis=1)
    logs = (moments.histogram * _x_log_x(scaled)).sum(axis=1)
    absent = moments.rows - moments.count
    centre = total / np.maximum(moments.count, 1)  # value of an imputed cell
    total, logs = total + absent * centre, logs + absent * _x_log_x(centre)
    safe = np.where(total > 0, total, 1.0)
    information = np.log(safe) - logs / safe
    e = np.where(cap > low, information / np.log(max(moments.rows, 2)), 1.0)
    return _result("entropy", moments, 1.0 - e, E=e)


def critic(moments: Moments, options: ObjectiveOptions) -> ObjectiveResult:
    """C_j = σ_j Σ_k (1 - r_jk) on min-max scaled points: rewards spread and conflict."""
    del options
    width = np.where(moments.maximum > moments.minimum, moments.maximum - moments.minimum, 1.0)
    c = moments.deviation / width * (1.0 - moments.correlation).sum(axis=1)
    return _result("critic", moments, c, C=c)


def variation(moments: Moments, options: ObjectiveOptions) -> ObjectiveResult:
    """v_j = s_j / mean_j, the coefficient of variation of the points."""
    del options
    mean = np.where(moments.mean > 0, moments.mean, 1.0)
    v = moments.deviation / mean
    return _result("cv", moments, v, v=v)


def principal_components(moments: Moments, options: ObjectiveOptions) -> ObjectiveResult:
    """w_j ∝ Σ_k |e_jk| λ_k / Σλ over the leading components that explain `pca_share` of the variance.

    e_k is the unit eigenvector of the correlation matrix (loading / √λ). Constant indicators stay outside.
    """
    alive = np.flatnonzero(moments.deviation > 0)
    weights, eigenvalues = np.zeros(len(moments.ids)), np.zeros(0)
    if len(alive):
        values, vectors = np.linalg.eigh(moments.correlation[np.ix_(alive, alive)])
        eigenvalues = np.maximum(values[::-1], 0.0)
        share = np.cumsum(eigenvalues) / eigenvalues.sum()
        kept = int(np.argmax(share >= options.pca_share - 1e-12)) + 1
        leading = eigenvalues[:kept]
        weights[alive] = np.abs(vectors[:, ::-1][:, :kept]) @ leading / leading.sum()
    return _result("pca", moments, weights, eigenvalues=eigenvalues)


def independence(moments: Moments, options: ObjectiveOptions) -> ObjectiveResult:
    """w_j ∝ 1 / R_j, R_j the multiple correlation of x_j on the others: redundant indicators lose.

    R_j below `independence_floor` counts as the floor, so that an isolated rare event does not take all the weight.
    """
    alive = np.flatnonzero(moments.deviation > 0)
    multiple, weights = np.zeros(len(moments.ids)), np.zeros(len(moments.ids))
    if len(alive):
        inverse = np.linalg.pinv(moments.correlation[np.ix_(alive, alive)], hermitian=True)
        unexplained = 1.0 / np.maximum(np.diag(inverse), 1.0)
        multiple[alive] = np.sqrt(np.clip(1.0 - unexplained, 0.0, 1.0))
        weights[alive] = 1.0 / np.maximum(multiple[alive], max(options.independence_floor, 1e-6))
    return _result("independence", moments, weights, R=multiple)


METHODS: dict[str, Callable[[Moments, ObjectiveOptions], ObjectiveResult]] = {
    "entropy": entropy,
    "critic": critic,
    "cv": variation,
    "pca": principal_components,
    "independence": independence,
}


def _x_log_x(x: Floats) -> Floats:
    """x ln x with 0 ln 0 = 0."""
    return np.asarray(x * np.log(np.where(x > 0, x, 1.0)), dtype=np.float64)


def _result(method: str, moments: Moments, raw: Floats, **extra: Floats) -> ObjectiveResult:
    raw = np.maximum(raw, 0.0)
    if not raw.sum() > 0:
        raise RatingError(
            f"method {method} finds no spread: every indicator has the same points for all {moments.rows} firms",
            todo="Take the method out of the weighting, or fit on more firms.",
        )
    figures = {name: tuple(float(x) for x in values) for name, values in extra.items()}
    return ObjectiveResult(method, moments.ids, tuple(float(x) for x in raw / raw.sum()), figures)
