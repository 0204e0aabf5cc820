"""The special equipment of a block: what stands where, who uses, owns, made and maintains it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, known
from yuheng.simulate.events_base import flip, pick
from yuheng.simulate.params import Floats, Ints
from yuheng.simulate.safety_base import (
    drawn,
    figure,
    figures,
    lot,
    of_industries,
    places,
    settled,
    stock,
    within,
    years_ago,
)

LIFT = 0
_RESCUE_ROOM, _RESCUE_STEP = 12_000, 618_033


@dataclass(frozen=True)
class Park:
    """Devices, lifts first. Firms are rows of the block, -1 where there is none; days are MISSING where there is none.

    The first unit has a device from `begin` to its own end, the next one from `switch` on; from `stop` the device
    stands still for good. `company` maintains it; `age` is its class.
    """

    number: Ints
    kind: Ints
    place: Ints
    county: Ints
    age: Ints
    make: Ints
    accept: Ints
    register: Ints
    unit: Ints
    begin: Ints
    next_unit: Ints
    switch: Ints
    stop: Ints
    company: Ints
    owner: Ints
    maker: Ints
    lat: Floats
    lon: Floats
    lifts: int

    @property
    def lift(self) -> Ints:
        """Rows of the lifts."""
        return np.arange(self.lifts, dtype=np.int64)

    def unit_at(self, block: Block, row: Ints, day: Ints) -> Ints:
        """The firm that uses each device on a day, -1 where it has none or stands still."""
        first, then = self.unit[row], self.next_unit[row]
        switch, stop = self.switch[row], self.stop[row]
        here = (day >= self.begin[row]) & (day < block.life_end[first])
        there = known(switch) & (day >= switch) & (day < block.life_end[np.maximum(then, 0)])
        unit = np.where(there, then, np.where(here, first, -1))
        return np.where(known(stop) & (day >= stop), -1, unit)


def park(block: Block) -> Park:
    """The devices of a block; none where it has no enterprise old enough to use one."""
    rng = block.streams.of("equipment/park")
    every = settled(block, block.enterprise, int(figure(block, "equipment", "oldest_days")))
    firms = stock(block) if len(every) else 0
    lifts, others = (round(figure(block, "equipment", name) * firms) for name in ("lifts", "others"))
    n = lifts + others
    kind = np.concatenate([np.zeros(lifts, dtype=np.int64), drawn(block, rng, others, "equipment", "kinds")])
    age, ago = years_ago(block, rng, n, figures(block, "equipment", "ages"), figures(block, "equipment", "age_years"))
    accept = block.clock.end - ago
    register = np.minimum(accept + within(block, rng, n, "equipment", "register_days"), block.clock.end - 1)
    place = drawn(block, rng, n, "equipment", "places")
    where, weight = np.where(kind == LIFT, place, -1), _weights(block)
    unit, begin = _units(block, rng, weight, where, register)
    next_unit, switch = _handed_over(block, rng, weight, where, unit)
    number = block.keys("equipment", n)
    county = block.county_row[unit]
    lat, lon = places(block, county, number)
    return Park(
        number=number, kind=kind, place=place, county=county, age=age,
        make=accept - within(block, rng, n, "equipment", "make_days"), accept=accept, register=register,
        unit=unit, begin=begin, next_unit=next_unit, switch=switch, stop=_stopped(block, rng, begin),
        company=_companies(block, rng, lifts, n), owner=_owners(block, rng, weight, unit, lifts),
        maker=_by_size(rng, weight, _named(block, "equipment", "makers"), n), lat=lat, lon=lon, lifts=lifts,
    )  # fmt: skip


def rescue_codes(block: Block, fleet: Park) -> Ints:
    """The six places of the plate in the car, or -1 for a lift 96333 does not know."""
    row = fleet.lift
    known_ = lot(block, "rescue/platform", fleet.number[row], figure(block, "lift", "on_platform"))
    carries = figures(block, "lift", "passenger")[lift_kinds(block, fleet)] > 0
    code = (block.number * _RESCUE_ROOM + row) * _RESCUE_STEP % 1_000_000
    return np.where(known_ & carries, code, -1)


def lift_kinds(block: Block, fleet: Park) -> Ints:
    """Kind of each lift (row of the words)."""
    return drawn(block, block.streams.of("lift/kind"), fleet.lifts, "lift", "kinds")


def _named(block: Block, *path: str) -> Ints:
    days = int(figure(block, "equipment", "oldest_days"))
    return settled(block, of_industries(block, block.params.safety.texts(*path)), days)


def _weights(block: Block) -> Floats:
    """How many devices a firm has, against others: a long tail, more in the big city."""
    tail = figure(block, "equipment", "tail")
    weight = block.streams.of("equipment/size").gamma(tail, 1.0 / tail, block.n) + 1e-6
    for code in block.params.safety.names("equipment", "city_weight"):
        inside = np.asarray([x == code for x in block.params.column("counties", "city_code")])[block.county_row]
        weight = np.where(inside, weight * figure(block, "equipment", "city_weight", code), weight)
    return np.where(block.exit_day == MISSING, weight, weight * figure(block, "equipment", "old_unit"))


def _by_size(rng: np.random.Generator, weight: Floats, firms: Ints, n: int) -> Ints:
    return firms[pick(rng, n, weight[firms])] if n else np.zeros(0, dtype=np.int64)


def _industries(block: Block, place: int) -> list[str]:
    given = block.params.safety
    if place < 0:
        return given.texts("equipment", "others_units")
    return [str(code) for code in given.lists("equipment", "units")[place]]


def _units(block: Block, rng: np.random.Generator, weight: Floats, place: Ints, register: Ints) -> tuple[Ints, Ints]:
    """Use unit and first day with it: a firm that may be gone by now, or else one that is not."""
    unit, begin = np.zeros(len(place), dtype=np.int64), register.copy()
    settle = within(block, rng, len(place), "equipment", "settle_days")
    oldest = int(figure(block, "equipment", "oldest_days"))
    for where in np.unique(place):
        rows = np.flatnonzero(place == where)
        trade = of_industries(block, _industries(block, int(where)))
        lasting = settled(block, trade, oldest)
        gone = np.flatnonzero(
            trade & block.enterprise & (block.exit_day != MISSING) & (block.exit_day - block.est_day > oldest)
        )
        gone = gone[block.est_day[gone] < block.clock.end - oldest]
        for attempt in (np.concatenate([lasting, gone]), lasting):
            unit[rows] = _by_size(rng, weight, attempt, len(rows))
            begin[rows] = np.maximum(register[rows], block.est_day[unit[rows]] + settle[rows])
            rows = rows[begin[rows] >= block.life_end[unit[rows]] - 30]
    return unit, begin


def _handed_over(block: Block, rng: np.random.Generator, weight: Floats, place: Ints, unit: Ints) -> tuple[Ints, Ints]:
    """The unit after the first one and its day; many devices keep the name of a firm that is gone."""
    following, day = np.full(len(place), -1, dtype=np.int64), np.full(len(place), MISSING, dtype=np.int64)
    ended = known(block.exit_day[unit]) & (block.exit_day[unit] <= block.clock.end)
    taken = np.flatnonzero(ended & flip(rng, len(place), figure(block, "equipment", "handover")))
    oldest = int(figure(block, "equipment", "oldest_days"))
    for where in np.unique(place[taken]):
        rows = taken[place[taken] == where]
        firms = settled(block, of_industries(block, _industries(block, int(where))), oldest)
        following[rows] = _by_size(rng, weight, firms, len(rows))
        later = block.exit_day[unit[rows]] + within(block, rng, len(rows), "equipment", "handover_days")
        day[rows] = np.maximum(later, block.est_day[following[rows]] + 30)
    late = known(day) & (day > block.clock.end)
    return np.where(late, -1, following), np.where(late, MISSING, day)


def _stopped(block: Block, rng: np.random.Generator, begin: Ints) -> Ints:
    n = len(begin)
    day = block.clock.end - rng.integers(0, int(figure(block, "equipment", "scrapped_days")), n)
    old = flip(rng, n, figure(block, "equipment", "scrapped")) & (day > begin + 60)
    return np.where(old, day, MISSING)


def _companies(block: Block, rng: np.random.Generator, lifts: int, n: int) -> Ints:
    """Maintenance company per device; only lifts have one."""
    company = np.full(n, -1, dtype=np.int64)
    if lifts:
        firms = maintainers(block)
        weight = np.exp(figure(block, "maintenance", "tail") * rng.standard_normal(len(firms)))
        company[:lifts] = firms[pick(rng, lifts, weight)]
    return company


def maintainers(block: Block) -> Ints:
    """The maintenance companies: firms of the trade, older than what is written of their work."""
    trade = of_industries(block, block.params.safety.texts("maintenance", "industries"))
    days = block.clock.end - block.clock.start + int(figure(block, "volume", "rescue_days"))
    firms = settled(block, trade, days)
    firms = firms if len(firms) else settled(block, trade, int(figure(block, "equipment", "oldest_days")))
    count = max(round(figure(block, "maintenance", "companies") * stock(block)), 1)
    count = max(count, int(figure(block, "maintenance", "least")))
    return np.sort(block.streams.of("maintenance/firms").permutation(firms)[:count])


def _owners(block: Block, rng: np.random.Generator, weight: Floats, unit: Ints, lifts: int) -> Ints:
    firms = _named(block, "equipment", "owners")
    owned = flip(rng, len(unit), figure(block, "lift", "owned"))
    owned[lifts:] = False
    return np.where(owned, _by_size(rng, weight, firms, len(unit)) if len(unit) else unit, unit)


def car(block: Block, fleet: Park) -> dict[str, Ints | Floats]:
    """Speed, load and floors of the lifts."""
    rng, n = block.streams.of("lift/car"), fleet.lifts
    speeds, loads = figures(block, "lift", "speeds"), figures(block, "lift", "loads")
    floors = within(block, rng, n, "lift", "floors")
    fast = np.minimum((floors - 1) * len(speeds) // int(figures(block, "lift", "floors")[1]), len(speeds) - 1)
    return {
        "speed": speeds[fast],
        "load_kg": loads[rng.integers(0, len(loads), n)].astype(np.int64),
        "floors": floors,
    }
