"""The plain bytes of a delivered file: decompressed, checked for its encoding, in UTF-8."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from yuheng.content.schema import FileFormat
from yuheng.errors import IntakeError

PIECE = 8 << 20
"""Bytes read at a time."""
_SAMPLE = 1 << 20
_BOMS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_TELLING = 20
"""Non-ASCII characters a sample must have before its encoding can be told."""


class Plain:
    """Reads a stream piece by piece as UTF-8. Raises IntakeError, naming `file`, when it is not what was declared."""

    def __init__(self, stream: BinaryIO, file: str, form: FileFormat) -> None:
        self.file = file
        self._stream: BinaryIO = gzip.GzipFile(fileobj=stream) if file.endswith(".gz") else stream  # type: ignore[assignment]
        self._form = form
        self._decoder = codecs.getincrementaldecoder("gb18030")() if form.encoding == "gb18030" else None
        self._offset = 0
        self._first = True

    def read(self) -> bytes:
        """About `PIECE` bytes; none at the end."""
        size = PIECE
        with refusing(self.file):
            raw = self._stream.read(size)
        if self._first:
            self._first = False
            raw = self._begin(raw)
        return raw if self._decoder is None else self._transcoded(raw, size)

    def whole(self) -> bytes:
        """All bytes at once (workbooks)."""
        with refusing(self.file):
            return self._stream.read()

    def _begin(self, raw: bytes) -> bytes:
        for mark, name in _BOMS.items():
            if raw.startswith(mark):
                raise self._wrong(name)
        raw = raw.removeprefix(codecs.BOM_UTF8)
        if self._decoder is not None and _is_utf8(raw[:_SAMPLE]):
            raise self._wrong("UTF-8")
        return raw

    def _transcoded(self, raw: bytes, size: int) -> bytes:
        assert self._decoder is not None
        text = ""
        while not text:
            try:
                text = self._decoder.decode(raw, final=not raw)
            except UnicodeDecodeError as error:
                place = self._offset + error.start
                found = error.object[error.start : error.start + 4].hex(" ")
                what = f"byte {place} is not {self._form.encoding}: {found}."
                raise IntakeError(what, path=self.file, todo=_TODO_ENCODING) from error
            self._offset += len(raw)
            if not raw:
                break
            if not text:
                with refusing(self.file):
                    raw = self._stream.read(size)
        return text.encode()

    def _wrong(self, found: str) -> IntakeError:
        what = f"the file is {found}, declared is {self._form.encoding}."
        return IntakeError(what, path=self.file, todo=_TODO_ENCODING)


_TODO_ENCODING = "Ask for the file in the declared encoding, or mend `format.encoding` of the feed."


def not_utf8(data: bytes, before: int, file: str) -> IntakeError | None:
    """The refusal of a piece that is not UTF-8; `before` = records before the piece. None when it is UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        record = before + data[: error.start].count(b"\n") + 1
        guess = " It may be GB18030." if _decodes(data[error.start : error.start + 200_000], "gb18030") else ""
        what = f"record {record}: {data[error.start : error.start + 4].hex(' ')} is not UTF-8.{guess}"
        return IntakeError(what, path=file, todo=_TODO_ENCODING)
    return None


@contextmanager
def refusing(file: str) -> Iterator[None]:
    """Turns what broken compression raises into a refusal of the file."""
    try:
        yield
    except EOFError as error:
        raise IntakeError("the compressed file is cut off.", path=file, todo="Ask for the file again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        what = f"the compressed file is broken ({error})."
        raise IntakeError(what, path=file, todo="Ask for the file again.") from error


def _is_utf8(sample: bytes) -> bool:
    """True for a sample that has enough non-ASCII characters and all of them as UTF-8 has them."""
    text = codecs.getincrementaldecoder("utf-8")()
    try:
        decoded = text.decode(sample)
    except UnicodeDecodeError:
        return False
    return sum(1 for _ in filter(lambda c: ord(c) > 127, decoded[:100_000])) >= _TELLING


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return False
    return True
