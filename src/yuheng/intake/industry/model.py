"""The learnt numbers of the classifier, kept as the code list `industry_model` (kind, key, value).

division  weight of a mention of each division's classes    learnt from the register's names
place     weight of the n-th mention of a scope             learnt from the register's names
mix       fits: how much a fitting trade word multiplies; exact: what a class named by the name itself is worth
class, division_level: level and slope of the logistic that turns a share of votes into a confidence
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from yuheng.errors import ContentError
from yuheng.intake.industry.learn import Weights
from yuheng.intake.industry.terms import Tree
from yuheng.intake.industry.votes import Floats

LIST = "industry_model"


@dataclass(frozen=True)
class Logistic:
    """Confidence from the share of votes: 1 / (1 + exp(-(level + slope x log-odds of the share)))."""

    level: float
    slope: float

    def __call__(self, share: Floats) -> Floats:
        """Shares of 0 (nothing voted) give 0."""
        out: Floats = np.where(share > 0, 1 / (1 + np.exp(-(self.level + self.slope * log_odds(share)))), 0.0)
        return out


def log_odds(share: Floats) -> Floats:
    """Of shares, held within 0.02 and 0.98: a single vote is no certainty."""
    held = np.clip(share, 0.02, 0.98)
    out: Floats = np.log(held / (1 - held))
    return out


@dataclass(frozen=True)
class Model:
    """Weights of mentions, how name and scope are mixed, and the two confidences."""

    weights: Weights
    fits: float
    exact: float
    of_class: Logistic
    of_division: Logistic

    @classmethod
    def of(cls, rows: pa.Table, tree: Tree) -> Model:
        """From the code list. Raises ContentError when a number is missing."""
        values = {(r["kind"], r["key"]): float(r["value"]) for r in rows.to_pylist()}
        places = sorted(int(key) for kind, key in values if kind == "place")

        def get(kind: str, key: str) -> float:
            if (kind, key) not in values:
                raise ContentError(f"no {kind} {key!r} in the list.", path=f"codes/{LIST}.csv")
            return values[kind, key]

        return cls(
            Weights(
                np.array([get("division", d) for d in tree.at(2)]), np.array([get("place", str(n)) for n in places])
            ),
            get("mix", "fits"),
            get("mix", "exact"),
            Logistic(get("class", "level"), get("class", "slope")),
            Logistic(get("division_level", "level"), get("division_level", "slope")),
        )

    def with_weights(self, weights: Weights) -> Model:
        """The same model with other weights of mentions."""
        return replace(self, weights=weights)

    def lines(self, tree: Tree) -> list[str]:
        """The code list as CSV lines."""
        divisions = dict(zip(tree.at(2), self.weights.division.tolist(), strict=True))
        rows: list[tuple[str, str, float]] = [("division", d, w) for d, w in sorted(divisions.items())]
        rows += [("place", str(n), w) for n, w in enumerate(self.weights.place.tolist())]
        rows += [("mix", "fits", self.fits), ("mix", "exact", self.exact)]
        rows += _pair("class", self.of_class) + _pair("division_level", self.of_division)
        return ["kind,key,value", *(f"{kind},{key},{round(value, 4)}" for kind, key, value in rows)]


def _pair(kind: str, of: Logistic) -> list[tuple[str, str, float]]:
    return [(kind, "level", of.level), (kind, "slope", of.slope)]


def fit_logistic(share: Floats, right: Sequence[bool] | Floats, *, ridge: float = 1.0, rounds: int = 50) -> Logistic:
    """The logistic that best tells right from wrong by the share (Newton's steps, slope drawn towards 1)."""
    x = np.column_stack([np.ones(len(share)), log_odds(share)])
    y = np.asarray(right, dtype=np.float64)
    beta = np.array([0.0, 1.0])
    aim, pull = np.array([0.0, 1.0]), np.diag([0.01, ridge])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-(x @ beta)))
        gradient = x.T @ (y - p) - pull @ (beta - aim)
        hessian = (x.T * (p * (1 - p))) @ x + pull
        beta = beta + np.linalg.solve(hessian, gradient)
    return Logistic(float(beta[0]), float(beta[1]))


def empty_of(lists: Mapping[str, pa.Table]) -> Model:
    """A model that has learnt nothing, for the lists' own tree."""
    plain = Logistic(0.0, 1.0)
    return Model(Weights.even(Tree.of(lists["industry"])), 1.0, 1.3, plain, plain)
