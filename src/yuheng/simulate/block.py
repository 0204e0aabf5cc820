"""A block: a reproducible share of the province, held in memory as arrays, one row per firm."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yuheng.simulate.clock import MISSING, YEAR, Clock
from yuheng.simulate.params import Flags, Floats, Ints, Params
from yuheng.simulate.rng import Streams

ENTERPRISE, SELF_EMPLOYED, COOPERATIVE = 0, 1, 2
STAYS, CANCELLED, REVOKED, REVOKED_CANCELLED, WITHDRAWN, MOVED = 0, 1, 2, 3, 4, 5
_KEYS = 10**8
_DAYS = 10**5


@dataclass(frozen=True)
class History:
    """What a value of a firm was before each of its changes, ordered by firm and day."""

    firm: Ints
    day: Ints
    before: NDArray[np.generic]

    @classmethod
    def of(cls, firm: Ints, day: Ints, before: NDArray[np.generic]) -> History:
        """Changes in any order; of several on one day the first given counts."""
        order = np.lexsort((day, firm))
        return cls(firm[order], day[order], before[order])

    def at(self, final: NDArray[np.generic], firm: Ints, day: Ints) -> NDArray[np.generic]:
        """The value of each firm at the end of each day; `final` holds the last value per firm of the block."""
        place = np.searchsorted(self.firm * _DAYS + self.day, firm * _DAYS + day, side="right")
        found = np.minimum(place, max(len(self.firm) - 1, 0))
        result = final[firm]
        if len(self.firm):
            later = (place < len(self.firm)) & (self.firm[found] == firm)
            result = np.where(later, self.before[found], result)
        return result


@dataclass
class Block:
    """Firms 0 … n-1: enterprises first, then self-employed, then cooperatives. Days are day numbers, MISSING = none.

    A firm lives on the days [est_day, exit_day); `person`, `addr`, `phone`, `capital` are those of the last day and
    `moves` tells what they were before. `z` is the latent risk per year cell of the clock, mean 0 and deviation 1 over
    the enterprises at large; nothing that is delivered carries it.
    """

    number: int
    streams: Streams
    clock: Clock
    params: Params
    n: int
    kind: Ints
    type_row: Ints
    industry_row: Ints
    county_row: Ints
    group: NDArray[np.str_]
    est_day: Ints
    exit_day: Ints
    exit_kind: Ints
    cancel_day: Ints
    capital: Floats
    paid: Floats
    employees: Ints
    active: Flags
    size: NDArray[np.str_]
    person: Ints
    addr: Ints
    phone: Ints
    ring: Ints
    z: Floats
    moves: dict[str, History] = field(default_factory=dict)
    lookups: dict[str, pa.Table] = field(default_factory=dict)
    _issued: dict[str, int] = field(default_factory=dict)

    @cached_property
    def life_end(self) -> Ints:
        """First day after the firm's life, or after the simulated time."""
        return np.where(self.exit_day == MISSING, self.clock.end + 1, self.exit_day)

    @cached_property
    def enterprise(self) -> Flags:
        """Enterprises, without self-employed and cooperatives."""
        chosen: Flags = self.kind == ENTERPRISE
        return chosen

    def alive(self, day: int | Ints, firm: Ints | None = None) -> Flags:
        """Whether each firm (of `firm`, or all) lives on a day."""
        chosen: Ints = np.arange(self.n) if firm is None else firm
        living: Flags = (self.est_day[chosen] <= day) & (self.life_end[chosen] > day)
        return living

    def exposure(self, since: int | None = None, until: int | None = None) -> Floats:
        """Years of life per firm and year cell within [since, until): shape [n, cells]."""
        low, high = self.spans(since, until)
        years: Floats = np.maximum(high - low, 0) / YEAR
        return years

    def spans(self, since: int | None = None, until: int | None = None) -> tuple[Ints, Ints]:
        """First day and day after the last of each firm's life in each year cell within [since, until)."""
        first = self.clock.history if since is None else max(since, self.clock.history)
        last = self.clock.end + 1 if until is None else min(until, self.clock.end + 1)
        starts = np.maximum(self.clock.cell_starts, first)
        ends = np.minimum(self.clock.cell_starts + YEAR, last)
        low = np.maximum(self.est_day[:, None], starts[None, :])
        high = np.minimum(self.life_end[:, None], ends[None, :])
        return low, high

    def risk(self, firm: Ints, day: Ints) -> Floats:
        """Latent risk of firms on days."""
        return self.z[firm, self.clock.cell_of(day)]

    def keys(self, name: str, count: int) -> Ints:
        """The next `count` record keys of a feed; unique over blocks and calls of one name."""
        low = self._issued.get(name, 0)
        self._issued[name] = low + count
        return (self.number + 1) * _KEYS + low + np.arange(count, dtype=np.int64)

    def was(self, what: str, firm: Ints, day: Ints) -> NDArray[np.generic]:
        """`person`, `addr`, `phone` or `capital` of firms on days."""
        final: NDArray[np.generic] = getattr(self, what)
        moved = self.moves.get(what)
        return moved.at(final, firm, day) if moved else final[firm]

    def person_at(self, firm: Ints, day: Ints) -> Ints:
        """The representative (row of the persons) of firms on days."""
        return self.was("person", firm, day).astype(np.int64, copy=False)

    def addr_at(self, firm: Ints, day: Ints) -> Ints:
        """The address (row of the addresses) of firms on days."""
        return self.was("addr", firm, day).astype(np.int64, copy=False)
