"""What a release is: its contents, the checks made on it, who signed it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import sqlalchemy as sa

from yuheng.office.values import fingerprint

ReleaseState = Literal["draft", "checked", "signed", "frozen", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a release publishes: models per grading, lake versions per table (`layer/name`), content and files."""

    as_of: dt.date
    models: Mapping[str, str]
    tables: Mapping[str, int]
    content_version: str
    serving_path: str = ""
    change_list_path: str = ""

    def to_row(self) -> dict[str, object]:
        """Values of the columns of the same names."""
        return {**asdict(self), "models": dict(self.models), "tables": dict(self.tables)}

    def to_json(self) -> dict[str, object]:
        """For the audit chain and --json."""
        return {**self.to_row(), "as_of": self.as_of.isoformat()}


@dataclass(frozen=True, slots=True)
class ReleaseCheck:
    """An anomaly check: passed, or failed and perhaps accepted by somebody with a reason."""

    name: str
    passed: bool
    detail: str = ""
    accepted_by: str = ""
    accepted_reason: str = ""

    @property
    def settled(self) -> bool:
        """Whether it stands in the way no more."""
        return self.passed or bool(self.accepted_by)

    def accepted(self, *, by: str, reason: str) -> ReleaseCheck:
        """The same check, accepted."""
        return replace(self, accepted_by=by, accepted_reason=reason)

    def to_json(self) -> dict[str, object]:
        """For the row of its release."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed when, and the digest of what was signed."""

    signer: str
    signed_at: dt.datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Release:
    """A release with its state. The times are UTC."""

    id: int
    contents: Contents
    state: ReleaseState
    checks: Sequence[ReleaseCheck]
    signatures: Sequence[Signature]
    created_by: str
    created_at: dt.datetime
    frozen_at: dt.datetime | None = field(default=None)

    @property
    def as_of(self) -> dt.date:
        """The day it shows."""
        return self.contents.as_of

    @property
    def tables(self) -> Mapping[str, int]:
        """Lake version per table."""
        return self.contents.tables

    @property
    def models(self) -> Mapping[str, str]:
        """Model version per grading."""
        return self.contents.models

    @property
    def digest(self) -> str:
        """SM3 of contents and checks, 64 hexadecimal digits: what a signature stands for."""
        return fingerprint([self.contents.to_json(), [check.to_json() for check in self.checks]])

    @classmethod
    def from_row(cls, row: sa.RowMapping, signatures: Sequence[Signature]) -> Release:
        """A row of `releases` with its signatures."""
        names = ("as_of", "models", "tables", "content_version", "serving_path", "change_list_path")
        return cls(
            id=row["id"],
            contents=Contents(**{name: row[name] for name in names}),
            state=row["state"],
            checks=tuple(ReleaseCheck(**check) for check in row["checks"]),
            signatures=tuple(signatures),
            created_by=row["created_by"],
            created_at=row["created_at"],
            frozen_at=row["frozen_at"],
        )
