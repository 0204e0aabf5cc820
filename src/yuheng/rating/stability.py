"""Rank stability: do the grades hang on the last digits of the weights? (domain §10.4)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yuheng.content.schema import Weighting
from yuheng.errors import RatingError
from yuheng.rating.calibrate import grade_ranks
from yuheng.rating.card import Card
from yuheng.rating.model import Model
from yuheng.rating.moments import Floats, Ints

_CHUNK = 50


@dataclass(frozen=True)
class StabilityReport:
    """Share of sampled firms that keep their grade when every weight is redrawn within ± `spread`."""

    firms: int
    redraws: int
    spread: float
    mean: float
    """Mean over the redraws, the knots of each redraw put where they part as many firms as before."""
    frozen_mean: float
    """The same with the knots left where they are."""
    worst: float
    """The redraw that moves most firms."""
    lower_5: float
    """Five percent of the redraws keep fewer than this."""
    by_grade: Mapping[str, float]
    """Mean share per original grade; grades without a firm are left out."""
    wanted: float

    @property
    def stable(self) -> bool:
        """True when the mean reaches what the weighting asks for."""
        return self.mean >= self.wanted

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "firms": self.firms,
            "redraws": self.redraws,
            "spread": self.spread,
            "kept_mean": self.mean,
            "kept_mean_frozen_knots": self.frozen_mean,
            "kept_worst": self.worst,
            "kept_p05": self.lower_5,
            "kept_by_grade": dict(self.by_grade),
            "wanted": self.wanted,
            "stable": self.stable,
        }


def rank_stability(
    card: Card, model: Model, weighting: Weighting, points: npt.ArrayLike, trigger_rank: npt.ArrayLike
) -> StabilityReport:
    """Redraw the weights `redraws` times, each by a uniform factor of 1 ± `redraw_range`, and grade again.

    `points` [firms, n] in card order (NaN = excluded) and `trigger_rank` [firms] are a sample of a scored month.
    A model with redrawn weights would be calibrated anew, so each redraw gets knots that part as many firms as before;
    the share with unmoved knots is reported beside it. Raises RatingError for an empty sample.
    """
    matrix = np.asarray(points, dtype=np.float64)
    trigger = np.asarray(trigger_rank, dtype=np.int64)
    if matrix.ndim != 2 or len(matrix) == 0 or matrix.shape[1] != len(card.rules):
        raise RatingError(f"rank stability needs points of {len(card.rules)} indicators, got shape {matrix.shape}")
    present = ~np.isnan(matrix)
    filled, mask = np.where(present, matrix, 0.0), present.astype(np.float64)
    weights = np.array([model.share(i) for i in card.ids])
    original = _raw(filled, mask, weights[:, None])[:, 0]
    before = grade_ranks(card, model.knots, original, trigger)
    knots = np.array(model.knots.raw[1:-1])
    reach = [int((original >= knot).sum()) for knot in knots]
    kept, frozen = (np.zeros((weighting.redraws, len(card.grades))) for _ in range(2))
    rng = np.random.Generator(np.random.PCG64(weighting.seed))
    for start in range(0, weighting.redraws, _CHUNK):
        count = min(_CHUNK, weighting.redraws - start)
        factors = rng.uniform(1 - weighting.redraw_range, 1 + weighting.redraw_range, (len(weights), count))
        scores = _raw(filled, mask, weights[:, None] * factors)
        moved = _knots(scores, reach)
        kept[start : start + count] = _kept(card, moved, scores, trigger, before)
        frozen[start : start + count] = _kept(card, [knots] * count, scores, trigger, before)
    return _report(card, weighting, kept, frozen, before)


def _raw(filled: Floats, mask: Floats, weights: Floats) -> Floats:
    """Raw scores [firms, draws] of weights [n, draws]; 0 where no indicator is used."""
    used = mask @ weights
    return np.divide(10.0 * (filled @ weights), used, out=np.zeros_like(used), where=used > 0)


def _knots(scores: Floats, reach: Sequence[int]) -> list[Floats]:
    """For every draw the scores that `reach[k]` firms attain; above all scores where nobody did."""
    falling = -np.sort(-scores, axis=0)
    above = np.full(scores.shape[1], np.inf)
    return list(np.stack([falling[r - 1] if r else above for r in reach], axis=1))


def _kept(card: Card, knots: Sequence[Floats], scores: Floats, trigger: Ints, before: Ints) -> Floats:
    """Firms per original grade that keep it [draws, grades]."""
    columns = zip(knots, scores.T, strict=True)
    now = np.stack([np.maximum(np.searchsorted(k, column, side="right"), trigger) for k, column in columns])
    same = now == before[None, :]
    return np.stack([same[:, before == g].sum(axis=1) for g in range(len(card.grades))], axis=1).astype(np.float64)


def _report(card: Card, weighting: Weighting, kept: Floats, frozen: Floats, before: Ints) -> StabilityReport:
    share = kept.sum(axis=1) / len(before)
    counts = np.bincount(before, minlength=len(card.grades))
    return StabilityReport(
        firms=len(before),
        redraws=weighting.redraws,
        spread=weighting.redraw_range,
        mean=float(share.mean()),
        frozen_mean=float(frozen.sum(axis=1).mean() / len(before)),
        worst=float(share.min()),
        lower_5=float(np.quantile(share, 0.05)),
        by_grade={g: float(kept[:, k].mean() / counts[k]) for k, g in enumerate(card.grades) if counts[k]},
        wanted=weighting.stability_min,
    )
