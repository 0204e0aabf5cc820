"""Reading JSON: a list of objects, alone or inside an answer, cut into one object per line while it streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yuheng.errors import IntakeError
from yuheng.intake import jsonl
from yuheng.intake.plain import Plain
from yuheng.intake.records import Piece

Flags = npt.NDArray[np.bool_]
Depths = npt.NDArray[np.int32]

_BACKSLASH, _QUOTE, _COMMA, _LF, _CR, _SPACE = b"\\", 34, 44, 10, 13, 32
_OPENING, _CLOSING = np.frombuffer(b"[{", np.uint8), np.frombuffer(b"]}", np.uint8)
_WHITE = b" \t\r\n"
_PREFIX = 16 << 20
"""Bytes that may stand before the list."""


def read(plain: Plain, columns: Sequence[str], where: str) -> Iterator[Piece]:
    """The objects of the list at `where` (keys joined by dots, '' = the file itself), values as texts.

    Raises IntakeError when there is no such list, when the file ends inside it, or for other keys than declared.
    """
    yield from jsonl.read(_Lines(plain, [key for key in where.split(".") if key]), columns)


@dataclass
class _State:
    """Where the cutting stands between two pieces: inside a string, after a backslash, how deep in brackets."""

    text: bool = False
    escaped: bool = False
    depth: int = 0


class _Lines(Plain):
    """The records of a JSON list as JSON lines."""

    def __init__(self, plain: Plain, path: list[str]) -> None:
        self.file = plain.file
        self._plain = plain
        self._path = path
        self._state = _State()
        self._begun = self._over = self._strange = False
        self._inside = 0
        """Depth of the list's elements."""

    def read(self) -> bytes:
        """The next lines; none at the end."""
        while True:
            data = self._plain.read() if self._begun else self._find()
            if not data:
                return self._end()
            lines = self._cut(data)
            if lines:
                return lines

    def _find(self) -> bytes:
        """What follows the opening bracket of the list. Raises IntakeError where it is not found."""
        self._begun = True
        head = b""
        while True:
            more = self._plain.read()
            head += more
            place = _opening(head, self._path)
            if place is not None:
                break
            if not more or len(head) > _PREFIX:
                what = "the file is empty." if not head.strip() else f"no list of objects at {self._where}."
                raise IntakeError(what, path=self.file, todo="Ask for the delivery again, or mend `format.rows`.")
        self._inside = self._state.depth = len(self._path) + 1
        return head[place:] or self._plain.read()

    @property
    def _where(self) -> str:
        return ".".join(self._path) or "the top of the file"

    def _cut(self, data: bytes) -> bytes:
        """`data` with a line feed for each comma between records, and none elsewhere."""
        bytes_ = np.frombuffer(data, np.uint8).copy()
        outside, depth = _scan(bytes_, data, self._state)
        if self._over:
            self._look(bytes_, outside, depth)
            return b""
        bytes_[(bytes_ == _LF) | (bytes_ == _CR)] = _SPACE
        ends = np.flatnonzero(outside & (depth < self._inside))
        stop = int(ends[0]) if len(ends) else len(bytes_)
        between = outside & (bytes_ == _COMMA) & (depth == self._inside)
        bytes_[between] = _LF
        lines = bytes_[:stop].tobytes()
        if len(ends):
            self._over = True
            self._look(bytes_[stop + 1 :], outside[stop + 1 :], depth[stop + 1 :])
            lines += b"\n"
        return lines if lines.strip(_WHITE) or not len(ends) else b""

    def _look(self, bytes_: npt.NDArray[np.uint8], outside: Flags, depth: Depths) -> None:
        """Behind the list only the rest of the object around it may stand."""
        white = np.isin(bytes_, np.frombuffer(_WHITE, np.uint8))
        beyond = (depth == 0) & ~white & ~np.isin(bytes_, _CLOSING)
        again = (depth == 1) & outside & np.isin(bytes_, _OPENING)
        self._strange = self._strange or bool((beyond | again).any())

    def _end(self) -> bytes:
        if not self._over or self._strange or self._state.text or self._state.depth != 0:
            raise IntakeError(
                "the JSON is cut off, or its brackets do not match.", path=self.file, todo="Ask for the file again."
            )
        return b""


def _scan(bytes_: npt.NDArray[np.uint8], data: bytes, state: _State) -> tuple[Flags, Depths]:
    """Which bytes stand outside strings, and how deep in brackets each is after itself; `state` goes on."""
    quotes: Flags = bytes_ == _QUOTE
    if state.escaped and len(quotes):
        quotes[0] = False
    if _BACKSLASH in data:
        quotes &= ~_escaped(bytes_, skip=state.escaped)
    state.escaped = _ends_escaped(data, skip=state.escaped)
    inside = (np.cumsum(quotes) + int(state.text)) % 2 == 1
    outside: Flags = ~inside & ~quotes
    steps = np.zeros(len(bytes_), np.int32)
    steps[outside & np.isin(bytes_, _OPENING)] = 1
    steps[outside & np.isin(bytes_, _CLOSING)] = -1
    depth: Depths = (np.cumsum(steps) + state.depth).astype(np.int32)
    if len(bytes_):
        state.text = bool(inside[-1])
        state.depth = int(depth[-1])
    return outside, depth


def _escaped(bytes_: npt.NDArray[np.uint8], *, skip: bool) -> Flags:
    """Bytes that follow an odd number of backslashes; with `skip` the first byte is one of them already."""
    slashes = bytes_ == ord(_BACKSLASH)
    if skip:
        slashes[0] = False
    places = np.arange(len(bytes_))
    last_other = np.maximum.accumulate(np.where(slashes, -1, places))  # the nearest byte that is no backslash
    run = places - last_other
    out = np.zeros(len(bytes_), np.bool_)
    out[1:] = (run[:-1] % 2 == 1) & slashes[:-1]
    return out


def _ends_escaped(data: bytes, *, skip: bool) -> bool:
    run = len(data) - len(data.rstrip(_BACKSLASH))
    return (run - (skip and run == len(data))) % 2 == 1


def _opening(head: bytes, path: Sequence[str]) -> int | None:
    """Where the list's first byte is behind its bracket; None when `head` does not reach it."""
    place = _skip(head, 0)
    for key in path:
        found = _member(head, place, key)
        if found is None:
            return None
        place = found
    return place + 1 if head[place : place + 1] == b"[" else None


def _member(head: bytes, place: int, key: str) -> int | None:
    """Where the value of `key` begins in the object at `place`."""
    if head[place : place + 1] != b"{":
        return None
    place = _skip(head, place + 1)
    while head[place : place + 1] == b'"':
        end = _string_end(head, place)
        name = head[place + 1 : end - 1]
        place = _skip(head, end)
        if head[place : place + 1] != b":":
            return None
        place = _skip(head, place + 1)
        if name == key.encode():
            return place if place < len(head) else None
        after = _value_end(head, place)
        if after is None or head[after : after + 1] != b",":
            return None
        place = _skip(head, after + 1)
    return None


def _skip(head: bytes, place: int) -> int:
    while head[place : place + 1] in (b" ", b"\t", b"\r", b"\n"):
        place += 1
    return place


def _string_end(head: bytes, place: int) -> int:
    """Behind the closing quote of the string that begins at `place`, or the end of `head`."""
    place += 1
    while place < len(head) and head[place] != _QUOTE:
        place += 2 if head[place : place + 1] == _BACKSLASH else 1
    return place + 1


def _value_end(head: bytes, place: int) -> int | None:
    """Where the value that begins at `place` ends: at the comma or bracket behind it."""
    depth = 0
    while place < len(head):
        byte = head[place : place + 1]
        if byte == b'"':
            place = _string_end(head, place)
            continue
        if byte in (b"[", b"{"):
            depth += 1
        elif byte in (b"]", b"}", b","):
            if depth == 0:
                return place
            depth -= byte != b","
        place += 1
    return None
