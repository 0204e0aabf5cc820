"""Weights of a grading: expert vector, objective vectors, their combination, shrinkage and guard rails (domain §10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from yuheng.content.schema import Grading, Indicator, IndicatorL2, Weighting
from yuheng.errors import RatingError
from yuheng.rating.ahp import AhpResult, expert_weights
from yuheng.rating.card import Card
from yuheng.rating.combine import CombinationResult, combine
from yuheng.rating.delphi import DelphiResult, delphi
from yuheng.rating.guards import bounds_of, project
from yuheng.rating.moments import Moments
from yuheng.rating.objective import METHODS, ObjectiveOptions, ObjectiveResult
from yuheng.rating.supervised import SupervisedResult, fit_supervised
from yuheng.rating.units import UNIT, to_units


class Catalogue(Protocol):
    """What the weights need of the content store."""

    @property
    def indicators(self) -> Mapping[str, Indicator]: ...
    @property
    def l2(self) -> Mapping[str, IndicatorL2]: ...


@dataclass(frozen=True)
class Labelled:
    """A training sample: points [firms, n] in card order (NaN = excluded), y [firms] 0/1, weight of the bad firms."""

    points: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64] | None = None


@dataclass(frozen=True)
class WeightReport:
    """The weights of a model and every step that led to them."""

    grading: str
    units: Mapping[str, int]
    """Final weights in units of 1e-12."""
    expert: Mapping[str, float]
    mixed: Mapping[str, float] | None
    """After shrinkage, before the guard rails; None for pure expert weights."""
    ahp: tuple[AhpResult, ...] = ()
    delphi: tuple[DelphiResult, ...] = ()
    objective: tuple[ObjectiveResult, ...] = ()
    supervised: SupervisedResult | None = None
    combination: CombinationResult | None = None
    skipped: tuple[str, ...] = ()
    """Methods of the weighting that had nothing to work on, with the reason."""

    @property
    def weights(self) -> dict[str, float]:
        """Final weights, 0-1."""
        return {i: u / UNIT for i, u in self.units.items()}

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "grading": self.grading,
            "weights": self.weights,
            "expert": dict(self.expert),
            "mixed": None if self.mixed is None else dict(self.mixed),
            "ahp": [r.to_dict() for r in self.ahp],
            "delphi": [r.to_dict() for r in self.delphi],
            "objective": [r.to_dict() for r in self.objective],
            "supervised": self.supervised.to_dict() if self.supervised else None,
            "combination": self.combination.to_dict() if self.combination else None,
            "skipped": list(self.skipped),
        }


def fit_weights(
    card: Card,
    grading: Grading,
    weighting: Weighting | None,
    catalogue: Catalogue,
    *,
    moments: Moments | None = None,
    labelled: Labelled | None = None,
) -> WeightReport:
    """Weights of a grading.

    Without `moments` (or without a weighting in the grading) they are the expert weights: the catalogue's tree product,
    or the card's own points. With moments, w = λ·combined + (1 - λ)·expert, projected into the guard rails.
    `labelled` is needed by the method `supervised`; without it `methods_unlabelled` rule and the report says so.
    Raises RatingError for inconsistent judgements or bounds that cannot be met.
    """
    expert, judged = _expert(card, grading, weighting, catalogue)
    panels = tuple(delphi(n, r, weighting.delphi_stop) for n, r in weighting.delphi.items()) if weighting else ()
    if weighting is None or moments is None:
        return WeightReport(card.grading, to_units(expert), expert, None, judged, panels)
    if moments.ids != card.ids:
        raise RatingError("the statistics are not about the indicators of the card, in its order")
    objective, learned, skipped = _objective(weighting, moments, labelled)
    vectors = {"expert": tuple(expert.values()), **{r.method: r.weights for r in objective}}
    if learned:
        vectors["supervised"] = learned.weights
    mix = combine(vectors, weighting.combination)
    share = weighting.shrinkage
    mixed = share * np.array(mix.weights) + (1 - share) * np.array(list(expert.values()))
    groups = {i: catalogue.indicators[i].l1 for i in card.ids}
    bounds = bounds_of(expert, groups, card.hard, lower=weighting.lower, upper=weighting.upper, move=weighting.l1_move)
    final = project(mixed, bounds, card.ids)
    return WeightReport(
        grading=card.grading,
        units=to_units(dict(zip(card.ids, (float(w) for w in final), strict=True))),
        expert=expert,
        mixed=dict(zip(card.ids, (float(w) for w in mixed), strict=True)),
        ahp=judged,
        delphi=panels,
        objective=objective,
        supervised=learned,
        combination=mix,
        skipped=skipped,
    )


def _expert(
    card: Card, grading: Grading, weighting: Weighting | None, catalogue: Catalogue
) -> tuple[dict[str, float], tuple[AhpResult, ...]]:
    judged: tuple[AhpResult, ...] = ()
    if grading.weights is not None:
        raw: Mapping[str, float] = grading.weights
    elif weighting is not None:
        raw, judged = expert_weights(weighting, catalogue.indicators, catalogue.l2)
    else:
        raw = {i: catalogue.indicators[i].expert_weight for i in card.ids}
    missing = [i for i in card.ids if i not in raw]
    if missing:
        raise RatingError(f"grading {grading.id}: no weight for {', '.join(missing)}")
    units = to_units({i: raw[i] for i in card.ids})
    return {i: u / UNIT for i, u in units.items()}, judged


def _objective(
    weighting: Weighting, moments: Moments, labelled: Labelled | None
) -> tuple[tuple[ObjectiveResult, ...], SupervisedResult | None, tuple[str, ...]]:
    options = ObjectiveOptions(weighting.winsor, weighting.pca_share, weighting.independence_floor)
    teaches = "supervised" in weighting.methods
    wanted: Sequence[str] = [m for m in weighting.methods if m != "supervised"]
    if teaches and labelled is None:
        wanted = weighting.methods_unlabelled or wanted
    results = tuple(METHODS[m](moments, options) for m in wanted)
    if not teaches:
        return results, None, ()
    if labelled is None:
        return results, None, ("supervised: no labelled sample at this date",)
    capped = None if labelled.weight is None else np.minimum(labelled.weight, weighting.draw_weight_max)
    learned = fit_supervised(moments.ids, labelled.points, labelled.y, weight=capped, ridge=weighting.ridge)
    return results, learned, ()
