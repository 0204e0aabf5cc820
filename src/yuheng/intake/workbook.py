"""Reading XLSX: the first sheet, a heading and one record per row. Formulas are seen and never computed."""

from __future__ import annotations

import datetime as dt
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, cast

import pyarrow as pa

from yuheng.errors import IntakeError
from yuheng.intake.bombs import check_ratio
from yuheng.intake.csvfile import check_columns
from yuheng.intake.plain import Plain
from yuheng.intake.records import ROW, Broken, Piece
from yuheng.intake.spool import spooled

_ROWS = 50_000
_SHARED = 1 << 30
"""Bytes of texts at most that a workbook may hold in one part: they are read into memory."""
_Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | None
_Row = tuple[_Cell, ...]
_PLAIN = (str, int, float, bool, dt.datetime, dt.date, dt.time, dt.timedelta)
"""What cells hold; openpyxl has objects of its own for formulas over ranges."""


def read(plain: Plain, columns: Sequence[str]) -> Iterator[Piece]:
    """The records of the workbook. Raises IntakeError when it is no workbook, empty or has other columns."""
    from openpyxl import load_workbook  # loaded here: it takes half a second, and most commands need none of it
    from openpyxl.utils.exceptions import InvalidFileException

    with spooled(plain.binary()) as (body, size):
        if not size:
            raise IntakeError("the file is empty.", path=plain.file, todo="Ask for the delivery again.")
        try:
            _check_parts(body, size, plain.file)
            book = load_workbook(body, read_only=True, data_only=False)
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError, OSError) as error:
            what = f"not a workbook, or cut off ({error})."
            raise IntakeError(what, path=plain.file, todo="Ask for it again.") from error
        try:
            rows = book.worksheets[0].iter_rows(values_only=True)
            yield from _records(cast("Iterator[_Row]", rows), columns, plain.file)
        except (zipfile.BadZipFile, zlib.error, IndexError, KeyError, SyntaxError, ValueError) as error:
            what = f"the workbook is broken ({error})."
            raise IntakeError(what, path=plain.file, todo="Ask for it again.") from error
        finally:
            book.close()


def _check_parts(body: BinaryIO, size: int, file: str) -> None:
    """Raises IntakeError for a workbook whose parts unfold beyond all measure."""
    with zipfile.ZipFile(body) as parts:
        infos = parts.infolist()
    check_ratio(file, size, sum(info.file_size for info in infos))
    for info in infos:
        if "sheet" not in info.filename and info.file_size > _SHARED:
            what = f"its part {info.filename} has {info.file_size:,} bytes; a workbook is no place for so many."
            raise IntakeError(what, path=file, todo="Ask for the rows as CSV.")


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
        if reason := _unfit(row, len(head)):
            broken.add(number, reason, ",".join(_text(cell) or "" for cell in row))
        else:
            whole.append((*row, *(None,) * (len(head) - len(row)))[: len(head)])
            numbers.append(number)
    cells = list(zip(*whole, strict=True)) if whole else [()] * len(head)
    arrays = {name: pa.array([_text(c) for c in cells[i]], pa.string()) for i, name in enumerate(head)}
    return Piece(pa.table({**{c: arrays[c] for c in columns}, ROW: pa.array(numbers, pa.int64())}), broken)


def _unfit(row: _Row, width: int) -> str:
    """Why a row is no record: cells beyond the heading, or a formula (its result is the sender's, not a fact)."""
    if any(cell is not None for cell in row[width:]):
        return "BROKEN_COLUMNS"
    return "FORMULA" if any(_is_formula(cell) for cell in row) else ""


def _is_formula(cell: _Cell) -> bool:
    if isinstance(cell, str):
        return cell.startswith("=")
    return cell is not None and not isinstance(cell, _PLAIN)


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
    if isinstance(cell, str):
        return cell
    return str(cell) if isinstance(cell, _PLAIN) else f"={getattr(cell, 'text', '') or ''}"  # an array formula
