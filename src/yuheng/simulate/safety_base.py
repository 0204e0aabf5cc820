"""What the feeds on special equipment, food and drugs share: figures, firms by industry, places, other persons."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, YEAR
from yuheng.simulate.events_base import pick
from yuheng.simulate.params import Flags, Floats, Ints
from yuheng.simulate.people import People
from yuheng.simulate.rng import Streams, salt_of, uniform

_APART = 50_050
_NOBODY = pa.table({"name": pa.array([], pa.string()), "cerno": pa.array([], pa.string())})
_COUNTY_DEGREES, _SITE_DEGREES = 0.30, 0.05


def figure(block: Block, *path: str) -> float:
    """A figure of safety.yaml."""
    return block.params.safety.number(*path)


def figures(block: Block, *path: str) -> Floats:
    """A list of figures of safety.yaml."""
    return block.params.safety.numbers(*path)


def table(block: Block, *path: str) -> Floats:
    """A list of lists of figures of safety.yaml: shape [rows, columns]."""
    return np.asarray(block.params.safety.lists(*path), dtype=np.float64)


def within(block: Block, rng: np.random.Generator, n: int, *path: str) -> Ints:
    """`n` whole numbers of a range [low, high] of safety.yaml."""
    low, high = figures(block, *path)
    return rng.integers(int(low), int(high) + 1, n)


def drawn(block: Block, rng: np.random.Generator, n: int, *path: str) -> Ints:
    """`n` places 0 … by the weights of safety.yaml."""
    return pick(rng, n, figures(block, *path))


def lot(block: Block, name: str, keys: Ints, share: float) -> Flags:
    """A lasting choice of a share of the keys."""
    chosen: Flags = uniform(keys, salt_of(f"{block.streams.seed}/{name}")) < share
    return chosen


def some(block: Block, name: str, keys: Ints, share: float) -> Ints:
    """Places of a share of the keys by lot, at least `volume.at_least` of them as far as there are any."""
    order = np.argsort(uniform(keys, salt_of(f"{block.streams.seed}/{name}")), kind="stable")
    count = max(round(share * len(keys)), int(figure(block, "volume", "at_least")))
    return np.sort(order[:count])


def since(block: Block, name: str) -> int:
    """First day of what is written: `volume.<name>` days before the end."""
    return block.clock.end - int(figure(block, "volume", name)) + 1


def stock(block: Block) -> int:
    """Enterprises in business at the end."""
    return int((block.enterprise & (block.exit_day == MISSING)).sum())


def of_industries(block: Block, codes: list[str]) -> Flags:
    """Firms of the industries."""
    known = block.params.column("industries", "code")
    wanted = np.asarray([code in codes for code in known])
    return wanted[block.industry_row]


def settled(block: Block, where: Flags, days: int) -> Ints:
    """Enterprises among `where` that have existed for some days and still do; where there are none, any such one."""
    lasting = block.enterprise & (block.est_day < block.clock.end - days) & (block.exit_day == MISSING)
    found = np.flatnonzero(where & lasting)
    return found if len(found) else np.flatnonzero(lasting)


def places(block: Block, county: Ints, keys: Ints) -> tuple[Floats, Floats]:
    """Latitude and longitude: near the middle of the county, which lies near its city."""
    rows = block.params.rows("cities")
    at = {row["code"]: place for place, row in enumerate(rows)}
    city = np.asarray([at.get(code, 0) for code in block.params.column("counties", "city_code")])[county]
    lat, lon = (np.asarray([float(row[name]) for row in rows])[city] for name in ("lat", "lon"))
    return _near(lat, "lat", county, keys), _near(lon, "lon", county, keys)


def _near(middle: Floats, name: str, county: Ints, keys: Ints) -> Floats:
    by_county = _COUNTY_DEGREES * (uniform(county, salt_of(f"county/{name}")) - 0.5)
    return middle + by_county + _SITE_DEGREES * (uniform(keys, salt_of(f"site/{name}")) - 0.5)


def engage(block: Block, letter: str, county: Ints, day: Ints, *, room: int) -> Ints:
    """Persons who appear in no register, added to a lookup: their rows there. `room` keeps those of one call apart."""
    people = People(block.params, Streams(block.streams.seed, block.streams.block + _APART + room * 100_025))
    people.add(letter, county, day)
    texts = (
        people.texts()
        if people.n
        else pa.table({"name": pa.array([], pa.string()), "cerno": pa.array([], pa.string())})
    )
    before = block.lookups.get(letter)
    first = before.num_rows if before is not None else 0
    block.lookups[letter] = texts if before is None else pa.concat_tables([before, texts])
    return first + np.arange(people.n, dtype=np.int64)


def several(count: Ints) -> tuple[Ints, Ints]:
    """Every row as often as `count` says: the rows, and which of its own each one is."""
    at = np.repeat(np.arange(len(count), dtype=np.int64), count)
    first = np.cumsum(count) - count
    return at, np.arange(len(at), dtype=np.int64) - first[at]


def seconds(block: Block, rng: np.random.Generator, n: int, *path: str) -> Ints:
    """`n` seconds of the day, whose hour has the weights of safety.yaml."""
    return 3600 * drawn(block, rng, n, *path) + rng.integers(0, 3600, n)


def years_ago(block: Block, rng: np.random.Generator, n: int, shares: Floats, bounds: Floats) -> tuple[Ints, Ints]:
    """Class and days before the end, evenly within the class's bounds in years."""
    band = pick(rng, n, shares)
    years = bounds[band] + rng.random(n) * (bounds[band + 1] - bounds[band])
    return band, (years * YEAR).astype(np.int64)
