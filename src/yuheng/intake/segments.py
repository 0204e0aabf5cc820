"""Deliveries cut into segments of about a million records, so that memory does not grow with a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yuheng.errors import CryptoError, IntakeError
from yuheng.intake.atoms import RECEIVED
from yuheng.intake.delivery import Delivery, pieces
from yuheng.intake.landed import LandedFiles
from yuheng.intake.plan import BATCH
from yuheng.intake.records import HASH, ROW, Broken, Piece
from yuheng.intake.repeats import Repeats
from yuheng.intake.rowhash import of_columns

SEGMENT = 1_000_000
"""Records of a segment, about."""


@dataclass
class Segment:
    """Raw records of one feed: the columns as texts, `__batch`, `__row`, `__received`, `row_hash`; the broken ones."""

    tables: list[pa.Table] = field(default_factory=list)
    broken: list[tuple[Delivery, Broken]] = field(default_factory=list)
    rows: int = 0

    def add(self, delivery: Delivery, piece: Piece) -> None:
        """One more piece of a file."""
        number = piece.table.num_rows
        table = piece.table
        if HASH not in table.column_names:
            table = table.append_column(HASH, of_columns([table[c] for c in delivery.plan.feed.columns]))
        constant = {
            BATCH: pa.array(np.full(number, delivery.no, np.int32)),
            RECEIVED: pa.repeat(pa.scalar(delivery.batch.received, pa.date32()), number),
        }
        for name, values in constant.items():
            table = table.append_column(name, values)
        self.tables.append(table)
        self.rows += number
        if len(piece.broken):
            self.broken.append((delivery, piece.broken))

    def drop(self, delivery: Delivery) -> None:
        """Takes the records of a refused file out again."""
        self.tables = [t for t in self.tables if not (t.num_rows and t[BATCH][0].as_py() == delivery.no)]
        self.broken = [(d, b) for d, b in self.broken if d is not delivery]
        self.rows = sum(t.num_rows for t in self.tables)

    def raw(self) -> pa.Table | None:
        """All whole records, None when there are none."""
        if not self.rows:
            return None
        columns = {name: _alike([t[name] for t in self.tables]) for name in self.tables[0].column_names}
        return pa.table(columns)


def segments(
    deliveries: Sequence[Delivery], files: LandedFiles, only: Mapping[str, pa.Array] | None = None
) -> Iterator[Segment]:
    """Reads the deliveries of one feed one after another. A file that cannot be taken gets its `refusal`.

    `only`: batch id → record numbers to read (replay); the other records are not handed on and not counted.
    """
    segment, repeats = Segment(), Repeats(deliveries[0].plan.atoms.by_column())
    for delivery in deliveries:
        try:
            for piece in pieces(delivery, files, repeats):
                repeats.look(piece.table)
                kept = piece if only is None else _only(piece, only[delivery.batch.id])
                delivery.records += kept.records
                segment.add(delivery, kept)
                if segment.rows >= SEGMENT:
                    yield segment
                    segment = Segment()
        except (IntakeError, CryptoError) as error:
            delivery.refusal = str(error)
            segment.drop(delivery)
    if segment.rows or segment.broken:
        yield segment


def _alike(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """The parts below each other; where only some are dictionary-encoded all become so."""
    kinds = {part.type for part in parts}
    if len(kinds) > 1:
        parts = [part if pa.types.is_dictionary(part.type) else part.dictionary_encode() for part in parts]
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)


def _only(piece: Piece, rows: pa.Array) -> Piece:
    table = piece.table.filter(pc.is_in(piece.table[ROW], value_set=rows))
    wanted = set(rows.to_pylist()) if len(piece.broken) else set()
    broken = Broken()
    for row, reason, text in zip(piece.broken.rows, piece.broken.reasons, piece.broken.texts, strict=True):
        if row in wanted:
            broken.add(row, reason, text)
    return Piece(table, broken)
