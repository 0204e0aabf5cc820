"""What a reader hands on: raw texts with their record numbers, and the records that could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

ROW = "__row"
"""1-based number of the record in its file: the heading and blank lines do not count, broken records do."""
HASH = "row_hash"
"""Hash of a record's raw texts (`rowhash`)."""
TEXTS = pa.dictionary(pa.int32(), pa.string())
"""Type of a raw column whose texts repeat; others are plain strings."""


@dataclass
class Broken:
    """Records a reader could not split into fields: where, why (a code of `quarantine_reason`), and the raw text."""

    rows: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def add(self, row: int, reason: str, text: str) -> None:
        """Note one record."""
        self.rows.append(row)
        self.reasons.append(reason)
        self.texts.append(text)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass
class Piece:
    """A part of a file: `table` has the feed's columns as texts (blank = null), `__row` and perhaps `row_hash`."""

    table: pa.Table
    broken: Broken

    @property
    def records(self) -> int:
        """Whole and broken records."""
        return int(self.table.num_rows) + len(self.broken)
