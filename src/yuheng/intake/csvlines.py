"""Which lines of a piece of CSV are whole records: found with numpy over the bytes, so that broken lines cost little.

A record is one line, or several when a quoted field holds a line break. Quotes are sound when every opening one
follows a delimiter or a line's beginning and every closing one is followed by a delimiter, a line's end or another
quote (RFC 4180). A line with a stray quote is broken alone: it does not swallow the lines behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_LF, _CR, _QUOTE = 10, 13, 34
LONGEST = 200
"""Lines one quoted field may span; an opening quote that finds no end within them is a stray one."""


@dataclass(frozen=True)
class Lines:
    """Lines of a piece: `start`/`end` (without the line feed), whether broken, and which continue the line before.

    `quoted`: whether there is a quote at all.
    """

    start: Positions
    end: Positions
    broken: Flags
    continues: Flags
    quoted: bool


def scan(data: bytes, delimiter: str, size: int | None = None) -> Lines:
    """The lines of `data` or its first `size` bytes, which end with a line feed (or the file)."""
    size = len(data) if size is None else size
    buffer: Bytes = np.frombuffer(data, np.uint8, size)
    feeds = np.flatnonzero(buffer == _LF)
    if size and (not len(feeds) or feeds[-1] != size - 1):
        feeds = np.append(feeds, size)
    start = np.concatenate(([0], feeds[:-1] + 1)).astype(np.int64) if len(feeds) else np.empty(0, np.int64)
    quoted = data.find(b'"', 0, size) >= 0
    none = np.zeros(len(feeds), np.bool_)
    lines = Lines(start, feeds.astype(np.int64), none, none.copy(), quoted)
    if quoted:
        _judge(buffer, np.flatnonzero(buffer == _QUOTE), lines, ord(delimiter))
    return lines


def open_from(data: bytes, delimiter: str) -> int:
    """Where the records end that surely lie whole in `data`, a piece cut off at its last line feed.

    The last lines wait for the next piece when a quoted field may still be open there.
    """
    cut = data.rfind(b"\n") + 1
    low = cut
    for _ in range(LONGEST):
        low = data.rfind(b"\n", 0, max(low - 1, 0)) + 1
        if low == 0:
            break
    tail = data[low:cut]
    if tail.count(b'"') == 0:
        return cut
    lines = scan(tail, delimiter)
    odd = np.flatnonzero(_odd(np.flatnonzero(np.frombuffer(tail, np.uint8) == _QUOTE), lines))
    waiting = [int(i) for i in odd if lines.broken[i]]
    return low + int(lines.start[waiting[0]]) if waiting else cut


def _odd(quotes: Positions, lines: Lines) -> Flags:
    odd: Flags = np.bincount(np.searchsorted(lines.end, quotes), minlength=len(lines.end)) % 2 == 1
    return odd


def _judge(buffer: Bytes, quotes: Positions, lines: Lines, delimiter: int) -> None:
    """Marks broken and continuing lines, each line's quotes counted from its own beginning."""
    line = np.searchsorted(lines.end, quotes)
    counts = np.bincount(line, minlength=len(lines.end))
    first = np.cumsum(counts) - counts
    opening = (np.arange(len(quotes)) - first[line]) % 2 == 0
    unsound = _unsound(buffer, quotes, opening, delimiter)
    odd = counts % 2 == 1
    lines.broken[:] = np.bincount(line[unsound], minlength=len(lines.end)) > 0
    lines.broken[odd] = True
    if odd.any():
        _join(buffer, np.flatnonzero(odd), lines, delimiter)


def _unsound(buffer: Bytes, quotes: Positions, opening: Flags, delimiter: int) -> Flags:
    before = np.where(quotes > 0, buffer[np.maximum(quotes - 1, 0)], _LF)
    after = np.where(quotes < len(buffer) - 1, buffer[np.minimum(quotes + 1, len(buffer) - 1)], _LF)
    # The second quote of "" opens again at once: it follows the one that closed.
    adjacent = np.zeros(len(quotes), np.bool_)
    adjacent[1:] = np.diff(quotes) == 1
    opens_well = (before == delimiter) | (before == _LF) | adjacent
    closes_well = (after == delimiter) | (after == _LF) | (after == _CR) | (after == _QUOTE)
    unsound: Flags = np.where(opening, ~opens_well, ~closes_well)
    return unsound


def _join(buffer: Bytes, odd: Positions, lines: Lines, delimiter: int) -> None:
    """Joins lines from an odd one to the first later odd one with which its quotes are sound."""
    place = 0
    while place < len(odd):
        i = int(odd[place])
        for step in range(1, len(odd) - place):
            j = int(odd[place + step])
            if j - i > LONGEST:
                break
            if _sound(buffer, int(lines.start[i]), int(lines.end[j]), delimiter):
                lines.broken[i : j + 1] = False
                lines.continues[i + 1 : j + 1] = True
                place += step
                break
        place += 1


def _sound(buffer: Bytes, low: int, high: int, delimiter: int) -> bool:
    part = buffer[low:high]
    quotes = np.flatnonzero(part == _QUOTE)
    opening = np.arange(len(quotes)) % 2 == 0
    return len(quotes) % 2 == 0 and not _unsound(part, quotes, opening, delimiter).any()
