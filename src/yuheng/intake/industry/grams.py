"""Hashes of all runs of L characters at once, and the longest terms of a word list found by them.

A run's hash is a polynomial of its code points modulo 2^64: the hash of L + 1 characters follows from that of L by one
multiplication over the whole array. Two of some thousand terms meeting by chance in 64 bits is out of the question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yuheng.intake.industry.text import Codes, Ints

Hashes = npt.NDArray[np.uint64]
_STEP = np.uint64(0x9E3779B97F4A7C15)
_BASE = np.uint64(0xD1342543DE82EF95)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(31)
_SIEVE_BITS = 20
_SIEVE_SHIFT = np.uint64(64 - _SIEVE_BITS)


def grams(codes: Codes, longest: int) -> Iterator[tuple[int, Hashes]]:
    """(L, hashes of the runs of L characters, one per place a run can begin), from L = 1 up."""
    one = (codes.astype(np.uint64) + np.uint64(1)) * _STEP
    run = one
    for length in range(1, min(longest, len(codes)) + 1):
        if length > 1:
            run = run[:-1] * _BASE + one[length - 1 :]
        yield length, mixed(run)


def mixed(run: Hashes) -> Hashes:
    """Spreads a polynomial over all 64 bits: its high bits then are a fair index."""
    out: Hashes = (run ^ (run >> _HALF)) * _MIX
    return out


def hash_of(term: str) -> np.uint64:
    """The hash a term has as a run of characters."""
    codes = np.frombuffer(term.encode("utf-32-le"), dtype=np.uint32)
    *_, (_, last) = grams(codes, len(codes))
    return np.uint64(last[0])


@dataclass(frozen=True)
class Found:
    """Terms found in texts, by place: where each begins, where it ends (exclusive), which one it is."""

    start: Ints
    end: Ints
    term: Ints

    def __len__(self) -> int:
        return len(self.start)

    def only(self, keep: npt.NDArray[np.bool_]) -> Found:
        """Those that `keep` marks."""
        return Found(self.start[keep], self.end[keep], self.term[keep])


class Words:
    """A list of terms that can be looked for in any number of texts."""

    def __init__(self, terms: Sequence[str]) -> None:
        self.longest = max(map(len, terms), default=0)
        self._by_length: dict[int, tuple[Hashes, Ints, npt.NDArray[np.bool_]]] = {}
        for length in sorted({len(t) for t in terms}):
            number = np.array([i for i, t in enumerate(terms) if len(t) == length], dtype=np.int64)
            hashes = np.array([hash_of(terms[i]) for i in number], dtype=np.uint64)
            order = np.argsort(hashes, kind="stable")
            self._by_length[length] = hashes[order], number[order], _sieve(hashes)

    def find(self, codes: Codes, *, nested: bool = False) -> Found:
        """All places where a term stands, by place; one inside a longer one does not count unless `nested`."""
        parts: list[tuple[Ints, Ints, Ints]] = []
        for length, run in grams(codes, self.longest):
            if length not in self._by_length:
                continue
            hashes, number, sieve = self._by_length[length]
            place = np.flatnonzero(sieve[(run >> _SIEVE_SHIFT).astype(np.int64)])
            at = np.minimum(np.searchsorted(hashes, run[place]), len(hashes) - 1)
            hit = hashes[at] == run[place]
            place = place[hit].astype(np.int64)
            parts.append((place, place + length, number[at[hit]]))
        if not parts:
            none = np.zeros(0, dtype=np.int64)
            return Found(none, none, none)
        start, end, term = (np.concatenate(p) for p in zip(*parts, strict=True))
        order = np.lexsort((-end, start))
        found = Found(start[order], end[order], term[order])
        return found if nested else found.only(~_inside(found))


def _sieve(hashes: Hashes) -> npt.NDArray[np.bool_]:
    sieve = np.zeros(1 << _SIEVE_BITS, dtype=bool)
    sieve[(hashes >> _SIEVE_SHIFT).astype(np.int64)] = True
    return sieve


def _inside(found: Found) -> npt.NDArray[np.bool_]:
    """Those within an earlier or equally early longer one: its end is not beyond the furthest end so far."""
    if not len(found):
        return np.zeros(0, dtype=bool)
    furthest = np.maximum.accumulate(found.end)
    return np.concatenate([np.zeros(1, dtype=bool), found.end[1:] <= furthest[:-1]])
