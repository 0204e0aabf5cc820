"""Source systems, their feeds, and how a raw row becomes a row of a standard table."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from yuheng.content.schema.base import Check, Content, Id, SourceId
from yuheng.content.schema.pull import Pull


class FileFormat(Content):
    """How a feed's files look."""

    kind: Literal["csv", "xlsx", "jsonl", "json", "xml", "parquet"]
    encoding: Literal["utf-8", "gb18030", "big5", "utf-16"] = "utf-8"
    delimiter: str = ","
    """What separates the fields of a CSV line; a tab for TSV."""
    rows: str = ""
    """JSON: where in the answer the list of objects is, keys joined by dots; empty = the file is the list."""
    row: str = "row"
    """XML: name of the element that is a record; its fields are its child elements or its attributes."""


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
    required: list[Id] = Field(default_factory=list)
    """Standard columns that must not be null: else the row goes to quarantine."""
    ignore: dict[str, str] = Field(default_factory=dict)
    """Raw columns not mapped, each with the reason."""
    nulls: dict[Id, str] = Field(default_factory=dict)
    """Standard columns this feed cannot fill, each with the reason."""
    checks: list[Check] = Field(default_factory=list)
    simulated_mark: str | None = "DATAMARK"
    population: str | None = None
    """SQL over raw columns; where false the row is out of population: counted and kept in landing, not in the table."""
    volume: tuple[int, int] | None = None
    """Expected rows per delivery (low, high)."""
    agreed: dict[Id, Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=dict)
    """Standard columns → share of rows agreed with the source to have a value."""
    pull: Pull | None = None
    """How its rows are fetched from the source; None: the source delivers files into the inbox."""


class Source(Content):
    """A source system of domain §3.1 with its feeds."""

    id: SourceId
    name_zh: str
    owner: str
    legal_basis: str
    extract_of: SourceId | None = None
    """The source system whose records it brings by another way (a public or historic extract): no system of its own."""
    share_category: int | None = None
    transport: Literal["file", "database", "api", "mq", "crawl"] = "file"
    regions: list[str] = Field(default=[""])
    """Region prefixes for which the source is connected ('' = everywhere)."""
    feeds: list[Feed]
