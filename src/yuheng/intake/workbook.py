"""Reading XLSX: the first sheet, a heading and one record per row."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import cast

import pyarrow as pa

from yuheng.errors import IntakeError
from yuheng.intake.csvfile import check_columns
from yuheng.intake.plain import Plain
from yuheng.intake.records import ROW, Broken, Piece

_ROWS = 50_000
_Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | None
_Row = tuple[_Cell, ...]


def read(plain: Plain, columns: Sequence[str]) -> Iterator[Piece]:
    """The records of the workbook. Raises IntakeError when it is no workbook, empty or has other columns."""
    from openpyxl import load_workbook  # loaded here: it takes half a second, and most commands need none of it
    from openpyxl.utils.exceptions import InvalidFileException

    body = plain.whole()
    if not body:
        raise IntakeError("the file is empty.", path=plain.file, todo="Ask for the delivery again.")
    try:
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        what = f"not a workbook, or cut off ({error})."
        raise IntakeError(what, path=plain.file, todo="Ask for it again.") from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        yield from _records(cast("Iterator[_Row]", rows), columns, plain.file)
    except (zipfile.BadZipFile, KeyError, SyntaxError) as error:
        raise IntakeError(f"the workbook is broken ({error}).", path=plain.file, todo="Ask for it again.") from error
    finally:
        book.close()


def _records(rows: Iterator[_Row], columns: Sequence[str], file: str) -> Iterator[Piece]:
    head = [_text(cell) or "" for cell in next(rows, ())]
    while head and not head[-1]:
        head.pop()
    if not head:
        raise IntakeError("the sheet is empty.", path=file, todo="Ask for the delivery again.")
    check_columns(head, columns, file)
    done = 0
    while part := list(islice(rows, _ROWS)):
        kept = [row for row in part if any(cell is not None for cell in row)]
        piece = _piece(kept, done, head, columns)
        done += piece.records
        yield piece


def _piece(rows: list[_Row], done: int, head: list[str], columns: Sequence[str]) -> Piece:
    broken, whole, numbers = Broken(), [], []
    for number, row in enumerate(rows, start=done + 1):
        if any(cell is not None for cell in row[len(head) :]):
            broken.add(number, "BROKEN_COLUMNS", ",".join(_text(cell) or "" for cell in row))
        else:
            whole.append((*row, *(None,) * (len(head) - len(row)))[: len(head)])
            numbers.append(number)
    cells = list(zip(*whole, strict=True)) if whole else [()] * len(head)
    arrays = {name: pa.array([_text(c) for c in cells[i]], pa.string()) for i, name in enumerate(head)}
    return Piece(pa.table({**{c: arrays[c] for c in columns}, ROW: pa.array(numbers, pa.int64())}), broken)


def _text(cell: _Cell) -> str | None:
    """The cell as a text: whole numbers without a point, dates as ISO."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ").removesuffix(" 00:00:00")
    return cell if isinstance(cell, str) else str(cell)
