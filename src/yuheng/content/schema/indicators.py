"""The catalogue's three levels, an indicator with its bins and hard trigger, and the experts' test cases."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from yuheng.content.schema.base import Content, Id, SourceId


class Override(Content):
    """A hard trigger: `set` gives the grade at once, `floor` allows nothing better."""

    grade: Literal["C", "D"]
    mode: Literal["set", "floor"]
    when: Annotated[str, StringConstraints(pattern=r"^value >= \d+(\.\d+)?$")]

    @property
    def threshold(self) -> float:
        """The value from which the trigger fires."""
        return float(self.when.removeprefix("value >= "))


class IndicatorL1(Content):
    """A first-level node."""

    id: Id
    name_zh: str
    name_en: str
    expert_weight: float = Field(gt=0, lt=1)
    samr_v1_l1: str = ""


class IndicatorL2(Content):
    """A second-level node."""

    id: Id
    name_zh: str
    name_en: str
    l1: Id
    weight_in_l1: float = Field(gt=0, le=1)


class Indicator(Content):
    """One of the 81: a measure over one table, its bins and what it means when there is no row."""

    id: Id
    no: int = Field(ge=1)
    name_zh: str
    name_en: str
    l1: Id
    l2: Id
    definition: str
    definition_zh: str = ""
    table: Id
    measure: str
    window_days: int | None = Field(default=None, gt=0)
    date_col: Id | None = None
    filter: str = "true"
    applies_to: str = "true"
    absent: Literal["zero", "missing"]
    unit: str
    direction: Literal["higher_riskier", "lower_riskier", "u_shape", "categorical"]
    bins: list[tuple[float | None, int]]
    missing: int = Field(ge=0, le=100)
    override: Override | None = None
    basis: str
    source: list[SourceId] = Field(min_length=1)
    owner: str = "信用监管处"
    effective_from: dt.date = dt.date(2022, 7, 25)
    effective_to: dt.date | None = None
    weight_in_l2: float = Field(gt=0, le=1)
    expert_weight: float = Field(gt=0, lt=1)
    schema_version: Literal[1] = 1

    @field_validator("bins")
    @classmethod
    def _bins_rise(cls, bins: list[tuple[float | None, int]]) -> list[tuple[float | None, int]]:
        bounds = [b for b, _ in bins]
        if not bounds or bounds[-1] is not None or None in bounds[:-1]:
            raise ValueError("the last bin, and only the last, has the bound null (no upper limit)")
        inner = [b for b in bounds[:-1] if b is not None]
        if any(a >= b for a, b in itertools.pairwise(inner)):
            raise ValueError(f"bounds must rise: {inner}")
        if any(not 0 <= p <= 100 for _, p in bins):
            raise ValueError("points lie between 0 and 100")
        return bins

    @model_validator(mode="after")
    def _window_needs_a_date(self) -> Indicator:
        if self.window_days is not None and self.date_col is None:
            raise ValueError("window_days needs a date_col")
        return self


class IndicatorCase(Content):
    """An expert's test: rows in, value, case and points out."""

    name: str
    indicator: Id
    as_of: dt.date
    firm: dict[Id, str | int | float | dt.date | None] = Field(default_factory=dict)
    """Columns of ent_base that differ from the default firm of the file."""
    given: dict[Id, list[dict[Id, str | int | float | dt.date | None]]] = Field(default_factory=dict)
    connected: bool = True
    value: float | None = None
    case: Literal["valued", "zero", "missing", "null", "not_applicable", "not_connected"]
    points: int | None = None
