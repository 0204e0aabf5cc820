"""How weights come about: expert matrices, Delphi rounds, objective methods and their bounds."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from yuheng.content.schema.base import Content, Id


class AhpMatrix(Content):
    """One expert's judgement matrix; entries such as '1/3' are read as fractions."""

    expert: str
    order: list[Id]
    matrix: list[list[float]]

    @field_validator("matrix", mode="before")
    @classmethod
    def _fractions(cls, rows: list[list[object]]) -> list[list[float]]:
        return [[_fraction(cell) for cell in row] for row in rows]


class DelphiRound(Content):
    """One Delphi round: scores[expert][item], 0-10, with the experts' authority (judgement basis, familiarity)."""

    round: int
    items: list[Id]
    experts: list[str]
    scores: list[list[float]]
    authority: list[tuple[float, float]] = Field(default_factory=list)


class DelphiStop(Content):
    """When a Delphi panel has agreed: Kendall's W and its p, the spread of each item, the authority (§10.1)."""

    concordance: float = 0.5
    p_value: float = 0.05
    spread: float = 0.25
    authority: float = 0.7


class Weighting(Content):
    """How weights come about: expert matrices per node, Delphi rounds, objective methods, combination and bounds."""

    id: Id
    name_zh: str
    ahp: dict[Id, list[AhpMatrix]]
    """Node ('root' or an L1 id) -> the experts' matrices over its children."""
    random_index: dict[int, float]
    """Saaty's RI by matrix size."""
    cr_max: float = 0.1
    delphi: dict[Id, list[DelphiRound]] = Field(default_factory=dict)
    delphi_stop: DelphiStop = DelphiStop()
    methods: list[Literal["entropy", "critic", "cv", "pca", "independence", "supervised"]] = Field(
        default=["entropy", "critic"]
    )
    methods_unlabelled: list[Literal["entropy", "critic", "cv", "pca", "independence"]] = Field(default_factory=list)
    """What takes the place of `methods` in a fit without a labelled sample; empty: the others of `methods`."""
    combination: Literal["game_nnls", "game_abs", "mean"] = "game_nnls"
    shrinkage: float = Field(default=0.5, ge=0, le=1)
    """λ of §10.4: weight of the combined objective vector against the expert vector."""
    lower: float = 0.003
    upper: float = 0.08
    l1_move: float = 0.30
    winsor: float = 0.99
    """Entropy: points above this quantile of an indicator count as the quantile."""
    pca_share: float = 0.85
    """PCA: components are kept until they explain this share of the variance."""
    independence_floor: float = Field(default=0.1, gt=0, le=1)
    """Independence: a multiple correlation below this counts as this."""
    ridge: float = Field(default=1e-4, gt=0)
    """Supervised: penalty on the squared coefficients of the standardised points."""
    redraws: int = 1000
    redraw_range: float = 0.20
    training_sample: int = Field(default=200_000, gt=0)
    """Supervised: firms learnt from, over all training days, picked by the hash of their id."""
    training_days: int = Field(default=1, ge=1)
    """Supervised: snapshots learnt from together, the last being the training day of the fit (§1.8)."""
    training_step: int = Field(default=3, ge=1)
    """Supervised: months between two training days."""
    draw_weight_max: float = Field(default=1000.0, ge=1)
    """Supervised: a finding of a draw counts as 1 / selection probability, but at most this: a few firms drawn at 1 in
    a hundred would else outweigh all other violations."""
    redraw_sample: int = 20_000
    """Firms in the rank-stability report."""
    stability_min: float = 0.90
    seed: int = 1


def _fraction(cell: object) -> float:
    if isinstance(cell, str) and re.fullmatch(r"\d+/\d+", cell):
        top, bottom = cell.split("/")
        return int(top) / int(bottom)
    if isinstance(cell, int | float):
        return float(cell)
    raise ValueError(f"not a number or fraction: {cell!r}")
