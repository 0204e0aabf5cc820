"""Reading CSV: whole records as texts with their numbers, broken ones apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv as pa_csv

from yuheng.errors import IntakeError
from yuheng.intake.bombs import check_record
from yuheng.intake.csvlines import Lines, Positions, open_from, scan
from yuheng.intake.plain import Plain, not_utf8
from yuheng.intake.records import HASH, ROW, TEXTS, Broken, Piece
from yuheng.intake.repeats import Repeats
from yuheng.intake.rowhash import of_lines

_HELD = 64 << 20
"""Bytes at most that wait for the end of a quoted field."""
_HOPELESS = 0.5
"""A piece with a larger share of broken records is not the file that was declared."""
_FEW = 20
_POOL = pa.jemalloc_memory_pool() if "jemalloc" in pa.supported_memory_backends() else pa.default_memory_pool()
"""Hands the same pages out again from piece to piece; getting and clearing new ones was a quarter of parsing."""


@dataclass(frozen=True)
class _Layout:
    """What is the same for all pieces of a file."""

    file: str
    head: Sequence[str]
    columns: Sequence[str]
    delimiter: str
    repeats: Repeats


def read(plain: Plain, columns: Sequence[str], delimiter: str, repeats: Repeats) -> Iterator[Piece]:
    """The records of the file; columns whose texts repeat come dictionary-encoded once that is known.

    Raises IntakeError when it is empty, has other columns or is mostly broken.
    """
    head, rest = _header(plain, columns, delimiter)
    layout = _Layout(plain.file, head, columns, delimiter, repeats)
    done = 0
    while True:
        data = plain.read()
        whole = rest + data
        cut = open_from(whole, delimiter) if data else len(whole)
        if data and len(whole) - cut > _HELD:
            cut = whole.rfind(b"\n") + 1
        rest = whole[cut:]
        check_record(plain.file, len(rest))
        if cut:
            piece = _parse(whole, cut, done, layout)
            done += piece.records
            yield piece
        if not data:
            return


def _header(plain: Plain, columns: Sequence[str], delimiter: str) -> tuple[list[str], bytes]:
    data = b""
    while b"\n" not in data:
        more = plain.read()
        data += more
        check_record(plain.file, len(data))
        if not more:
            break
    if not data.strip():
        raise IntakeError("the file is empty.", path=plain.file, todo="Ask for the delivery again.")
    line, _, rest = data.partition(b"\n")
    if refusal := not_utf8(line, 0, plain.file):
        raise refusal
    head = [name.strip() for name in next(csv.reader(io.StringIO(line.decode()), delimiter=delimiter))]
    check_columns(head, columns, plain.file)
    return head, rest


def check_columns(found: Sequence[str], declared: Sequence[str], file: str) -> None:
    """Raises IntakeError naming the columns that are missing, unknown or twice there. Their order is free."""
    missing = [c for c in declared if c not in found]
    unknown = [c for c in found if c not in declared]
    twice = sorted({c for c in found if found.count(c) > 1})
    if not (missing or unknown or twice):
        return
    parts = {"missing": missing, "unknown": unknown, "twice there": twice}
    what = "; ".join(f"{name}: {', '.join(names)}" for name, names in parts.items() if names)
    raise IntakeError(
        f"other columns than declared: {what}.",
        path=file,
        todo="Ask for the declared columns, or mend `columns` of the feed.",
    )


def _parse(whole: bytes, cut: int, done: int, layout: _Layout) -> Piece:
    """The records in the first `cut` bytes of `whole`; nothing is copied where all of them are sound."""
    lines = scan(whole, layout.delimiter, cut)
    part = memoryview(whole)[:cut]
    rows, begins = _numbers(part, lines, done)
    broken = Broken()
    kept: bytes | memoryview = part
    kept_rows = rows[begins]
    if lines.broken.any():
        for i in np.flatnonzero(lines.broken & begins):
            line = whole[int(lines.start[i]) : int(lines.end[i])]
            broken.add(int(rows[i]), "BROKEN_QUOTES", line.decode("utf-8", "replace").rstrip("\r"))
        kept = _without(part, lines)
        kept_rows = rows[begins & ~lines.broken]
    table, short = _table(kept, kept_rows, layout, multiline=bool(lines.continues.any()), done=done)
    for row, text in short:
        broken.add(row, "BROKEN_COLUMNS", text)
    if len(broken) > max(_FEW, _HOPELESS * len(rows[begins])):
        raise IntakeError(
            f"{len(broken)} of {int(begins.sum())} records from record {done + 1} on are broken or do not have "
            f"{len(layout.head)} columns.",
            path=layout.file,
            todo="Compare the delimiter and the quoting with the feed's `format`.",
        )
    table = table.select([*layout.columns, ROW])
    if not len(broken) and not lines.quoted and list(layout.head) == list(layout.columns):
        table = table.append_column(HASH, _hashed(whole, lines, begins, layout.delimiter))
    return Piece(table, broken)


def _hashed(whole: bytes, lines: Lines, begins: np.ndarray, delimiter: str) -> pa.Array:
    """Hashes of records that are a line each, with nothing quoted."""
    start, end = lines.start[begins], lines.end[begins]
    returns = np.frombuffer(whole, np.uint8)[end - 1] == 13
    return of_lines(whole, start, end - returns, delimiter)


def _numbers(part: memoryview, lines: Lines, done: int) -> tuple[Positions, np.ndarray]:
    """The record number of each line, and which lines begin a record (blank lines and continuing ones do not)."""
    length = lines.end - lines.start
    blank = (length == 0) | ((length == 1) & (np.frombuffer(part, np.uint8)[lines.start] == 13))
    begins = ~lines.continues & ~blank
    return done + np.cumsum(begins), begins


def _without(part: memoryview, lines: Lines) -> bytes:
    """`part` without its broken lines."""
    ends = np.append(lines.start[1:], len(part))
    edges = np.flatnonzero(np.diff(np.concatenate(([True], lines.broken, [True])).astype(np.int8)))
    pieces = [part[int(lines.start[a]) : int(ends[b - 1])] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return b"".join(pieces)


def _table(
    kept: bytes | memoryview, rows: Positions, layout: _Layout, *, multiline: bool, done: int
) -> tuple[pa.Table, list[tuple[int, str]]]:
    short: list[tuple[int, str]] = []

    def skip(row: pa_csv.InvalidRow) -> str:
        short.append((int(rows[row.number - 1]), row.text.rstrip("\r\n")))
        return "skip"

    types = {c: TEXTS if c in layout.repeats.columns else pa.string() for c in layout.head}
    if not len(rows):
        return pa.table({**{c: pa.array([], t) for c, t in types.items()}, ROW: pa.array([], pa.int64())}), short
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(kept),
            pa_csv.ReadOptions(use_threads=False, column_names=list(layout.head), block_size=len(kept) + 1),
            pa_csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=multiline, invalid_row_handler=skip),
            pa_csv.ConvertOptions(
                column_types=types,
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
            ),
            memory_pool=_POOL,
        )
    except pa.ArrowInvalid as error:
        refusal = not_utf8(bytes(kept), done, layout.file)
        raise refusal or IntakeError(f"not CSV from record {done + 1} on ({error}).", path=layout.file) from error
    numbers = np.delete(rows, np.searchsorted(rows, [row for row, _ in short])) if short else rows
    if table.num_rows != len(numbers):
        raise IntakeError(
            f"from record {done + 1} on lines end in a way CSV does not have (a lone carriage return).",
            path=layout.file,
            todo="Ask for the file again with line feeds.",
        )
    return table.append_column(ROW, pa.array(numbers, pa.int64())), short
