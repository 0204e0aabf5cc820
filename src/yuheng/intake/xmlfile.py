"""Reading XML: one element per record, its fields as child elements or attributes. Nothing is looked up or unfolded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import ParseError

import orjson
import pyarrow as pa

from yuheng.errors import IntakeError
from yuheng.intake.bombs import check_record
from yuheng.intake.csvfile import check_columns
from yuheng.intake.plain import Plain
from yuheng.intake.records import ROW, Broken, Piece

_STEP = 1 << 20
"""Bytes parsed at a time."""
_ROWS = 50_000
Record = dict[str, str]


def read(plain: Plain, columns: Sequence[str], row: str) -> Iterator[Piece]:
    """The records of the file. A record with a field twice or with nested elements is broken alone.

    Raises IntakeError for XML that is malformed or declares a document type or entities, and for other fields.
    """
    from defusedxml import DefusedXmlException  # loaded here: few feeds are XML
    from defusedxml.ElementTree import DefusedXMLParser

    rows = _Rows(row, plain.file)
    parser = DefusedXMLParser(target=rows, encoding="utf-8", forbid_dtd=True)
    done, seen = 0, False
    known: set[str] = set()
    try:
        while data := plain.read():
            seen = True
            for low in range(0, len(data), _STEP):
                parser.feed(data[low : low + _STEP])
                check_record(plain.file, rows.pending)
                if len(rows.records) >= _ROWS:
                    piece = _piece(rows, done, columns, known, plain.file)
                    done += piece.records
                    yield piece
        if seen:
            parser.close()
    except DefusedXmlException as error:
        raise IntakeError(
            f"the XML declares {_declared(error)}; that is how XML bombs and thefts of files are made, and no feed "
            "needs it. Nothing was unfolded or fetched.",
            path=plain.file,
            todo="Ask for the file without a document type.",
        ) from error
    except ParseError as error:
        raise IntakeError(f"not XML, or cut off ({error}).", path=plain.file, todo="Ask for it again.") from error
    if not seen:
        raise IntakeError("the file is empty.", path=plain.file, todo="Ask for the delivery again.")
    if rows.records:
        piece = _piece(rows, done, columns, known, plain.file)
        done += piece.records
        yield piece
    if known:
        check_columns(sorted(known), columns, plain.file)


def _declared(error: Exception) -> str:
    kind = type(error).__name__
    return {"DTDForbidden": "a document type", "EntitiesForbidden": "entities"}.get(kind, "an external reference")


class _Rows:
    """Collects records while the parser runs: a target of its events."""

    def __init__(self, row: str, file: str) -> None:
        self._row = row
        self._file = file
        self.records: list[tuple[Record, bool]] = []
        """Fields of each record, and whether it is sound."""
        self.pending = 0
        """Bytes of text since the last record ended."""
        self._record: Record | None = None
        self._sound = True
        self._field = ""
        self._depth = 0
        self._texts: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if self._record is None:
            if _local(tag) == self._row:
                self._record, self._sound, self._depth = {_local(k): v for k, v in attributes.items()}, True, 0
            return
        self._depth += 1
        if self._depth > 1:
            self._sound = False
            return
        self._field = _local(tag)
        self._texts.clear()

    def data(self, text: str) -> None:
        """Text, in pieces."""
        self.pending += len(text)
        if self._record is not None and self._depth:
            self._texts.append(text)

    def end(self, _tag: str) -> None:
        """An element ends."""
        if self._record is None:
            return
        if self._depth == 0:
            self.records.append((self._record, self._sound))
            self._record, self.pending = None, 0
            return
        if self._depth == 1:
            name = self._field
            while name in self._record:
                self._sound = False
                name += "'"
            self._record[name] = "".join(self._texts).strip()
        self._depth -= 1

    def close(self) -> None:
        """The document ends."""


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _piece(rows: _Rows, done: int, columns: Sequence[str], known: set[str], file: str) -> Piece:
    """The records collected so far; the collector is empty afterwards."""
    broken, whole, numbers = Broken(), [], []
    for number, (record, sound) in enumerate(rows.records, start=done + 1):
        if sound:
            whole.append(record)
            numbers.append(number)
        else:
            broken.add(number, "BROKEN_XML", orjson.dumps(record).decode())
    rows.records.clear()
    names = set().union(*whole)
    if unknown := sorted(names - set(columns)):
        raise IntakeError(
            f"other columns than declared: unknown: {', '.join(unknown)}.",
            path=file,
            todo="Mend `columns` of the feed, or ask what the new ones mean.",
        )
    known |= names
    arrays = {c: pa.array([record.get(c) or None for record in whole], pa.string()) for c in columns}
    return Piece(pa.table({**arrays, ROW: pa.array(numbers, pa.int64())}), broken)
