"""Tables: standard ones with their checks, derived ones with their SELECT, the databases that hold them, the terms."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from yuheng.content.schema.base import Check, Column, Content, Id


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
    checks: list[Check] = Field(default_factory=list)

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


class Database(Content):
    """One of the 45 databases: which standard tables it holds and who answers for it."""

    id: Annotated[str, StringConstraints(pattern=r"^DB\d{2}$")]
    name_zh: str
    owner: str
    tables: list[Id] = Field(default_factory=list)
    filled_by: str | None = None
    """Without standard tables: the floors of the house whose results and records it holds."""


class DerivedTable(Content):
    """A table of floor 4 built as of D: header of a `derived/*.sql` file; `sql` is its one SELECT."""

    name: Id
    name_zh: str
    description: str
    grain: str
    keys: list[Id] = Field(default_factory=list)
    """Columns that together are unique."""
    inputs: list[Id]
    codes: list[str] = Field(default_factory=list)
    """Code lists read by the SQL."""
    method: str = "sql"
    """`sql`, or `graph` for tables computed by the compiled graph library from the SQL's edges."""
    snapshot: bool = False
    """True for monthly feature tables: one row per firm with a snapshot_date."""
    columns: dict[Id, Column]
    sql: str
    path: str
    line: int


class Term(Content):
    """A term of the field: the English name used in code and documents, tied to its Chinese one."""

    id: Id
    name_zh: str
    name_en: str
    note: str = ""
