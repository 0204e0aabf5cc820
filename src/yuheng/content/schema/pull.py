"""How a feed's rows are fetched from the source system, where they are not delivered as files by the source itself.

The columns fetched are the feed's `columns`; what is fetched becomes delivery files in the feed's `format`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, model_validator

from yuheng.content.schema.base import Content


class Paging(Content):
    """How an interface is asked for one page after the other."""

    style: Literal["page", "offset", "cursor"]
    """page: number of the page; offset: rows to pass over; cursor: a token of the answer before."""
    param: str
    """Parameter that takes the number, the offset or the token."""
    size_param: str = "size"
    size: int = Field(default=500, ge=1, le=100_000)
    """Rows of a page; a connection may set another."""
    first: int = 1
    """Number of the first page (style page)."""
    next: str | None = None
    """Dotted path of the next token in the answer (style cursor); empty or absent there on the last page."""

    @model_validator(mode="after")
    def _cursor(self) -> Paging:
        if (self.style == "cursor") != (self.next is not None):
            raise ValueError("`next` belongs to style cursor, and only to it")
        return self


class ApiMark(Content):
    """How an interface is asked for what is new: rows whose `field` is at or above the mark, in rising order."""

    param: str
    field: str
    """A column of the feed, or a field beside them (a running number of the interface) that goes into no file."""
    number: bool = False
    """Compared as a whole number; else as text (ISO times)."""
    overlap_days: int = Field(default=0, ge=0, le=366)
    """Days read again before the mark, for rows that come late; what is there already counts as duplicate."""

    @model_validator(mode="after")
    def _overlap(self) -> ApiMark:
        if self.number and self.overlap_days:
            raise ValueError("`overlap_days` needs a mark that is a time, not a number")
        return self


class ApiPull(Content):
    """A paged interface over HTTP."""

    kind: Literal["api"]
    path: str
    """Path below the connection's address."""
    params: dict[str, str] = Field(default_factory=dict)
    """Constant parameters."""
    paging: Paging
    rows: str = "rows"
    """Dotted path of the list of rows in the answer; empty: the answer itself is the list."""
    file_rows: int = Field(default=50_000, ge=1, le=1_000_000)
    """Rows of one delivery file, up to the end of a page."""
    total: str | None = None
    """Dotted path of the number of all rows; checked against what came."""
    ok: str | None = None
    """Dotted path of the answer's own result code."""
    ok_values: list[str] = Field(default_factory=lambda: ["0", "200"])
    """Its values for success."""
    mark: ApiMark | None = None
    """None: everything is fetched each time; the same rows again count as duplicates."""
    rename: dict[str, str] = Field(default_factory=dict)
    """Column of the feed -> its field in the answer, where they differ."""
    envelope: list[str] = Field(default_factory=list)
    """Fields of each row that belong to the interface, not to the record."""
    clock: str | None = None
    """Dotted path of the server's own time, if it gives one beside the `Date` header."""


class TablePull(Content):
    """A table or view of the source's (exchange) database."""

    kind: Literal["table"]
    table: str
    """Name, with schema where needed."""
    mark: str
    """Column that only grows: running number or time of writing."""
    number: bool = True
    """The mark is a whole number; else a time."""
    key: str | None = None
    """Column that orders rows with the same mark; needed where the mark is a time."""
    taken: str | None = None
    """Exchange tables: column set from 0 to 1 once the rows are safe here; only rows not taken are read."""
    rows: int = Field(default=50_000, ge=1, le=1_000_000)
    """Rows of one delivery file."""
    rename: dict[str, str] = Field(default_factory=dict)
    """Column of the feed -> its name in the table, where they differ."""
    envelope: list[str] = Field(default_factory=list)
    """Columns of the table that belong to the exchange, not to the record (mark, key and taken always do)."""
    overlap: int = Field(default=0, ge=0)
    """Read again from so far before the mark (numbers, or seconds), for rows that were committed late; what is there
    already counts as duplicate. Exchange tables need none: what is not taken is read whatever its number."""

    @model_validator(mode="after")
    def _order(self) -> TablePull:
        if self.taken is not None and not self.number:
            raise ValueError("`taken` needs a mark that is a running number: rows are marked by it")
        if not self.number and self.key is None:
            raise ValueError("a mark that is a time needs `key`: rows of the same time are told apart by it")
        return self


class SftpPull(Content):
    """Files of a folder of an SFTP server."""

    kind: Literal["sftp"]
    folder: str
    pattern: str | None = None
    """Names of the files there; None: the feed's pattern."""


class FolderPull(Content):
    """Files of a folder this machine can read (a share, a mounted disk)."""

    kind: Literal["folder"]
    folder: str = ""
    """Below the connection's address (file:///…)."""
    pattern: str | None = None


class MqttPull(Content):
    """JSON messages of a topic: one object, or a list of objects, per message."""

    kind: Literal["mqtt"]
    topic: str
    qos: Literal[1, 2] = 1
    share: str | None = None
    """Group of a shared subscription."""
    idle_seconds: float = Field(default=5.0, gt=0)
    """Without a message for so long the pull ends."""
    messages: int = Field(default=10_000, ge=1, le=1_000_000)
    """Messages of one delivery file at most."""
    rename: dict[str, str] = Field(default_factory=dict)
    envelope: list[str] = Field(default_factory=list)


class WebField(Content):
    """Where a column's value stands on a page; exactly one of `tag`, `meta`, `page`, `value`."""

    tag: str | None = None
    """Text of the first element of this name …"""
    class_: str | None = Field(default=None, alias="class")
    """… that has this class."""
    attr: str | None = None
    """Value of this attribute instead of the text."""
    meta: str | None = None
    """Content of <meta name=…> or <meta property=…>."""
    page: Literal["url", "url_hash", "host", "fetched_at", "etag", "last_modified", "content_hash"] | None = None
    """What the fetch itself knows."""
    value: str | None = None
    """A constant."""
    pattern: str | None = None
    """Regular expression; its first group is the value."""

    @model_validator(mode="after")
    def _one(self) -> WebField:
        if sum(part is not None for part in (self.tag, self.meta, self.page, self.value)) != 1:
            raise ValueError("give exactly one of `tag`, `meta`, `page`, `value`")
        return self


class WebPull(Content):
    """Public pages: lists of links, and the pages they lead to, one row per page."""

    kind: Literal["web"]
    start: list[str] = Field(min_length=1)
    """Paths of the list pages below the connection's address."""
    link: str
    """Regular expression of the paths worth reading."""
    next: str | None = None
    """Regular expression of the paths of further list pages."""
    pages: int = Field(default=2_000, ge=1, le=100_000)
    """Pages read in one pull at most; the next pull goes on."""
    revisit_days: int = Field(default=7, ge=0)
    """Pages read within so many days are not asked for again; later they are asked with their ETag."""
    fields: dict[str, WebField]
    """Column of the feed -> where it stands."""


Pull = Annotated[
    ApiPull | TablePull | SftpPull | FolderPull | MqttPull | WebPull,
    Discriminator("kind"),
]
