"""The edge of a marked pull: which rows at the mark itself were delivered already.

An interface gives rows at or above the mark, so those exactly at it come again. They are known by their number and a
running checksum; when the same ones come first again they are passed over, when the source has changed them they are
delivered once more and the intake finds what repeats.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from yuheng.content.schema import ApiMark
from yuheng.intake.pull.connector import Mark

Row = dict[str, object]
Key = str | int
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
_START = ""


@dataclass(frozen=True)
class Position:
    """A place in the row of marks: the value and how many rows with it were delivered."""

    at: Key | None = None
    rows: int = 0
    digest: str = _START

    @classmethod
    def of(cls, mark: Mark | None) -> Position:
        """The position a mark remembers."""
        if not mark:
            return cls()
        at, rows, digest = mark["at"], mark.get("rows", 0), mark.get("digest", _START)
        assert isinstance(at, str | int | None)
        assert isinstance(rows, int)
        return cls(at, rows, str(digest))

    def mark(self) -> Mark:
        """What to remember."""
        return {"at": self.at, "rows": self.rows, "digest": self.digest}

    def moved(self, at: Key, row: Row) -> Position:
        """The position behind one more row."""
        if at == self.at:
            return Position(at, self.rows + 1, _chained(self.digest, row))
        return Position(at, 1, _chained(_START, row))

    def label(self) -> str:
        """Part of a file's name; sorts as the positions do."""
        if self.at is None:
            return "0"
        text = f"{self.at:018d}" if isinstance(self.at, int) else re.sub(r"[^0-9TZ]", "", self.at.replace(" ", "T"))
        return f"{text}.{self.rows:06d}"


def key_of(row: Row, mark: ApiMark, latest: str) -> Key | None:
    """The row's place. None when it has none: no value, no number, no ISO time, or a time after `latest`."""
    value = row.get(mark.field)
    if mark.number:
        text = str(value)
        return int(text) if text.isdecimal() and len(text) <= 18 else None
    if not isinstance(value, str) or not _TIME.fullmatch(value.strip()):
        return None
    return None if value.strip() > latest else value.strip()


@dataclass
class Edge:
    """Passes rows on without those delivered before; follows the position and whether the order rises."""

    start: Position
    mark: ApiMark
    latest: str
    rising: bool = True
    unplaced: int = 0
    """Rows without a place (they are delivered, but move no mark)."""
    ahead: int = 0
    """Rows whose time lies in the future."""
    position: Position = field(init=False)
    _held: list[Row] = field(default_factory=list)
    _seen: Position = field(init=False)
    _waiting: bool = field(init=False)

    def __post_init__(self) -> None:
        self.position = Position(self.start.at)
        self._seen = Position(self.start.at)
        self._waiting = self.start.rows > 0

    def rows(self, page: list[Row]) -> Iterator[Row]:
        """The rows of the page that are to be delivered. Row by row: the network is slower by far."""
        for row in page:
            at = key_of(row, self.mark, self.latest)
            if at is None:
                self.unplaced += 1
                self.ahead += self._in_future(row)
                yield row
            elif self._waiting and at == self.start.at:
                yield from self._hold(row)
            else:
                if self._waiting and self._above(at):
                    yield from self._give_up()
                self._note(at, row)
                yield row

    def rest(self) -> Iterator[Row]:
        """What was still held back when the source had no more rows."""
        if self._waiting:
            yield from self._give_up()

    def _hold(self, row: Row) -> Iterator[Row]:
        self._held.append(row)
        self._seen = self._seen.moved(self.start.at or 0, row)
        if self._seen.rows < self.start.rows:
            return
        if self._seen == self.start:
            self._held, self._waiting, self.position = [], False, self.start
            return
        yield from self._give_up()

    def _give_up(self) -> Iterator[Row]:
        """The rows at the edge are others than before: all of them are delivered."""
        self._waiting = False
        held, self._held = self._held, []
        self.position = self._seen
        yield from held

    def _above(self, at: Key) -> bool:
        return self.start.at is not None and _less(self.start.at, at)

    def _note(self, at: Key, row: Row) -> None:
        now = self.position.at
        if now is not None and _less(at, now):
            self.rising = self.rising and self.start.at is not None and _less(at, self.start.at)  # the overlap
            return
        self.position = self.position.moved(at, row)

    def _in_future(self, row: Row) -> bool:
        value = row.get(self.mark.field)
        return not self.mark.number and isinstance(value, str) and bool(_TIME.fullmatch(value.strip()))


def _less(left: Key, right: Key) -> bool:
    """Both are numbers or both are texts; a mark whose kind was changed in the content counts as lower."""
    if isinstance(left, int) and isinstance(right, int):
        return left < right
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    return isinstance(left, int)


def _chained(digest: str, row: Row) -> str:
    body = json.dumps(row, sort_keys=True).encode()
    return hashlib.sha256(digest.encode() + body).hexdigest()
