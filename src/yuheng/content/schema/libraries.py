"""Thematic libraries (专题库): tables of a theme out of standard, derived and rating tables, with a contract."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from yuheng.content.schema.base import Column, Content, Id, Level, SourceId

LibraryId = Annotated[str, StringConstraints(pattern=r"^ZT\d{2}$")]
Floor = Literal["insight", "watch", "inspection", "cases", "exchange", "report"]
"""Parts of the house above the rating, whose results some libraries hold."""


class LibraryCheck(Content):
    """A rule of the contract: `rule` is SQL over the library's own columns, true for a good row; null counts as true.

    One bad row of a `stop` rule keeps the last good slice in place; `flag` only reports.
    """

    id: Id
    rule: str
    action: Literal["stop", "flag"] = "flag"
    reason: str


class Library(Content):
    """One of the 58 libraries: header of a `libraries/*.sql` file; `sql` is its one SELECT."""

    id: LibraryId
    name_zh: str
    name_en: str
    domain: str
    description: str
    grain: str
    keys: list[Id] = Field(min_length=1)
    """Columns that together are unique and never null; checked after each build."""
    sensitivity: Level
    """The level of its rows as a whole; columns may be lower or higher."""
    freshness_days: int = Field(ge=1)
    """Days its newest slice may lag behind the newest of all libraries before the catalogue calls it late."""
    sources: list[SourceId] = Field(default_factory=list)
    """Source systems that feed it; none for results of our own."""
    inputs: list[Id] = Field(default_factory=list)
    codes: list[str] = Field(default_factory=list)
    record: Id | None = None
    """Alias, in the outermost FROM, of the input whose records the rows are: its origin fills the common columns."""
    spine: Id | None = None
    """An input that, when it has rows, must give the library rows."""
    result_of: Floor | None = None
    """The floor that fills the table; it has no SELECT then."""
    columns: dict[Id, Column]
    checks: list[LibraryCheck] = Field(default_factory=list)
    sql: str
    path: str
    line: int

    @property
    def table(self) -> str:
        """Its name in SQL and in the lake's layer `library`."""
        return self.id.lower()

    @model_validator(mode="after")
    def _select_or_result(self) -> Library:
        if bool(self.sql) == bool(self.result_of):
            raise ValueError("a library has either a SELECT or result_of, the floor that fills it")
        if self.result_of and (self.inputs or self.codes or self.record or self.spine):
            raise ValueError("a library that a later floor fills reads nothing: no inputs, codes, record or spine")
        return self
