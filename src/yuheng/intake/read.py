"""Reading one landed file, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from yuheng.content.schema import Feed
from yuheng.intake import archive, csvfile, jsonarray, jsonl, parquetfile, workbook, xmlfile
from yuheng.intake.bombs import Guard
from yuheng.intake.plain import Plain
from yuheng.intake.records import Piece
from yuheng.intake.repeats import Repeats

_MEMBERS = {"csv": (".csv", ".tsv", ".txt")}
"""Endings of the files of a format within an archive, where they are not the format's own name."""


def read(stream: BinaryIO, file: str, feed: Feed, repeats: Repeats | None = None) -> Iterator[Piece]:
    """The records of `file` in pieces: the feed's columns as texts, numbered; broken records apart.

    Raises IntakeError when the file cannot be taken at all: encoding, columns, compression, emptiness, a bomb.
    """
    repeats = repeats or Repeats(())
    if file.endswith(archive.ENDING):
        kind = feed.format.kind

        def member(part: BinaryIO, name: str, guard: Guard) -> Iterator[Piece]:
            return _read(Plain(part, name, feed.format, guard), feed, repeats)

        return archive.read(stream, file, _MEMBERS.get(kind, (f".{kind}",)), member)
    return _read(Plain(stream, file, feed.format), feed, repeats)


def _read(plain: Plain, feed: Feed, repeats: Repeats) -> Iterator[Piece]:
    form = feed.format
    match form.kind:
        case "csv":
            return csvfile.read(plain, feed.columns, form.delimiter, repeats)
        case "jsonl":
            return jsonl.read(plain, feed.columns)
        case "json":
            return jsonarray.read(plain, feed.columns, form.rows)
        case "xml":
            return xmlfile.read(plain, feed.columns, form.row)
        case "parquet":
            return parquetfile.read(plain, feed.columns)
        case "xlsx":
            return workbook.read(plain, feed.columns)
