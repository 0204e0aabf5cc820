"""Identity as content: how addresses and firm names are written, how records without a code are compared."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from yuheng.content.schema.base import Content, Id


class Digits(Content):
    """Chinese digits and the Arabic ones they become, character by character."""

    from_: str = Field(alias="from")
    to: str

    @model_validator(mode="after")
    def _same_length(self) -> Digits:
        if len(self.from_) != len(self.to):
            raise ValueError("`from` and `to` must have the same number of characters")
        return self


class RegionEnds(Content):
    """What a region's name may be written without."""

    province: list[str]
    city: list[str]
    county: list[str]


class AddressGrammar(Content):
    """identity/address.yaml: the words that end the parts of an address, and those that say nothing about the place."""

    schema_version: Literal[1]
    ignored: str
    digits: Digits
    counted: list[str]
    region_ends: RegionEnds
    peoples: list[str]
    """Peoples in the names of autonomous regions, which people leave out."""
    town: list[str]
    village: list[str]
    group: list[str]
    road: list[str]
    road_section: list[str]
    lane: list[str]
    number: list[str]
    not_number: list[str]
    building: list[str]
    unit: list[str]
    floor: list[str]
    room: list[str]
    place: list[str]
    crossing: list[str]
    near: list[str]
    common: list[str]
    light: str
    light_weight: float = Field(gt=0)
    rare_weight: float = Field(gt=0)


class NameGrammar(Content):
    """identity/names.yaml: the words that end a firm's name, its branch's, and those that tell a trade."""

    schema_version: Literal[1]
    heads: list[list[str]]
    branches: list[str]
    forms: list[str]
    same_forms: list[list[str]]
    trades: list[str]


class PairModelCard(Content):
    """identity/address_pairs.yaml: what the fitted trees of identity/address_pairs.csv mean and how they did.

    `features` in the order of the trees' columns; `weights` multiply the class probabilities before the largest is
    taken (fitted for macro F1); `measured` are figures of the fit, for people.
    """

    schema_version: Literal[1]
    features: list[Id]
    base: list[float]
    weights: list[float]
    baseline_cuts: list[float]
    """Character similarity from which a pair is partial, and from which it is the same."""
    measured: dict[str, float]


class Thresholds(Content):
    """Scores from which a link is made without asking, and from which people are asked (Q07)."""

    auto: float = Field(gt=0, lt=1)
    queue: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _ordered(self) -> Thresholds:
        if self.queue >= self.auto:
            raise ValueError("`queue` must lie below `auto`")
        return self


class CompareLevel(Content):
    """One outcome of a comparison, tried in order; the last has no `when`.

    `same`: share of the pairs of one firm with this outcome, `chance`: share of pairs at random; fitted by
    bench/fit_linking.py. `rare`: a column whose rare values count for more. `against`: two firms, whatever else is
    alike.
    """

    id: Id
    name_zh: str
    when: str | None = None
    same: float = Field(gt=0, lt=1)
    chance: float = Field(gt=0, lt=1)
    rare: Id | None = None
    against: bool = False


class Comparison(Content):
    """What is compared of two records; `unknown` is SQL that is true where one of them does not say."""

    id: Id
    name_zh: str
    unknown: str
    levels: list[CompareLevel] = Field(min_length=2)

    @model_validator(mode="after")
    def _last_is_else(self) -> Comparison:
        if self.levels[-1].when is not None or any(level.when is None for level in self.levels[:-1]):
            raise ValueError("every level but the last needs `when`, the last has none")
        return self


class LinkingRules(Content):
    """identity/linking.yaml: how records without a code are compared; SQL over `<column>_l` and `<column>_r`."""

    schema_version: Literal[1]
    thresholds: Thresholds
    prior: float = Field(gt=0, lt=1)
    """Probability that two records at random are about one firm."""
    blocking: list[list[Id]] = Field(min_length=1)
    """Pairs are compared when all columns of one of these lists are equal."""
    comparisons: list[Comparison] = Field(min_length=1)


IDENTITY: dict[str, type[Content]] = {
    "address.yaml": AddressGrammar,
    "address_pairs.yaml": PairModelCard,
    "linking.yaml": LinkingRules,
    "names.yaml": NameGrammar,
}
"""Files of the folder identity/ and what each holds."""
