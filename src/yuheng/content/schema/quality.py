"""When a source's data are late, too few, incomplete or drifting, and how long its owner has to answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from yuheng.content.schema.base import Content, Id

Frequency = Literal["realtime", "daily", "weekly", "monthly"]
Dimension = Literal["complete", "valid", "consistent", "accurate", "unique", "timely"]


class Freshness(Content):
    """Days until a source is late (yellow), by its most frequent feed; red after `red` times as many."""

    days: dict[Frequency, int]
    red: float = Field(gt=1)


class Volume(Content):
    """Bounds of a delivery's records against the median (from `records` on) of `least` to `deliveries` before."""

    low: float = Field(gt=0, lt=1)
    high: float = Field(gt=1)
    deliveries: int = Field(ge=2)
    least: int = Field(ge=2)
    records: int = Field(ge=1)


class Drift(Content):
    """Bounds of the population stability index; both sides need `records` rows."""

    yellow: float = Field(gt=0)
    red: float = Field(gt=0)
    months: int = Field(ge=1)
    records: int = Field(ge=1)


class Completeness(Content):
    """How far below its agreed rate a column may be before it is red."""

    red: float = Field(gt=0, lt=1)


class Scores(Content):
    """Shares of checks passed below which a month is yellow or red; months of fewer `records` are not judged."""

    yellow: float = Field(gt=0, le=1)
    red: float = Field(gt=0, le=1)
    records: int = Field(ge=1)


class Answers(Content):
    """Days an owner has to answer a work order."""

    yellow: int = Field(ge=1)
    red: int = Field(ge=1)


class QualityRules(Content):
    """The rules of one deployment (`quality.yaml`)."""

    id: Id
    freshness: Freshness
    volume: Volume
    drift: Drift
    completeness: Completeness
    score: Scores
    orders: Answers
    dimensions: dict[Dimension, str]
    """Names of the six dimensions."""

    @model_validator(mode="after")
    def _ordered(self) -> QualityRules:
        if self.score.red > self.score.yellow or self.drift.red < self.drift.yellow:
            raise ValueError("red must be worse than yellow")
        if len(self.dimensions) != 6:
            raise ValueError("all six dimensions need a name")
        return self
