"""The plain bytes of a delivered file: decompressed, checked for its encoding, in UTF-8."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from yuheng.content.schema import FileFormat
from yuheng.errors import IntakeError
from yuheng.intake.bombs import Guard

PIECE = 8 << 20
"""Bytes read at a time."""
_SAMPLE = 1 << 20
_BOMS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_TELLING = 20
"""Non-ASCII characters a sample must have before its encoding can be told."""


class _Counted:
    """A stream that tells the guard what was read of it."""

    def __init__(self, stream: BinaryIO, guard: Guard) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._guard.took(len(data))
        return data


class Plain:
    """Reads a stream piece by piece as UTF-8. Raises IntakeError, naming `file`, when it is not what was declared.

    `guard`: watches a stream that is unpacked already (a member of an archive); gzip is unpacked and watched here.
    """

    def __init__(self, stream: BinaryIO, file: str, form: FileFormat, guard: Guard | None = None) -> None:
        self.file = file
        self._guard = guard
        self._stream = stream
        if file.endswith(".gz"):
            self._guard = Guard(file)
            self._stream = cast(BinaryIO, gzip.GzipFile(fileobj=cast(BinaryIO, _Counted(stream, self._guard))))
        self._form = form
        self._decoder = None if form.encoding == "utf-8" else codecs.getincrementaldecoder(form.encoding)()
        self._offset = 0
        self._first = True

    def read(self) -> bytes:
        """About `PIECE` bytes; none at the end."""
        size = PIECE
        raw = self.take(size)
        if self._first:
            self._first = False
            raw = self._begin(raw)
        return raw if self._decoder is None else self._transcoded(raw, size)

    def binary(self) -> BinaryIO:
        """The bytes as they are, for formats with an encoding of their own (workbooks, Parquet)."""
        return cast(BinaryIO, _Bytes(self))

    def take(self, size: int) -> bytes:
        """The next unpacked bytes, watched by the guard."""
        with refusing(self.file):
            raw = self._stream.read(size)
        if self._guard is not None:
            self._guard.gave(len(raw))
        return raw

    def _begin(self, raw: bytes) -> bytes:
        if self._form.encoding == "utf-16":
            return raw
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
                raw = self.take(size)
        return text.encode()

    def _wrong(self, found: str) -> IntakeError:
        what = f"the file is {found}, declared is {self._form.encoding}."
        return IntakeError(what, path=self.file, todo=_TODO_ENCODING)


class _Bytes:
    """The unpacked bytes of a file, watched."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain

    def read(self, size: int = -1) -> bytes:
        return self._plain.take(size)


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
