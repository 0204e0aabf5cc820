"""What all kinds of content share: the strict base class, names, a column, a row check."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
SourceId = Annotated[str, StringConstraints(pattern=r"^S-[A-Z0-9]+$")]
ColumnType = Annotated[
    str,
    StringConstraints(
        pattern=r"^(VARCHAR|DATE|TIMESTAMP|SMALLINT|TINYINT|INTEGER|BIGINT|DOUBLE|DECIMAL\(\d+,\d+\))$",
    ),
]
Level = Literal["L1", "L2", "L3", "L4"]


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
