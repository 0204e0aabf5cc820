"""A frozen rating model: weights, calibration knots, the card they belong to. The office keeps it as JSON."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from yuheng.errors import RatingError
from yuheng.rating.card import Card
from yuheng.rating.units import UNIT


@dataclass(frozen=True)
class Knots:
    """A rising, piecewise linear map from raw to calibrated scores (domain §1.2).

    `raw[0]` and `score[0]` are 0; the inner knots are the quantiles of the raw score at the cuts; the last is the top
    of both scales, so that a raw score never saturates.
    """

    raw: tuple[float, ...]
    score: tuple[float, ...]

    def __post_init__(self) -> None:
        rising = all(a < b for axis in (self.raw, self.score) for a, b in pairwise(axis))
        if len(self.raw) != len(self.score) or len(self.raw) < 2 or not rising:
            raise RatingError(f"calibration knots must rise: {self.raw} -> {self.score}")

    @property
    def pieces(self) -> tuple[tuple[float, float, float], ...]:
        """(raw at the left end, score there, slope) of every segment."""
        ends = zip(pairwise(self.raw), pairwise(self.score), strict=True)
        return tuple((r0, s0, (s1 - s0) / (r1 - r0)) for (r0, r1), (s0, s1) in ends)

    def map(self, raw: float) -> float:
        """Calibrated score of a raw score, rounded down to six digits: never over the next cut."""
        place = sum(raw >= knot for knot in self.raw[1:-1])
        left, base, slope = self.pieces[place]
        return math.floor(min(base + (raw - left) * slope, self.score[-1]) * 1e6 + 1e-3) / 1e6

    @property
    def digest(self) -> str:
        """Fingerprint of the knots."""
        return hashlib.sha256(json.dumps([self.raw, self.score]).encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, object]:
        """For --json and the office."""
        return {"raw": list(self.raw), "score": list(self.score), "digest": self.digest}


@dataclass(frozen=True)
class Model:
    """Everything frozen at fitting. `weights` are units of 1e-12 that sum to 1e12, in catalogue order."""

    grading: str
    weights: Mapping[str, int]
    knots: Knots
    content_version: str
    card_digest: str
    fitted_as_of: dt.date
    metrics: Mapping[str, object] = field(default_factory=dict)
    """Reports of the fit (weights, calibration, validation); not part of the version."""

    def __post_init__(self) -> None:
        if sum(self.weights.values()) != UNIT or min(self.weights.values()) < 0:
            raise RatingError(f"the weights of a model must sum to {UNIT} units, got {sum(self.weights.values())}")

    @property
    def version(self) -> str:
        """Name of the model: grading, date of the fit and a fingerprint of weights, knots and card."""
        body = json.dumps([self.grading, dict(self.weights), self.knots.raw, self.knots.score, self.card_digest])
        return f"{self.grading}-{self.fitted_as_of:%Y%m%d}-{hashlib.sha256(body.encode()).hexdigest()[:8]}"

    def share(self, indicator: str) -> float:
        """Weight of an indicator, 0-1."""
        return self.weights[indicator] / UNIT

    def check(self, card: Card) -> None:
        """Raise RatingError unless the model was fitted on exactly this card."""
        if self.card_digest != card.digest or tuple(self.weights) != card.ids:
            raise RatingError(
                f"model {self.version} was fitted on another version of card {self.grading!r} "
                f"(bins, overrides, cuts or indicators have changed)",
                todo="Fit a new model on the present content, or rate with the content the model belongs to.",
            )

    def to_json(self) -> str:
        """The model as JSON text."""
        return json.dumps(
            {
                "version": self.version,
                "grading": self.grading,
                # pairs, because their order counts and a database may sort the keys of an object
                "weights": [[name, units] for name, units in self.weights.items()],
                "knots": {"raw": self.knots.raw, "score": self.knots.score},
                "content_version": self.content_version,
                "card_digest": self.card_digest,
                "fitted_as_of": self.fitted_as_of.isoformat(),
                "metrics": dict(self.metrics),
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Model:
        """Read a model back. Raises RatingError when it was altered since it was written."""
        try:
            raw = json.loads(text)
            model = cls(
                grading=str(raw["grading"]),
                weights={str(k): int(v) for k, v in raw["weights"]},
                knots=Knots(_floats(raw["knots"]["raw"]), _floats(raw["knots"]["score"])),
                content_version=str(raw["content_version"]),
                card_digest=str(raw["card_digest"]),
                fitted_as_of=dt.date.fromisoformat(raw["fitted_as_of"]),
                metrics=dict(raw["metrics"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise RatingError(f"not a rating model: {error!r}") from error
        if model.version != raw["version"]:
            raise RatingError(
                f"model {raw['version']} was altered: its content now says {model.version}",
                todo="Restore the model from the office's backup.",
            )
        return model


def _floats(values: list[object]) -> tuple[float, ...]:
    return tuple(float(str(v)) for v in values)
