"""S-96333: people shut in lifts, from the call to the close, and the rescue stations."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import YEAR, known
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import entered, flip, pick, record
from yuheng.simulate.lifts import Park, maintainers, rescue_codes
from yuheng.simulate.params import Array, Ints
from yuheng.simulate.safety_base import drawn, figure, figures, places, seconds, several, since, stock, within


def rescues(block: Block, fleet: Park) -> Rows:
    """The feed rescue_event: only lifts that 96333 knows."""
    lift, day = _calls(block, fleet)
    rng = block.streams.of("rescue_event")
    n = len(lift)
    clocks = _clocks(block, rng, n)
    group = drawn(block, rng, n, "rescue", "groups")
    size = figures(block, "rescue", "causes").astype(np.int64)
    first = np.cumsum(size) - size
    cause = first[group] + (rng.random(n) * size[group]).astype(np.int64)
    return record(
        block, "rescue_event", fleet.company[lift], day, number=fleet.number[lift], equipment_code=fleet.kind[lift],
        rescue=rescue_codes(block, fleet)[lift], call_day=day,
        rescue_channel=drawn(block, rng, n, "rescue", "channels"),
        trapped=1 + rng.poisson(figure(block, "rescue", "people"), n), **clocks,
        special=np.where(flip(rng, n, figure(block, "rescue", "special")), rng.integers(1, 5, n), 0),
        rescue_level=drawn(block, rng, n, "rescue", "levels"), rescue_cause_group=group, rescue_cause=cause,
        self_released=flip(rng, n, figure(block, "rescue", "self_released")).astype(np.int64),
        injured=flip(rng, n, figure(block, "rescue", "injured")).astype(np.int64),
    )  # fmt: skip


def _calls(block: Block, fleet: Park) -> tuple[Ints, Ints]:
    """Lift and day of each call: a Poisson process whose rate differs from lift to lift and grows with age."""
    rng, row = block.streams.of("rescue/calls"), fleet.lift
    tail = figure(block, "rescue", "tail")
    first, last = since(block, "rescue_days"), block.clock.end
    begin = np.maximum(fleet.begin[row], first)
    end = np.where(known(fleet.stop[row]), np.minimum(fleet.stop[row] - 1, last), last)
    monthly = figure(block, "rescue", "monthly") * figures(block, "rescue", "ages")[fleet.age[row]]
    mean = monthly * rng.gamma(tail, 1.0 / tail, len(row)) * np.maximum(end - begin, 0) / (YEAR / 12)
    lift, _ = several(rng.poisson(np.where(rescue_codes(block, fleet) >= 0, mean, 0.0)))
    day = begin[lift] + (rng.random(len(lift)) * (end - begin)[lift]).astype(np.int64)
    fine = np.flatnonzero(day >= block.est_day[fleet.company[lift]])
    return lift[fine], day[fine]


def _clocks(block: Block, rng: np.random.Generator, n: int) -> dict[str, Array]:
    """Seconds since midnight of the call's day; they may go beyond it."""
    call = seconds(block, rng, n, "rescue", "hours")
    dispatch = call + within(block, rng, n, "rescue", "dispatch")
    accept = dispatch + within(block, rng, n, "rescue", "accept")
    times = {}
    for name in ("arrive", "release"):
        median, sigma = figure(block, "rescue", f"{name}_minutes"), figure(block, "rescue", f"{name}_sigma")
        times[name] = (60 * np.exp(np.log(median) + sigma * rng.standard_normal(n))).astype(np.int64)
    arrive = np.maximum(call + times["arrive"], accept + 30)
    release = arrive + np.maximum(times["release"], 20)
    repair = release + 3600 * within(block, rng, n, "rescue", "repair_hours")
    stopped = flip(rng, n, figure(block, "rescue", "stopped"))
    return {
        "call_sec": call, "dispatch_sec": dispatch, "accept_sec": accept, "arrive_sec": arrive, "release_sec": release,
        "repair_sec": repair, "stopped": stopped.astype(np.int64),
        "close_sec": np.where(stopped, repair, release) + rng.integers(600, 7200, n),
    }  # fmt: skip


def stations(block: Block, fleet: Park) -> Rows:
    """The feed rescue_station: at the seats of maintenance companies and of other firms of the places of lifts."""
    rng = block.streams.of("rescue_station")
    hosts = maintainers(block) if fleet.lifts else np.zeros(0, dtype=np.int64)
    count = round(figure(block, "rescue", "stations") * stock(block))
    count = max(count, int(figure(block, "rescue", "least_stations"))) if len(hosts) else 0
    host = hosts[pick(rng, count, np.ones(len(hosts)))] if count else hosts
    lift = rng.integers(0, max(fleet.lifts, 1), len(host))
    filed = block.est_day[host] + rng.integers(60, 400, len(host))
    rows = record(
        block, "rescue_station", host, entered(block, "rescue_station", filed), filed_day=filed,
        county_code=fleet.county[lift], staff=within(block, rng, len(host), "rescue", "staff"),
    )  # fmt: skip
    lat, lon = places(block, fleet.county[lift], rows["key"].astype(np.int64))
    return rows | {"lat": lat, "lon": lon}
