"""Scorecards: cuts, sentences, the label they are validated against and what validation must reach."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from yuheng.content.schema.base import Content, Id

Grade = Literal["A", "B", "C", "D"]


class GradeCut(Content):
    """A grade and the scores it covers: [lower, upper)."""

    grade: Grade
    name_zh: str
    lower: float
    upper: float


class LabelEvent(Content):
    """One kind of later violation: rows of a standard table (alias t) with a date in (D, D + months]."""

    id: Id
    name_zh: str
    table: Id
    date: Id
    where: str = "true"
    weight: str | None = None
    """SQL of 1 / selection probability when the finding depends on a draw."""


class Label(Content):
    """What counts as y = 1 when the scores are validated (§1.8)."""

    months: int = Field(default=6, gt=0)
    events: list[LabelEvent] = Field(min_length=1)


class Standards(Content):
    """What a model must reach in validation (§1.8) and when drift raises the alarm."""

    auc: float = 0.75
    ks: float = 0.35
    lift: float = 3.0
    slope: tuple[float, float] = (0.9, 1.1)
    worst_to_best: float = 8.0
    psi_watch: float = 0.10
    psi_alarm: float = 0.25
    band: float = 50.0
    """Width of the score bands of the PSI."""
    insufficient_max: float = 0.05
    """Release check: share of firms with too little data."""
    firms_change_max: float = 0.05
    """Release check: change of the number of firms against the last released month."""


class UnitForm(Content):
    """How numbers of a unit are written: multiplied, rounded, with the suffix in place of the unit's name."""

    scale: float = Field(gt=0)
    suffix: str
    digits: int = Field(default=2, ge=0, le=9)


class Sentences(Content):
    """Chinese sentences of an explanation; fields in braces are filled in by `yuheng.rating.explain`."""

    valued: str
    named: str
    """As `valued`, for a value that is a word (`unit_words`)."""
    absent: str
    missing: str
    band_first: str
    band_middle: str
    band_last: str
    override: str
    override_set: str
    override_floor: str
    insufficient: str
    clean: str
    unit_words: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Unit -> value -> word, for units such as 0/1 that are no measure."""
    unit_forms: dict[str, UnitForm] = Field(default_factory=dict)
    """Unit -> how its numbers are written, for units such as shares that people read in percent."""


class Grading(Content):
    """A scorecard: which firms, which indicators, with which weights, how scores become grades."""

    id: Id
    name_zh: str
    population: str
    """SQL over ent_base b."""
    indicators: list[Id] | Literal["all"] = "all"
    weights: dict[Id, float] | None = None
    """Small-integer points, normalised; null = the catalogue's expert weights."""
    weighting: Id | None = None
    cuts: list[GradeCut]
    targets: dict[Grade, float]
    coverage_min: float = 0.70
    positive_list: bool = True
    hysteresis: float = Field(default=0.0, ge=0)
    """Points of score by which a cut must be passed before the grade improves against last month's; 0 = off."""
    national_merge: Literal["none", "stricter", "local", "fused"] = "stricter"
    national_fused: dict[Grade, dict[Grade, Grade]] = Field(default_factory=dict)
    """For `fused`: our grade -> the national grade -> the merged one."""
    manual_months: int = Field(default=12, gt=0)
    """The longest life of a manual adjustment."""
    reasons: int = 5
    sentences: Sentences
    label: Label
    standards: Standards = Standards()

    @model_validator(mode="after")
    def _targets_sum(self) -> Grading:
        if abs(sum(self.targets.values()) - 1) > 1e-9:
            raise ValueError("target shares must sum to 1")
        return self
