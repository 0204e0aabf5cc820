"""Delphi rounds: do the experts agree yet, and on which weights (domain §10.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yuheng.content.schema import DelphiRound, DelphiStop
from yuheng.errors import RatingError
from yuheng.rating.moments import Floats


@dataclass(frozen=True)
class RoundResult:
    """One round: Kendall's W (tie-corrected) with its p, and mean and coefficient of variation of each item."""

    round: int
    experts: int
    concordance: float
    chi_square: float
    p_value: float
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    authority: float | None
    agreed: bool

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "round": self.round,
            "experts": self.experts,
            "kendall_w": self.concordance,
            "chi_square": self.chi_square,
            "p_value": self.p_value,
            "mean": list(self.mean),
            "cv": list(self.spread),
            "authority_cr": self.authority,
            "agreed": self.agreed,
        }


@dataclass(frozen=True)
class DelphiResult:
    """All rounds of a node and the weights of the last: mean scores normalised."""

    node: str
    items: tuple[str, ...]
    weights: tuple[float, ...]
    rounds: tuple[RoundResult, ...]

    @property
    def agreed(self) -> bool:
        """True when the last round meets the stop rule."""
        return self.rounds[-1].agreed

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "node": self.node,
            "weights": dict(zip(self.items, self.weights, strict=True)),
            "agreed": self.agreed,
            "rounds": [r.to_dict() for r in self.rounds],
        }


def delphi(node: str, rounds: Sequence[DelphiRound], stop: DelphiStop) -> DelphiResult:
    """Evaluate the rounds of one node. Raises RatingError for missing scores or scores outside 0-10."""
    if not rounds:
        raise RatingError(f"node {node}: no Delphi round")
    items = tuple(rounds[0].items)
    results = tuple(_round(node, r, items, stop) for r in sorted(rounds, key=lambda r: r.round))
    mean = np.array(results[-1].mean)
    return DelphiResult(node, items, tuple(float(w) for w in mean / mean.sum()), results)


def kendall_w(scores: Floats) -> tuple[float, float, float]:
    """(W, χ², p) of scores [experts, items]; W = 12 S / (m²(n³ - n) - m ΣT), T = Σ(t³ - t) over an expert's ties."""
    from scipy.stats import chi2, rankdata  # loaded here: it takes a second, and most commands need none of it

    m, n = scores.shape
    ranks = np.stack([rankdata(row) for row in scores])
    totals = ranks.sum(axis=0)
    ties = sum(int((t**3 - t).sum()) for t in (np.unique(row, return_counts=True)[1] for row in scores))
    scale = m * m * (n**3 - n) - m * ties
    w = 12.0 * float(((totals - totals.mean()) ** 2).sum()) / scale if scale > 0 else 0.0
    chi_square = m * (n - 1) * w
    return w, chi_square, float(chi2.sf(chi_square, n - 1))


def _round(node: str, judged: DelphiRound, items: tuple[str, ...], stop: DelphiStop) -> RoundResult:
    scores = np.asarray(judged.scores, dtype=np.float64)
    if tuple(judged.items) != items or scores.shape != (len(judged.experts), len(items)):
        raise RatingError(f"node {node}, Delphi round {judged.round}: every expert must score the same items")
    if len(scores) < 2 or np.any(scores < 0) or np.any(scores > 10):
        raise RatingError(f"node {node}, Delphi round {judged.round}: two or more experts and scores 0-10 are needed")
    w, chi_square, p = kendall_w(scores)
    mean = scores.mean(axis=0)
    spread = np.divide(scores.std(axis=0, ddof=1), mean, out=np.full(len(items), np.inf), where=mean > 0)
    authority = float(np.mean(judged.authority)) if judged.authority else None
    agreed = w >= stop.concordance and p < stop.p_value and bool(np.all(spread <= stop.spread))
    trusted = authority is None or authority >= stop.authority
    return RoundResult(
        judged.round,
        len(scores),
        w,
        chi_square,
        p,
        tuple(float(x) for x in mean),
        tuple(float(x) for x in spread),
        authority,
        agreed and trusted,
    )
