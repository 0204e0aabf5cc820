"""S-IOT: terminals on lifts, their events, and hourly aggregates of a few days for some of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import YEAR, known
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import entered, flip, pick, record
from yuheng.simulate.lifts import Park, car
from yuheng.simulate.params import Array, Ints
from yuheng.simulate.safety_base import (
    drawn,
    figure,
    figures,
    lot,
    seconds,
    several,
    since,
    some,
    within,
)

_HOURS = 24


@dataclass(frozen=True)
class Terminals:
    """Terminals with their lift; `device` is the number in all feeds."""

    device: Ints
    lift: Ints
    installed: Ints
    protocol: Ints
    model: Ints


def streams(block: Block, fleet: Park) -> dict[str, Rows]:
    """The feeds iot_device, iot_event and iot_hour_agg."""
    given = _terminals(block, fleet)
    return {
        "iot_device": _devices(block, fleet, given),
        "iot_event": _events(block, fleet, given),
        "iot_hour_agg": _hours(block, fleet, given),
    }


def _terminals(block: Block, fleet: Park) -> Terminals:
    rng = block.streams.of("iot/terminals")
    fitted = lot(block, "device", fleet.number[: fleet.lifts], figure(block, "volume", "device_share"))
    lift = np.flatnonzero(fitted & ~known(fleet.stop[: fleet.lifts]))
    ago = within(block, rng, len(lift), "device", "installed_days")
    installed = np.maximum(fleet.begin[lift], block.clock.end - ago)
    installed = np.maximum(installed, block.est_day[fleet.company[lift]])
    n = len(lift)
    protocol = drawn(block, rng, n, "device", "protocols")
    model = 1 + rng.integers(0, int(figure(block, "device", "models")), n)
    return Terminals(block.keys("iot/device", n), lift, installed, protocol, model)


def _devices(block: Block, fleet: Park, given: Terminals) -> Rows:
    rng, n = block.streams.of("iot_device"), len(given.lift)
    rows = record(
        block, "iot_device", fleet.company[given.lift], entered(block, "iot_device", given.installed),
        number=fleet.number[given.lift], equipment_code=fleet.kind[given.lift], iot_protocol=given.protocol,
        model=given.model, installed_day=given.installed, state=drawn(block, rng, n, "device", "states"),
    )  # fmt: skip
    return rows | {"key": given.device}


def _events(block: Block, fleet: Park, given: Terminals) -> Rows:
    rng, n = block.streams.of("iot_event"), len(given.lift)
    tail = figure(block, "device", "tail")
    first = np.maximum(given.installed, since(block, "event_days"))
    days = np.maximum(block.clock.end + 1 - first, 0)
    rate = figure(block, "device", "monthly") * 12 / YEAR * rng.gamma(tail, 1.0 / tail, n)
    at, _ = several(rng.poisson(rate * days))
    lift = given.lift[at]
    day = first[at] + (rng.random(len(at)) * days[at]).astype(np.int64)
    speed = np.round(car(block, fleet)["speed"][lift] * rng.random(len(at)), 2)
    return record(
        block, "iot_event", fleet.company[lift], day, device=given.device[at], number=fleet.number[lift],
        equipment_code=fleet.kind[lift], event_day=day, iot_code=_codes(block, rng, given.protocol[at]), speed=speed,
        millimetres=(given.protocol[at] == figure(block, "device", "millimetres")).astype(np.int64),
        floor_no=1 + (rng.random(len(at)) * car(block, fleet)["floors"][lift]).astype(np.int64),
        passenger=flip(rng, len(at), figure(block, "device", "passenger")).astype(np.int64),
        **_stamps(block, rng, given, at),
    )  # fmt: skip


def _stamps(block: Block, rng: np.random.Generator, given: Terminals, at: Ints) -> dict[str, Array]:
    """Second of the event by the terminal's clock and by the platform's; a few clocks are wrong all the time."""
    wrong = flip(rng, len(given.lift), figure(block, "device", "drifting"))
    drift = np.where(wrong, within(block, rng, len(given.lift), "device", "drift"), 0)
    drift *= np.where(flip(rng, len(given.lift), 0.5), 1, -1)
    second = seconds(block, rng, len(at), "device", "day")
    back = second + within(block, rng, len(at), "device", "recover_seconds")
    return {
        "event_sec": second,
        "recv_sec": second + drift[at] + within(block, rng, len(at), "device", "delay"),
        "back_sec": np.where(flip(rng, len(at), figure(block, "device", "recovered")), back, 0),
    }


def _codes(block: Block, rng: np.random.Generator, protocol: Ints) -> Ints:
    """A code of the terminal's protocol, the later ones of its list the rarer."""
    sizes = figures(block, "device", "codes").astype(np.int64)
    first, rarer = np.cumsum(sizes) - sizes, figure(block, "device", "rarer")
    code = np.zeros(len(protocol), dtype=np.int64)
    for number, size in enumerate(sizes):
        rows = np.flatnonzero(protocol == number)
        code[rows] = first[number] + pick(rng, len(rows), rarer ** np.arange(size))
    return code


def _hours(block: Block, fleet: Park, given: Terminals) -> Rows:
    rng = block.streams.of("iot_hour_agg")
    chosen = some(block, "iot/hours", given.device, figure(block, "volume", "hour_share"))
    first, days = since(block, "hour_days"), int(figure(block, "volume", "hour_days"))
    hours = np.arange(days * _HOURS)
    at = np.repeat(chosen, len(hours))
    hour = np.tile(hours, len(chosen))
    there = ~flip(rng, len(at), figure(block, "device", "gap")) & (given.installed[at] <= first + hour // _HOURS)
    at, hour = at[there], hour[there]
    lift, day = given.lift[at], first + hour // _HOURS
    busy = figures(block, "device", "day")[hour % _HOURS] * figure(block, "device", "trips")
    trips = rng.poisson(busy)
    return record(
        block, "iot_hour_agg", fleet.company[lift], day, device=given.device[at], number=fleet.number[lift],
        equipment_code=fleet.kind[lift], hour_day=day, hour_sec=3600 * (hour % _HOURS), trips=trips,
        doors=trips + rng.poisson(1.0, len(at)), speed=np.where(trips > 0, car(block, fleet)["speed"][lift], 0.0),
        faults=rng.poisson(figure(block, "device", "faults"), len(at)), offline=_offline(block, rng, len(at)),
        **_sensors(block, rng, at, hour, len(given.lift)),
    )  # fmt: skip


def _offline(block: Block, rng: np.random.Generator, n: int) -> Ints:
    return np.where(flip(rng, n, figure(block, "device", "offline")), rng.integers(30, 3601, n), 0)


def _sensors(block: Block, rng: np.random.Generator, at: Ints, hour: Ints, n: int) -> dict[str, Array]:
    """Temperature over the day and vibration; a dead sensor shows one value for ever."""
    low, high = figures(block, "device", "temp")
    dead = flip(rng, n, figure(block, "device", "dead"))
    level = low + rng.random(n) * (high - low)
    daily = 4.0 * np.sin((hour % _HOURS - 9) / _HOURS * 2 * np.pi) + rng.normal(0.0, 0.6, len(at))
    shake = (
        figure(block, "device", "vibration")
        * np.exp(rng.normal(0.0, 0.3, n))[at]
        * np.exp(rng.normal(0.0, 0.1, len(at)))
    )
    return {"temp": np.where(dead[at], level[at], level[at] + daily), "vibration": shake}
