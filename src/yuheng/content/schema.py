"""The shapes of content: one strict pydantic class per kind, so that a misspelt field is an error, not a silence."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
SourceId = Annotated[str, StringConstraints(pattern=r"^S-[A-Z0-9]+$")]
ColumnType = Annotated[
    str,
    StringConstraints(
        pattern=r"^(VARCHAR|DATE|TIMESTAMP|SMALLINT|TINYINT|INTEGER|BIGINT|DOUBLE|DECIMAL\(\d+,\d+\))$",
    ),
]
Level = Literal["L1", "L2", "L3", "L4"]
Grade = Literal["A", "B", "C", "D"]


class Content(BaseModel):
    """Base of every kind: unknown fields are refused, objects are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Column(Content):
    """One column of a standard or derived table."""

    name: Id
    type: ColumnType
    name_zh: str
    level: Level = "L2"
    nullable: bool = True
    codes: str | None = None
    """Code list the values come from."""
    description: str = ""


class Check(Content):
    """A row check: `rule` is SQL that is true for a good row; null counts as true.

    A standard table's rule reads its own columns and the system columns event_date and known_from; a feed's rule reads
    raw columns, and `:received`, the day the file was landed. Action `repair` says that the mapping mends what the rule
    finds: the row is kept and counted as repaired.
    """

    id: str
    rule: str
    action: Literal["quarantine", "flag", "repair", "stop"] = "quarantine"
    reason: str
    dimension: Literal["complete", "valid", "unique", "consistent", "timely", "accurate"] = "valid"


class StandardTable(Content):
    """A standard table: business columns; the system columns (two clocks, origin) come with every table."""

    id: Id
    name_zh: str
    database: str
    entity: bool = True
    """False for tables that are not about one firm (addresses, calendars)."""
    event_date: Id
    """Business column whose value is the fact's own date."""
    event_date_else: Id | None = None
    """Where that column is null: another date column, or `known_from`."""
    columns: list[Column]
    checks: list[Check] = []

    @model_validator(mode="after")
    def _dates_are_columns(self) -> StandardTable:
        names = {c.name for c in self.columns}
        if len(names) < len(self.columns):
            raise ValueError(f"a column stands twice in table {self.id}")
        if self.event_date not in names:
            raise ValueError(f"event_date: no column {self.event_date!r} in table {self.id}")
        if self.event_date_else not in {*names, "known_from", None}:
            raise ValueError(f"event_date_else: no column {self.event_date_else!r} in table {self.id}")
        return self


class FileFormat(Content):
    """How a feed's files look."""

    kind: Literal["csv", "xlsx", "jsonl"]
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    delimiter: str = ","


class CodeMap(Content):
    """A raw value translated by a code list."""

    code: str
    """Code list (content/codes)."""
    of: str
    """SQL over raw columns."""
    from_column: str = "local"
    to_column: str = "code"
    unknown: Literal["quarantine", "null", "keep", "default"] = "quarantine"
    default: str | None = None
    split: str | None = None
    """Separator when the raw value is a list; the parts are translated one by one and joined with ','."""


class TokenMap(Content):
    """A personal number replaced by its keyed hash before it reaches any table."""

    token: Literal["id", "phone"]
    of: str
    otherwise: str | None = None
    """SQL of the value kept as it is where `of` is null (a company's credit code beside persons' numbers)."""


def _mapping_kind(value: object) -> str:
    if isinstance(value, dict):
        return "token" if "token" in value else "code"
    if isinstance(value, CodeMap | TokenMap):
        return "code" if isinstance(value, CodeMap) else "token"
    return "sql"


Mapping = Annotated[
    Annotated[str, Tag("sql")] | Annotated[CodeMap, Tag("code")] | Annotated[TokenMap, Tag("token")],
    Discriminator(_mapping_kind),
]


class Link(Content):
    """Raw SQL expressions that may tell which firm a row is about, tried in the order of `yuheng.identity`."""

    uscc: str | None = None
    pripid: str | None = None
    regno: str | None = None
    name: str | None = None
    region: str | None = None
    legal_rep: str | None = None
    registers: bool = False
    """True for the register itself: its rows create entities."""


class Feed(Content):
    """One kind of extract of a source system and its way into a standard table.

    All SQL here reads raw columns, which are texts; nothing reads a mapped column.
    """

    id: Id
    name_zh: str
    table: Id
    pattern: str
    format: FileFormat
    frequency: Literal["realtime", "daily", "weekly", "monthly", "once"]
    columns: list[str]
    key: list[str]
    """Raw SQL expressions that together identify a record at the source."""
    op: str | None = None
    stamp: str | None = None
    """Raw column with the source's own update time; without it the event date counts (known_basis ASSUMED_LAG)."""
    lag_days: int = Field(default=0, ge=0)
    link: Link
    map: dict[Id, Mapping]
    required: list[Id] = []
    """Standard columns that must not be null: else the row goes to quarantine."""
    ignore: dict[str, str] = {}
    """Raw columns not mapped, each with the reason."""
    nulls: dict[Id, str] = {}
    """Standard columns this feed cannot fill, each with the reason."""
    checks: list[Check] = []
    simulated_mark: str | None = "DATAMARK"
    population: str | None = None
    """SQL over raw columns; where false the row is out of population: counted and kept in landing, not in the table."""
    volume: tuple[int, int] | None = None
    """Expected rows per delivery (low, high)."""


class Source(Content):
    """A source system of domain §3.1 with its feeds."""

    id: SourceId
    name_zh: str
    owner: str
    legal_basis: str
    share_category: int | None = None
    transport: Literal["file", "database", "api", "mq", "crawl"] = "file"
    regions: list[str] = [""]
    """Region prefixes for which the source is connected ('' = everywhere)."""
    feeds: list[Feed]


class Database(Content):
    """One of the 45 databases: which standard tables it holds and who answers for it."""

    id: Annotated[str, StringConstraints(pattern=r"^DB\d{2}$")]
    name_zh: str
    owner: str
    tables: list[Id] = []


class Term(Content):
    """A term of the field: the English name used in code and documents, tied to its Chinese one."""

    id: Id
    name_zh: str
    name_en: str
    note: str = ""


class DerivedTable(Content):
    """A table of floor 4 built as of D: header of a `derived/*.sql` file; `sql` is its one SELECT."""

    name: Id
    name_zh: str
    description: str
    grain: str
    keys: list[Id] = []
    """Columns that together are unique."""
    inputs: list[Id]
    codes: list[str] = []
    """Code lists read by the SQL."""
    method: str = "sql"
    """`sql`, or `graph` for tables computed by the compiled graph library from the SQL's edges."""
    snapshot: bool = False
    """True for monthly feature tables: one row per firm with a snapshot_date."""
    columns: dict[Id, Column]
    sql: str
    path: str
    line: int


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
    authority: list[tuple[float, float]] = []


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
    delphi: dict[Id, list[DelphiRound]] = {}
    delphi_stop: DelphiStop = DelphiStop()
    methods: list[Literal["entropy", "critic", "cv", "pca", "independence", "supervised"]] = ["entropy", "critic"]
    methods_unlabelled: list[Literal["entropy", "critic", "cv", "pca", "independence"]] = []
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


class Sentences(Content):
    """Chinese sentences of an explanation; fields in braces are filled in by `yuheng.rating.explain`."""

    valued: str
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
    unit_words: dict[str, dict[str, str]] = {}
    """Unit -> value -> word, for units such as 0/1 that are no measure."""


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
    national_fused: dict[Grade, dict[Grade, Grade]] = {}
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


class IndicatorCase(Content):
    """An expert's test: rows in, value, case and points out."""

    name: str
    indicator: Id
    as_of: dt.date
    firm: dict[Id, str | int | float | dt.date | None] = {}
    """Columns of ent_base that differ from the default firm of the file."""
    given: dict[Id, list[dict[Id, str | int | float | dt.date | None]]] = {}
    connected: bool = True
    value: float | None = None
    case: Literal["valued", "zero", "missing", "null", "not_applicable", "not_connected"]
    points: int | None = None


def _fraction(cell: object) -> float:
    if isinstance(cell, str) and re.fullmatch(r"\d+/\d+", cell):
        top, bottom = cell.split("/")
        return int(top) / int(bottom)
    if isinstance(cell, int | float):
        return float(cell)
    raise ValueError(f"not a number or fraction: {cell!r}")
