"""Reading one landed file, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from yuheng.content.schema import Feed
from yuheng.intake import csvfile, jsonl, workbook
from yuheng.intake.plain import Plain
from yuheng.intake.records import Piece
from yuheng.intake.repeats import Repeats


def read(stream: BinaryIO, file: str, feed: Feed, repeats: Repeats | None = None) -> Iterator[Piece]:
    """The records of `file` in pieces: the feed's columns as texts, numbered; broken records apart.

    Raises IntakeError when the file cannot be taken at all: encoding, columns, compression, emptiness.
    """
    plain = Plain(stream, file, feed.format)
    match feed.format.kind:
        case "csv":
            return csvfile.read(plain, feed.columns, feed.format.delimiter, repeats or Repeats(()))
        case "jsonl":
            return jsonl.read(plain, feed.columns)
        case _:
            return workbook.read(plain, feed.columns)
