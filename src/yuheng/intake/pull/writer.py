"""Writing delivery files: equal rows give equal bytes, and a file is in the inbox whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from yuheng.content.schema import Feed, FileFormat
from yuheng.errors import IntakeError

WRITABLE = ("csv", "jsonl")
"""Kinds of files rows can be written as."""
_SPECIAL = '["\r\n{delimiter}]'


def file_name(feed: Feed, label: str) -> str:
    """The name of a delivery under the feed's pattern, whose '*' stands for the label.

    >>> from types import SimpleNamespace
    >>> file_name(SimpleNamespace(pattern="exec_*.jsonl"), "000001-000500")
    'exec_000001-000500.jsonl'
    """
    return feed.pattern.removesuffix(".gz").replace("*", label, 1).replace("*", "0")


def write(rows: pa.Table, feed: Feed, path: Path) -> None:
    """`rows` (texts, the feed's columns) as a file in the feed's format, safe on the disk."""
    form = feed.format
    if form.kind not in WRITABLE:
        raise IntakeError(
            f"rows cannot be written as {form.kind}.", path=feed.id, todo=f"Declare one of {', '.join(WRITABLE)}."
        )
    lines = csv_lines(rows, form) if form.kind == "csv" else json_lines(rows)
    with path.open("wb") as file:
        if form.kind == "csv":
            file.write((form.delimiter.join(rows.column_names) + "\n").encode(form.encoding))
        for chunk in lines.chunks:
            _put(file.write, chunk, form.encoding)
        file.flush()
        os.fsync(file.fileno())


def place(path: Path, target: Path) -> None:
    """Moves a finished file to its place in the inbox; from another disk by way of a hidden file there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_name(f".{target.name}.part")
        shutil.copyfile(path, part)
        sync(part)
        part.replace(target)
        path.unlink()
    sync(target.parent)


def sync(path: Path) -> None:
    """The file, or the folder's list of names, is safe on the disk when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def csv_lines(rows: pa.Table, form: FileFormat) -> pa.ChunkedArray:
    """One text per row, with its line feed; quoted is only what must be."""
    special = _SPECIAL.format(delimiter="\\" + form.delimiter)
    cells = []
    quote, nothing, feed, delimiter = (pa.scalar(c, pa.large_string()) for c in ('"', "", "\n", form.delimiter))
    for column in rows.columns:
        text = pc.fill_null(column.cast(pa.large_string()), "")
        quoted = pc.binary_join_element_wise(quote, pc.replace_substring(text, '"', '""'), quote, nothing)
        cells.append(pc.if_else(pc.match_substring_regex(text, special), quoted, text))
    joined = pc.binary_join_element_wise(*cells, delimiter) if len(cells) > 1 else cells[0]
    return _chunked(pc.binary_join_element_wise(joined, nothing, feed))


def json_lines(rows: pa.Table) -> pa.ChunkedArray:
    """One object per row with all columns, with its line feed."""
    import duckdb

    from yuheng.sql import identifier

    fields = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in rows.column_names)
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("set enable_progress_bar = false")
        con.register("fetched", rows)
        table = con.sql(f"select to_json(struct_pack({fields})) || chr(10) as line from fetched").to_arrow_table()
    return table.column("line").cast(pa.large_string())


def _chunked(lines: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return lines if isinstance(lines, pa.ChunkedArray) else pa.chunked_array([lines])


def _put(write: object, chunk: pa.Array, encoding: str) -> None:
    """The texts of a chunk one behind the other: they lie so in its buffer."""
    if not len(chunk):
        return
    offsets = chunk.buffers()[1]
    data = chunk.buffers()[2]
    ends = memoryview(offsets).cast("q")
    body = memoryview(data)[ends[chunk.offset] : ends[chunk.offset + len(chunk)]] if data is not None else b""
    assert callable(write)
    write(body if encoding == "utf-8" else str(body, "utf-8").encode(encoding))
