"""S-PHARM: pharmacists on duty, prescriptions, temperatures; of a few stores and of the last days only."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import entered, flip, ints, record
from yuheng.simulate.params import Array, Flags, Floats, Ints
from yuheng.simulate.safety_base import drawn, figure, figures, several, since, some, table, within

_DAY = 86_400
_COLD = 2
_WARMEST = 14


def duties(block: Block, stores: Rows) -> Rows:
    """The feed pharmacist_duty: one person a day, some days nobody; now and then one person in two stores at once."""
    at, day = _days(block, stores, "duty")
    staffed = ints(stores["pharmacists"])[at] > 0
    at, day = at[staffed], day[staffed]
    rng = block.streams.of("pharmacist_duty")
    there = ~flip(rng, len(at), figure(block, "pharmacy", "absent"))
    at, day = at[there], day[there]
    n = len(at)
    worker = ints(stores["crew"])[at] + day % np.maximum(ints(stores["pharmacists"])[at], 1)
    begin = within(block, rng, n, "pharmacy", "in_seconds")
    shared = _shared(block, rng, day)
    before = np.maximum(np.arange(n) - 1, 0)
    worker, begin = np.where(shared, worker[before], worker), np.where(shared, begin[before], begin)
    bad = shared & flip(rng, n, figure(block, "pharmacy", "noticed"))
    low, high = (
        np.where(bad, *(figures(block, "pharmacy", x)[i] for x in ("bad_score", "good_score"))) for i in (0, 1)
    )
    return record(
        block, "pharmacist_duty", ints(stores["firm"])[at], day, store=ints(stores["key"])[at], worker=worker,
        duty_day=day,
        in_sec=begin, out_sec=begin + 3600 * within(block, rng, n, "pharmacy", "hours"),
        duty_method=drawn(block, rng, n, "pharmacy", "methods"), score=low + rng.random(n) * (high - low),
    )  # fmt: skip


def _shared(block: Block, rng: np.random.Generator, day: Ints) -> Flags:
    """Rows whose person is that of the row before, on the same day in another store."""
    same = np.zeros(len(day), dtype=np.bool_)
    same[1:] = day[1:] == day[:-1]
    return same & flip(rng, len(day), figure(block, "pharmacy", "shared"))


def _days(block: Block, stores: Rows, name: str) -> tuple[Ints, Ints]:
    """Store and day, by day, for the stores and days of `volume.<name>_share` and `_days`."""
    chosen = some(block, f"pharmacy/{name}", ints(stores["key"]), figure(block, "volume", f"{name}_share"))
    days = np.arange(since(block, f"{name}_days"), block.clock.end + 1)
    at, day = np.tile(chosen, len(days)), np.repeat(days, len(chosen))
    open_ = day >= ints(stores["opened_day"])[at]
    return at[open_], day[open_]


def prescriptions(block: Block, stores: Rows) -> Rows:
    """The feed rx_record; some prescriptions are used again, some sales were never audited."""
    at, day = _days(block, stores, "rx")
    rng = block.streams.of("rx_record")
    place, _ = several(rng.poisson(figure(block, "pharmacy", "rx_daily"), len(at)))
    at, day, n = at[place], day[place], len(place)
    number = block.keys("prescription", n)
    again = flip(rng, n, figure(block, "pharmacy", "repeated"))
    number = np.where(again, np.roll(number, 1), number)
    staffed = ints(stores["pharmacists"])[at] > 0
    worker = np.where(staffed, ints(stores["crew"])[at] + day % np.maximum(ints(stores["pharmacists"])[at], 1), -1)
    many = flip(rng, n, figure(block, "pharmacy", "many"))
    return record(
        block, "rx_record", ints(stores["firm"])[at], day, store=ints(stores["key"])[at], prescription=number,
        sale_day=day,
        rx_source=flip(rng, n, figure(block, "pharmacy", "online")).astype(np.int64),
        drug_code=drawn(block, rng, n, "pharmacy", "drugs"),
        qty=np.where(many, rng.integers(3, 9, n), rng.integers(1, 3, n)),
        person=rng.integers(0, block.lookups["p"].num_rows, n), worker=worker,
        audited=(staffed & flip(rng, n, figure(block, "pharmacy", "audited"))).astype(np.int64),
        sale_sec=rng.integers(8 * 3600 + 1800, 21 * 3600, n),
    )  # fmt: skip


def points(block: Block, stores: Rows) -> Rows:
    """The feed temp_point: a point for the normal and one for the cool zone, one in the fridge where there is one."""
    at, zone = several(2 + ints(stores["cold"]))
    opened = ints(stores["opened_day"])[at]
    bounds = table(block, "pharmacy", "zones")[zone]
    return record(
        block, "temp_point", ints(stores["firm"])[at], entered(block, "temp_point", opened),
        store=ints(stores["key"])[at],
        temp_zone=zone, installed_day=opened, low=bounds[:, 0], high=bounds[:, 1],
    )  # fmt: skip


def readings(block: Block, stores: Rows, measured: Rows) -> Rows:
    """The feed temp_reading of all points of some stores."""
    chosen = some(block, "pharmacy/reading", ints(stores["key"]), figure(block, "volume", "reading_share"))
    inside = np.flatnonzero(np.isin(ints(measured["store"]), ints(stores["key"])[chosen]))
    step = 60 * int(figure(block, "volume", "reading_minutes"))
    first, days = since(block, "reading_days"), int(figure(block, "volume", "reading_days"))
    ticks = np.arange(days * _DAY // step)
    at, tick = np.repeat(inside, len(ticks)), np.tile(ticks, len(inside))
    rng = block.streams.of("temp_reading")
    day = first + tick * step // _DAY
    there = ~flip(rng, len(at), figure(block, "pharmacy", "gap")) & (ints(measured["installed_day"])[at] <= day)
    at, tick, day = at[there], tick[there], day[there]
    n = len(at)
    return record(
        block, "temp_reading", ints(measured["firm"])[at], day, point=ints(measured["key"])[at], reading_day=day,
        reading_sec=tick * step % _DAY, power=np.where(flip(rng, n, figure(block, "pharmacy", "power_cut")), 0, 1),
        battery=100 - tick * 10 // len(ticks), humidity=_humidity(block, rng, n),
        temp=_temperatures(block, rng, measured, at, tick * step % _DAY),
    )  # fmt: skip


def _humidity(block: Block, rng: np.random.Generator, n: int) -> Floats:
    mean, sigma = figures(block, "pharmacy", "humidity").tolist()
    low, high = figures(block, "pharmacy", "humidity_bounds").tolist()
    return np.clip(rng.normal(mean, sigma, n), low, high)


def _temperatures(block: Block, rng: np.random.Generator, measured: Rows, at: Ints, second: Ints) -> Array:
    """Around the zone's mean, warmer in the afternoon; some points have warm hours, dead ones one value for ever."""
    count, zone = len(measured["key"]), ints(measured["temp_zone"])
    mean, sigma = figures(block, "pharmacy", "zone_mean")[zone], figures(block, "pharmacy", "zone_sigma")[zone]
    own = mean + sigma * 0.4 * rng.standard_normal(count)
    swing = np.where(zone == _COLD, 0.2, 1.0)[at] * np.sin((second / 3600 - _WARMEST + 6) / 24 * 2 * np.pi)
    value = own[at] + swing + 0.5 * sigma[at] * rng.standard_normal(len(at))
    value = value + figure(block, "pharmacy", "warm_degrees") * flip(rng, len(at), figure(block, "pharmacy", "warm"))
    dead = flip(rng, count, figure(block, "pharmacy", "dead"))
    return np.where(dead[at], own[at], value)
