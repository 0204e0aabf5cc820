"""Game-theory combination of weight vectors (博弈论组合赋权, domain §10.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from yuheng.errors import RatingError
from yuheng.rating.moments import Floats

Combination = Literal["game_nnls", "game_abs", "mean"]


@dataclass(frozen=True)
class CombinationResult:
    """Weights of the combination, α as solved and α* as used (each per method, α* sums to 1)."""

    combination: Combination
    methods: tuple[str, ...]
    alpha: tuple[float, ...]
    shares: tuple[float, ...]
    weights: tuple[float, ...]

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "combination": self.combination,
            "alpha": dict(zip(self.methods, self.alpha, strict=True)),
            "alpha_share": dict(zip(self.methods, self.shares, strict=True)),
            "weights": list(self.weights),
        }


def combine(vectors: Mapping[str, Sequence[float]], combination: Combination = "game_nnls") -> CombinationResult:
    """Solve G α = diag(G), G_kl = w_k·w_l, and mix the vectors with the normalised α.

    `game_nnls` (preferred) solves under α ≥ 0; `game_abs` takes |α| of the plain solution, as the literature does,
    although α may be negative when two methods are close; `mean` gives every method the same share.
    """
    if not vectors:
        raise RatingError("no weight vector to combine")
    matrix = np.asarray([list(v) for v in vectors.values()], dtype=np.float64)
    gram = matrix @ matrix.T
    if combination == "mean":
        alpha: Floats = np.ones(len(matrix))
    elif combination == "game_nnls":
        from scipy.optimize import nnls  # loaded here: it takes a second, and most commands need none of it

        alpha = nnls(gram, np.diag(gram))[0]
    else:
        alpha = np.asarray(np.linalg.lstsq(gram, np.diag(gram), rcond=None)[0], dtype=np.float64)
    shares = np.abs(alpha) / np.abs(alpha).sum()
    mixed = shares @ matrix
    return CombinationResult(
        combination,
        tuple(vectors),
        tuple(float(a) for a in alpha),
        tuple(float(a) for a in shares),
        tuple(float(w) for w in mixed / mixed.sum()),
    )
