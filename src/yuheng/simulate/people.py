"""The persons of a block: who leads, owns, sits on boards and handles registrations. All of them are invented."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from yuheng.simulate.params import Flags, Floats, Ints, Params
from yuheng.simulate.rng import Streams
from yuheng.simulate.texts import Bytes, chosen, digits, fixed, joined, letters

_WEIGHTS = np.asarray([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_CHECK = np.frombuffer(b"10X98765432", dtype=np.uint8)
_SPREAD = 100
_YEAR = 365.25


class People:
    """Grows by `add`; the texts are made once at the end."""

    def __init__(self, params: Params, streams: Streams) -> None:
        self._params = params
        self._streams = streams
        self._born: list[Ints] = []
        self._county: list[Ints] = []
        self.n = 0

    def add(self, name: str, county: Ints, day: Ints, *, nominee: Flags | None = None) -> Ints:
        """New persons, grown up on `day`: their rows. Those with `nominee` true are very young or very old."""
        rng = self._streams.of(f"people/{name}")
        given = self._params
        mean, sigma = given.number("persons", "age_mean"), given.number("persons", "age_sigma")
        age = np.clip(rng.normal(mean, sigma, len(day)), *given.numbers("persons", "adult_ages"))
        if nominee is not None:
            young = _between(rng, given.numbers("persons", "young_ages"), len(day))
            old = _between(rng, given.numbers("persons", "old_ages"), len(day))
            age = np.where(nominee, np.where(rng.random(len(day)) < 0.5, young, old), age)
        self._born.append(day - (age * _YEAR).astype(np.int64))
        self._county.append(county)
        rows = self.n + np.arange(len(day), dtype=np.int64)
        self.n += len(day)
        return rows

    def texts(self) -> pa.Table:
        """Columns `name` and `cerno` (18 places, valid check digit, no two alike)."""
        rng = self._streams.of("people/texts")
        born, county = np.concatenate(self._born), np.concatenate(self._county)
        surnames, given = self._params.words("surname"), self._params.words("given")
        rank = np.minimum((rng.random(self.n) ** 2 * len(surnames)).astype(np.int64), len(surnames) - 1)
        second = rng.integers(0, len(given), self.n)
        third = np.where(
            rng.random(self.n) < self._params.number("persons", "two_syllables"),
            rng.integers(0, len(given), self.n),
            -1,
        )
        name = joined(chosen(surnames, rank), chosen(given, second), chosen(given, third))
        codes = self._params.column("counties", "code")
        return pa.table({"name": name, "cerno": fixed(id_numbers(letters(codes, county), born, self._streams.block))})


def _between(rng: np.random.Generator, bounds: Floats, n: int) -> Floats:
    return rng.uniform(float(bounds[0]), float(bounds[1]), n)


def id_numbers(region: Bytes, born: Ints, block: int) -> Bytes:
    """Numbers after GB 11643 with its check digit; the serial keeps people of one region and birthday apart."""
    codes = (region.astype(np.int64) - 48) @ (10 ** np.arange(5, -1, -1, dtype=np.int64))
    order = np.lexsort((born, codes))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(codes[order]) != 0) | (np.diff(born[order]) != 0)
    starts = np.flatnonzero(new)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    serial = block % _SPREAD + _SPREAD * (rank % 10)
    body = np.concatenate([region, digits(calendar(born), 8), digits(serial, 3)], axis=1)
    check = _CHECK[((body.astype(np.int64) - 48) @ _WEIGHTS) % 11]
    return np.concatenate([body, check[:, None]], axis=1)


def calendar(days: Ints) -> Ints:
    """Days as whole numbers YYYYMMDD."""
    stamps = days.astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    month = months.astype(np.int64)
    day = (stamps - months.astype("datetime64[D]")).astype(np.int64) + 1
    result: Ints = (month // 12 + 1970) * 10000 + (month % 12 + 1) * 100 + day
    return result


def groups(rng: np.random.Generator, params: Params, county: Ints, near: Ints) -> Ints:
    """Number of the leader per firm: most lead one firm, some many (Pareto). `near` orders firms by closeness."""
    own = rng.random(len(county)) < params.number("persons", "own_firm")
    leader = np.empty(len(county), dtype=np.int64)
    alone = np.flatnonzero(own)
    leader[alone] = np.arange(len(alone))
    shared = near[~own[near]]
    most = params.number("persons", "most_firms")
    sizes = np.minimum(2 + rng.pareto(params.number("persons", "tail"), len(shared) + 1), most).astype(np.int64)
    ends = np.cumsum(sizes)
    leader[shared] = len(alone) + np.searchsorted(ends, np.arange(len(shared)), side="right")
    return leader
