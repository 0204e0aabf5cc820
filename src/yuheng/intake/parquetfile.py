"""Reading Parquet: every column as texts, a part at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from yuheng.errors import IntakeError
from yuheng.intake.bombs import Guard
from yuheng.intake.csvfile import check_columns
from yuheng.intake.plain import Plain
from yuheng.intake.records import ROW, Broken, Piece
from yuheng.intake.spool import spooled

_ROWS = 50_000
_GROUP = 2 << 30
"""Bytes of a row group at most, unpacked."""


def read(plain: Plain, columns: Sequence[str]) -> Iterator[Piece]:
    """The rows of the file as texts: dates in ISO form, yes and no as 1 and 0, whole floats without a point.

    Raises IntakeError when it is no Parquet, has other columns, nested ones, or unfolds beyond all measure.
    """
    with spooled(plain.binary()) as (body, size):
        if not size:
            raise IntakeError("the file is empty.", path=plain.file, todo="Ask for the delivery again.")
        try:
            yield from _records(body, size, columns, plain.file)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, ValueError) as error:
            what = f"not Parquet, or broken ({str(error).splitlines()[0]})."
            raise IntakeError(what, path=plain.file, todo="Ask for it again.") from error


def _records(body: BinaryIO, size: int, columns: Sequence[str], file: str) -> Iterator[Piece]:
    parquet = pq.ParquetFile(body)
    schema = parquet.schema_arrow
    check_columns(schema.names, columns, file)
    if nested := [f.name for f in schema if pa.types.is_nested(f.type)]:
        what = f"columns that are no single values: {', '.join(nested)}."
        raise IntakeError(what, path=file, todo="Ask for them as texts.")
    _check_groups(parquet, file)
    guard, done = Guard(file, size), 0
    for batch in parquet.iter_batches(batch_size=_ROWS, columns=list(columns)):
        table = pa.table({c: _texts(batch.column(c), c, file) for c in columns})
        guard.gave(table.nbytes)
        numbers = pa.array(np.arange(done + 1, done + 1 + table.num_rows), pa.int64())
        done += table.num_rows
        yield Piece(table.append_column(ROW, numbers), Broken())


def _check_groups(parquet: pq.ParquetFile, file: str) -> None:
    for number in range(parquet.num_row_groups):
        size = parquet.metadata.row_group(number).total_byte_size
        if size > _GROUP:
            what = f"row group {number} unfolds to {size:,} bytes; at most {_GROUP >> 30} GiB are read at a time."
            raise IntakeError(what, path=file, todo="Ask for the file with smaller row groups.")


def _texts(values: pa.Array, name: str, file: str) -> pa.Array:
    """The values as texts. Raises IntakeError naming the column when they cannot be."""
    try:
        from yuheng.transport.texts import texts  # loaded here: it brings the clients of all transports

        return texts(values)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        what = f"the column {name} ({values.type}) cannot be read as text."
        raise IntakeError(what, path=file, todo="Ask for it as UTF-8 text.") from error
