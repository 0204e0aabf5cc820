"""Versions, delays and faults of delivered rows: what turns true records into a real system's extract."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from yuheng.simulate.clock import Clock
from yuheng.simulate.params import Array, Flags, Ints
from yuheng.simulate.rng import Streams, salt_of, uniform
from yuheng.simulate.spec import DirtDays, FeedSpec

Rows = dict[str, Array]
INSERT, UPDATE, DELETE = 0, 1, 2


def take(rows: Rows, index: Ints | Flags) -> Rows:
    """The chosen rows."""
    return {name: column[index] for name, column in rows.items()}


def stack(parts: list[Rows]) -> Rows:
    """Rows one below the other; all parts have the columns of the first."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def revise(rows: Rows, when: Flags, stamp: Ints, **changes: Array) -> Rows:
    """`rows` with an updated version (OPFLAG U) for the rows `when`; `changes` hold columns of the length of `rows`."""
    later = take({**rows, **changes}, when)
    later["stamp"] = stamp[when]
    later["op"] = np.full(int(when.sum()), UPDATE, dtype=np.int64)
    return stack([{**rows, "op": rows.get("op", np.zeros(len(stamp), dtype=np.int64))}, later])


@dataclass
class Counts:
    """What was delivered: rows and broken lines per delivery, faults per kind."""

    rows: dict[str, int] = field(default_factory=dict)
    malformed: dict[str, int] = field(default_factory=dict)
    dirt: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, number: int) -> None:
        """Count faults of a kind."""
        if number:
            self.dirt[kind] = self.dirt.get(kind, 0) + int(number)


class Spoiler:
    """Applies the faults of one feed to the true rows of a block."""

    def __init__(self, clock: Clock, days: DirtDays) -> None:
        self._clock = clock
        self._days = days

    def deliver(self, spec: FeedSpec, rows: Rows, streams: Streams, counts: Counts) -> Rows:
        """Rows in delivery order with `file`, `fault`, `sec`: late, corrected, withdrawn and repeated ones included."""
        rng = streams.of(f"dirt/{spec.name}")
        number = len(rows["key"])
        rows = {"op": np.zeros(number, dtype=np.int64), **rows, "fault": np.zeros(number, dtype=np.int64)}
        rows["late"] = self._delay(spec, rows, streams)
        rows["stamp"] = _ints(rows["stamp"]) + _ints(rows["late"])
        rows = self._corrected(spec, rows, streams)
        rows = self._withdrawn(spec, rows, rng)
        rows = self._dated(rows)
        self._values(spec, rows, rng)
        number = len(rows["key"])
        repeated = np.flatnonzero(rng.random(number) < spec.duplicate)
        rows["sec"] = 28_800 + (uniform(_ints(rows["key"]), 77) * 32_000).astype(np.int64) + 60 * _ints(rows["op"])
        order = np.sort(np.concatenate([np.arange(number), repeated]), kind="stable")
        rows = take(rows, order)
        counts.add("duplicate", len(repeated))
        counts.add("late", int((_ints(rows["late"]) > 0).sum()))
        counts.add("withdrawn", int((_ints(rows["op"]) == DELETE).sum()))
        for place, count in enumerate(np.bincount(_ints(rows["fault"]), minlength=len(spec.all_faults) + 1)[1:]):
            fault = spec.all_faults[place]
            counts.add(f"{fault.kind}:{fault.column}", int(count))
        return rows

    def _delay(self, spec: FeedSpec, rows: Rows, streams: Streams) -> Ints:
        keys, salt = _ints(rows["key"]), salt_of(f"{streams.seed}/late/{spec.name}")
        low, high = self._days.late
        extent = low + (uniform(keys, salt + 1) * (high - low + 1)).astype(np.int64)
        return np.where(uniform(keys, salt) < spec.late, extent, 0)

    def _corrected(self, spec: FeedSpec, rows: Rows, streams: Streams) -> Rows:
        if spec.corrected is None:
            return rows
        keys, salt = _ints(rows["key"]), salt_of(f"{streams.seed}/corrected/{spec.name}")
        chosen = _single(keys) & (uniform(keys, salt) < spec.corrected.rate)
        low, high = self._days.corrected
        later = take(rows, chosen)
        delay = low + (uniform(_ints(later["key"]), salt + 1) * (high - low + 1)).astype(np.int64)
        later["stamp"] = _ints(later["stamp"]) + delay
        later["op"] = np.full(len(delay), UPDATE, dtype=np.int64)
        rows["fault"] = np.where(chosen, len(spec.all_faults), _ints(rows["fault"]))
        return stack([rows, later])

    def _withdrawn(self, spec: FeedSpec, rows: Rows, rng: np.random.Generator) -> Rows:
        """Records of a wrong firm, delivered and taken back; their keys lie above those of true records."""
        stamp = _ints(rows["stamp"])
        chosen = np.flatnonzero(
            (rng.random(len(stamp)) < spec.withdrawn) & (stamp >= self._clock.start) & (_ints(rows["op"]) == INSERT)
        )
        if not len(chosen) or "firm" not in rows:
            return rows
        wrong = take(rows, chosen)
        wrong["firm"] = rows["firm"][rng.integers(0, len(stamp), len(chosen))]
        wrong["key"] = _ints(wrong["key"]) + 9 * 10**15
        gone = dict(wrong)
        low, high = self._days.withdrawn
        gone["stamp"] = _ints(wrong["stamp"]) + rng.integers(low, high + 1, len(chosen))
        gone["op"] = np.full(len(chosen), DELETE, dtype=np.int64)
        return stack([rows, wrong, gone])

    def _dated(self, rows: Rows) -> Rows:
        """Rows by delivery; of the versions before the first month only the last is in the opening stock."""
        keys, stamp = _ints(rows["key"]), _ints(rows["stamp"])
        order = np.lexsort((stamp, keys))
        same = np.zeros(len(order), dtype=np.bool_)
        same[:-1] = keys[order][1:] == keys[order][:-1]
        superseded = np.zeros(len(order), dtype=np.bool_)
        superseded[:-1] = same[:-1] & (stamp[order][1:] < self._clock.start)
        keep = order[~superseded & (stamp[order] <= self._clock.end)]
        rows = take(rows, np.sort(keep))
        rows["file"] = self._clock.file_of(_ints(rows["stamp"]))
        return take(rows, np.argsort(_ints(rows["file"]), kind="stable"))

    def _values(self, spec: FeedSpec, rows: Rows, rng: np.random.Generator) -> None:
        if not spec.faults:
            return
        draw = rng.random(len(rows["key"]))
        bounds = np.cumsum([fault.rate for fault in spec.faults])
        which = np.searchsorted(bounds, draw, side="right") + 1
        which[which > len(spec.faults)] = 0
        for number, fault in enumerate(spec.faults, start=1):
            if fault.when:
                which[(which == number) & (rows[fault.when] == 0)] = 0
        rows["fault"] = np.where(_ints(rows["fault"]) == 0, which, _ints(rows["fault"]))


def _ints(column: Array) -> Ints:
    return column.astype(np.int64, copy=False)


def _single(keys: Ints) -> Flags:
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    single = np.ones(len(keys), dtype=np.bool_)
    single[1:] &= ordered[1:] != ordered[:-1]
    single[:-1] &= ordered[1:] != ordered[:-1]
    result = np.empty(len(keys), dtype=np.bool_)
    result[order] = single
    return result
