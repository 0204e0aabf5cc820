"""Analytic hierarchy process: weights from pairwise judgements, refused when contradictory (domain §10.1)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from yuheng.content.schema import AhpMatrix, Indicator, IndicatorL2, Weighting
from yuheng.errors import RatingError
from yuheng.rating.moments import Floats
from yuheng.rating.units import largest_remainder

DIGITS = 6
"""Weights of the nodes are published with six digits."""


@dataclass(frozen=True)
class Refused:
    """An expert whose matrix is too inconsistent, with the triple that contradicts itself most."""

    expert: str
    cr: float
    triple: tuple[str, str, str]

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {"expert": self.expert, "cr": self.cr, "triple": list(self.triple)}


@dataclass(frozen=True)
class AhpResult:
    """Weights of a node's children; `weights` sum to 1 exactly in units of 1e-6."""

    node: str
    items: tuple[str, ...]
    weights: tuple[float, ...]
    lambda_max: float
    ci: float
    cr: float
    experts: tuple[str, ...]
    refused: tuple[Refused, ...]

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "node": self.node,
            "weights": dict(zip(self.items, self.weights, strict=True)),
            "lambda_max": self.lambda_max,
            "ci": self.ci,
            "cr": self.cr,
            "experts": list(self.experts),
            "refused": [r.to_dict() for r in self.refused],
        }


def ahp(node: str, judgements: Sequence[AhpMatrix], weighting: Weighting) -> AhpResult:
    """Weights of one node: the principal eigenvector of the geometric mean of the consistent experts' matrices.

    An expert above `cr_max` is left out and named in `refused`.
    Raises RatingError when none is left, or when a matrix is not square, positive and reciprocal.
    """
    if not judgements:
        raise RatingError(f"node {node}: no expert matrix", todo="Add one under `ahp` of the weighting.")
    order = judgements[0].order
    taken: list[tuple[str, Floats]] = []
    refused: list[Refused] = []
    for judgement in judgements:
        matrix = _matrix(node, judgement, order)
        cr = consistency(matrix, weighting.random_index)[2]
        if cr < weighting.cr_max:
            taken.append((judgement.expert, matrix))
        else:
            refused.append(Refused(judgement.expert, cr, worst_triple(matrix, order)))
    if not taken:
        worst = min(refused, key=lambda r: r.cr)
        raise RatingError(
            f"node {node}: no consistent judgement, the best CR is {worst.cr:.4f} ({worst.expert}), "
            f"allowed below {weighting.cr_max}",
            todo=f"Let the expert reconsider {', '.join(worst.triple)}: these three contradict one another most.",
        )
    group = np.exp(np.mean([np.log(m) for _, m in taken], axis=0))
    lambda_max, ci, cr = consistency(group, weighting.random_index)
    units = largest_remainder(principal(group)[1], 10**DIGITS)
    weights = tuple(int(u) / 10**DIGITS for u in units)
    return AhpResult(node, tuple(order), weights, lambda_max, ci, cr, tuple(e for e, _ in taken), tuple(refused))


def expert_weights(
    weighting: Weighting, indicators: Mapping[str, Indicator], l2: Mapping[str, IndicatorL2]
) -> tuple[dict[str, float], tuple[AhpResult, ...]]:
    """Global expert weights L1 x L2 x `weight_in_l2` of the indicators, not yet normalised, and the AHP reports.

    Raises RatingError when a node of the tree is missing in the matrices.
    """
    results = {node: ahp(node, judgements, weighting) for node, judgements in weighting.ahp.items()}
    found = {node: dict(zip(r.items, r.weights, strict=True)) for node, r in results.items()}
    weights: dict[str, float] = {}
    for name, indicator in indicators.items():
        parent = l2[indicator.l2].l1
        try:
            weights[name] = found["root"][parent] * found[parent][indicator.l2] * indicator.weight_in_l2
        except KeyError as missing:
            raise RatingError(
                f"weighting {weighting.id}: no judgement about {missing} (needed by indicator {name})",
                todo="Add it to the expert matrices of its node.",
            ) from missing
    return weights, tuple(results.values())


def principal(matrix: Floats) -> tuple[float, Floats]:
    """Largest eigenvalue and its eigenvector, positive and summing to 1 (Perron-Frobenius)."""
    values, vectors = np.linalg.eig(matrix)
    k = int(np.argmax(values.real))
    vector = np.abs(vectors[:, k].real)
    return float(values[k].real), vector / vector.sum()


def consistency(matrix: Floats, random_index: Mapping[int, float]) -> tuple[float, float, float]:
    """(λmax, CI, CR) of a judgement matrix; CR is 0 for one or two items, which cannot contradict."""
    n = len(matrix)
    if n not in random_index:
        raise RatingError(
            f"a judgement of {n} items has no random index", todo="Split the node: people compare at most nine items."
        )
    lambda_max = principal(matrix)[0]
    ci = max(0.0, (lambda_max - n) / (n - 1)) if n > 1 else 0.0
    return lambda_max, ci, ci / random_index[n] if random_index[n] > 0 else 0.0


def worst_triple(matrix: Floats, order: Sequence[str]) -> tuple[str, str, str]:
    """The three items with the largest |ln(a_ij a_jk a_ki)|: the cycle farthest from 1."""
    i, j, k = max(
        itertools.combinations(range(len(order)), 3),
        key=lambda t: abs(float(np.log(matrix[t[0], t[1]] * matrix[t[1], t[2]] * matrix[t[2], t[0]]))),
    )
    return order[i], order[j], order[k]


def _matrix(node: str, judgement: AhpMatrix, order: Sequence[str]) -> Floats:
    who = f"node {node}, {judgement.expert}"
    if sorted(judgement.order) != sorted(order):
        raise RatingError(f"{who}: compares other items than the first expert")
    matrix = np.asarray(judgement.matrix, dtype=np.float64)
    if matrix.shape != (len(order), len(order)) or not np.all(matrix > 0):
        raise RatingError(f"{who}: the matrix must be {len(order)} x {len(order)} with positive entries")
    if not np.allclose(matrix * matrix.T, 1.0, atol=1e-9):
        raise RatingError(f"{who}: the matrix is not reciprocal", todo="Entry (j, i) must be 1 / entry (i, j).")
    place = [judgement.order.index(item) for item in order]
    return np.asarray(matrix[np.ix_(place, place)], dtype=np.float64)
