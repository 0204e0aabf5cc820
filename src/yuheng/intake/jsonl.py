"""Reading JSON lines: one object per line; its values as texts."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from yuheng.errors import IntakeError
from yuheng.intake.bombs import check_record
from yuheng.intake.csvlines import scan
from yuheng.intake.plain import Plain, not_utf8
from yuheng.intake.records import ROW, Broken, Piece
from yuheng.sql import identifier, literal

_NO_QUOTES = "\0"
_LOCAL = threading.local()


def read(plain: Plain, columns: Sequence[str]) -> Iterator[Piece]:
    """The records of the file; a file without any byte has none. A value that is an object or list comes as JSON text.

    Raises IntakeError for a key that is not declared, and for a declared one that no object of the file has.
    """
    done, rest = 0, b""
    missing = set(columns)
    while True:
        data = plain.read()
        whole = rest + data
        cut = whole.rfind(b"\n") + 1 if data else len(whole)
        part, rest = whole[:cut], whole[cut:]
        check_record(plain.file, len(rest))
        if part.strip():
            piece, keys = _parse(_session(), part, done, columns, plain.file)
            missing -= keys
            done += piece.records
            yield piece
        if not data:
            break
    if done and missing and missing != set(columns):
        raise IntakeError(
            f"other columns than declared: missing: {', '.join(c for c in columns if c in missing)}.",
            path=plain.file,
            todo="Ask for the declared columns, or mend `columns` of the feed.",
        )


def _session() -> duckdb.DuckDBPyConnection:
    """DuckDB as a JSON reader, one per thread: starting one costs more than reading a small file."""
    if not hasattr(_LOCAL, "con"):
        _LOCAL.con = duckdb.connect(config={"threads": 1})
        _LOCAL.con.execute("set enable_progress_bar = false")
    con: duckdb.DuckDBPyConnection = _LOCAL.con
    return con


def _parse(
    con: duckdb.DuckDBPyConnection, part: bytes, done: int, columns: Sequence[str], file: str
) -> tuple[Piece, set[str]]:
    if refusal := not_utf8(part, done, file):
        raise refusal
    con.register("lines", _lines(part, done))
    con.execute(
        f"create or replace temp table whole as select {ROW}, line from lines "
        "where case when json_valid(line) then json_type(line) = 'OBJECT' else false end"
    )
    keys = {k for (k,) in con.execute("select distinct unnest(json_keys(line)) from whole").fetchall()}
    if unknown := sorted(keys - set(columns)):
        raise IntakeError(
            f"other columns than declared: unknown: {', '.join(unknown)}.",
            path=file,
            todo="Mend `columns` of the feed, or ask what the new ones mean.",
        )
    paths = ", ".join(literal(f'$."{c}"') for c in columns)
    picked = ", ".join(f"nullif(v[{i}], '') as {identifier(c)}" for i, c in enumerate(columns, start=1))
    values = f"select json_extract_string(line, [{paths}]) as v, {ROW} from whole"
    table = con.sql(f"select {picked}, {ROW} from ({values}) order by {ROW}").to_arrow_table()
    cut = con.execute(
        f"select {ROW}, line from lines where {ROW} not in (select {ROW} from whole) order by {ROW}"
    ).fetchall()
    broken = Broken()
    for row, text in cut:
        broken.add(row, "BROKEN_JSON", text)
    return Piece(table, broken), keys


def _lines(part: bytes, done: int) -> pa.Table:
    """One row per line that is not blank, numbered on from `done`."""
    found = scan(part, _NO_QUOTES)
    texts = pa.array([part], pa.binary())  # one buffer; the lines are cut out of it by offsets
    data = texts.buffers()[2]
    offsets = np.concatenate((found.start, [len(part)])).astype(np.int32)
    wide = pa.StringArray.from_buffers(len(found.start), pa.py_buffer(offsets), data)
    stripped = pa.compute.utf8_trim(wide, " \t\r\n")
    filled = pa.compute.not_equal(stripped, "")
    lines = stripped.filter(filled)
    return pa.table({"line": lines, ROW: pa.array(np.arange(done + 1, done + 1 + len(lines)), pa.int64())})
