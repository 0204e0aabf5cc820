"""The addresses of a block: most hold one firm, some several, cluster registrations very many."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from yuheng.simulate.params import Flags, Floats, Ints, Params
from yuheng.simulate.rng import Streams, salt_of, uniform
from yuheng.simulate.texts import chosen, joined, numbered

_STREETS = 64


class Places:
    """Grows by `add`; the texts are made once at the end. The first addresses may have `given` texts."""

    def __init__(self, params: Params, streams: Streams, given: pa.StringArray | None = None) -> None:
        self._params = params
        self._given = given
        self._streams = streams
        self._county: list[Ints] = []
        self._cluster: list[Flags] = []
        self.n = 0

    def add(self, county: Ints, cluster: Flags | None = None) -> Ints:
        """New addresses in the given counties: their rows."""
        self._county.append(county)
        self._cluster.append(np.zeros(len(county), dtype=np.bool_) if cluster is None else cluster)
        rows = self.n + np.arange(len(county), dtype=np.int64)
        self.n += len(county)
        return rows

    @property
    def county(self) -> Ints:
        """County row per address."""
        return np.concatenate(self._county)

    @property
    def cluster(self) -> Flags:
        """Whether an address is filed for cluster registration."""
        return np.concatenate(self._cluster)

    def texts(self) -> pa.Table:
        """Columns `text` and `region`."""
        rng = self._streams.of("places/texts")
        county = self.county
        street = county * _STREETS + rng.integers(0, _STREETS, self.n)
        stones, suffixes = self._params.words("street"), self._params.words("street_suffix")
        names = self._params.column("counties", "name")
        cities = self._params.column("counties", "city_name")
        text = joined(
            chosen([city if city != name else "" for city, name in zip(cities, names, strict=True)], county),
            chosen(names, county),
            *(chosen(stones, _of(street, f"street/{i}", len(stones))) for i in range(2)),
            chosen(suffixes, _of(street, "suffix", len(suffixes))),
            numbered(rng.integers(1, 400, self.n)),
            "号",
            numbered(rng.integers(1, 30, self.n)),
            "号楼",
            numbered(rng.integers(1, 30, self.n) * 100 + rng.integers(1, 16, self.n)),
            chosen(["室", "号"], (rng.random(self.n) < 0.3).astype(np.int64)),
        )
        if self._given is not None:
            text = pa.concat_arrays([self._given, text.slice(len(self._given))])
        return pa.table({"text": text, "region": chosen(self._params.column("counties", "code"), county)})


def _of(street: Ints, what: str, width: int) -> Ints:
    result: Ints = (uniform(street, salt_of(what)) * width).astype(np.int64)
    return result


def gather(rng: np.random.Generator, order: Ints, share: float, size: float, n: int) -> Ints:
    """Group number per firm, -1 for most: a `share` of the firms, neighbours in `order`, in groups of mean `size`."""
    group = np.full(n, -1, dtype=np.int64)
    member = order[rng.random(len(order)) < share]
    ends = np.cumsum(2 + rng.poisson(max(size - 2, 0), len(member) + 1))
    group[member] = np.searchsorted(ends, np.arange(len(member)), side="right")
    return group


def own_numbers(group: Ints, first: int) -> tuple[Ints, int]:
    """Numbers from `first`: one per group, one per ungrouped firm; and the first unused one."""
    count = int(group.max(initial=-1)) + 1
    alone = group < 0
    numbers = first + group
    numbers[alone] = first + count + np.arange(int(alone.sum()))
    return numbers, first + count + int(alone.sum())


def phone_numbers(index: Ints, block: int) -> Ints:
    """Phone numbers from a range that is given to no person; unlike ones for unlike indices below 1,000,000."""
    place = (index + block % 100 * 1_000_000) * 61_803_399 % 100_000_000
    return 14_000_000_000 + block // 100 * 100_000_000 + place


def employees(rng: np.random.Generator, params: Params, capital: Floats) -> Ints:
    """Employees of enterprises: lognormal, more with more capital."""
    mean, sigma = params.number("population", "employees_log_mean"), params.number("population", "employees_log_sigma")
    median, effect = params.number("population", "capital_median"), params.number("population", "employees_capital")
    lean = effect * np.log(np.maximum(np.nan_to_num(capital, nan=median), 1.0) / median)
    result: Ints = np.exp(rng.normal(mean, sigma, len(capital)) + lean).astype(np.int64)
    return result
