"""S-MAINT: the visits of mechanics as the paperless system has them; some were never made as they are told."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import known
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import flip, record
from yuheng.simulate.hazard import chance
from yuheng.simulate.lifts import Park
from yuheng.simulate.params import Array, Flags, Ints
from yuheng.simulate.safety_base import figure, figures, since, some, within

_METRES = 111_000.0
_YEARLY, _HALF_YEARLY, _QUARTERLY = 26, 13, 6


def visits(block: Block, fleet: Park, crew: tuple[Ints, Ints]) -> Rows:
    """The feed maint_record of the lifts whose company keeps no paper."""
    lift, turn, plan, day = _made(block, fleet)
    rng = block.streams.of("maint_record")
    n, company = len(lift), fleet.company[lift]
    kind = _kinds(turn)
    faked = chance(block, "upkeep_faked", company, day)
    copied = int(figure(block, "upkeep", "copied"))
    items = np.where(faked, copied, rng.integers(0, len(block.params.words("upkeep_items")), n))
    first, sizes = crew
    turn_of = (fleet.number[lift] + day // 90) % np.maximum(sizes[company], 1)
    return record(
        block, "maint_record", company, day, number=fleet.number[lift], equipment_code=fleet.kind[lift], plan_day=plan,
        sign_day=day, upkeep_kind=kind, upkeep_items=items, worker=first[company] + turn_of,
        mate=first[company] + (turn_of + 1) % np.maximum(sizes[company], 1),
        parts=flip(rng, n, figure(block, "upkeep", "parts")).astype(np.int64),
        lift_part=rng.integers(0, len(block.params.words("lift_part")), n), score=5 - rng.integers(0, 3, n) // 2,
        **_where(block, fleet, rng, lift, faked), **_when(block, rng, kind, faked),
    )  # fmt: skip


def _made(block: Block, fleet: Park) -> tuple[Ints, Ints, Ints, Ints]:
    """Lift, number of the visit, planned and actual day of every visit that was made."""
    rng = block.streams.of("upkeep/visits")
    chosen = some(block, "upkeep/lift", fleet.number[: fleet.lifts], figure(block, "volume", "upkeep_share"))
    first, every = since(block, "upkeep_days"), int(figure(block, "upkeep", "every"))
    turns = np.arange((block.clock.end - first) // every + 1)
    plan = first + rng.integers(0, every, len(chosen))[:, None] + every * turns[None, :]
    day = plan + rng.integers(0, int(figure(block, "upkeep", "jitter")) + 1, plan.shape)
    at, turn = np.nonzero((day <= block.clock.end) & (day >= fleet.begin[chosen][:, None]))
    lift, plan, day = chosen[at], plan[at, turn], day[at, turn]
    on = ~known(fleet.stop[lift]) | (day < fleet.stop[lift])
    on &= (day >= block.est_day[fleet.company[lift]]) & (day < block.life_end[fleet.company[lift]])
    lift, turn, plan, day = lift[on], turn[on], plan[on], day[on]
    made = ~chance(block, "upkeep_missed", fleet.company[lift], day)
    return lift[made], turn[made] + lift[made] % _YEARLY, plan[made], day[made]


def _kinds(turn: Ints) -> Ints:
    """Half-monthly 0, quarterly 1, half-yearly 2, yearly 3."""
    yearly, half, quarter = turn % _YEARLY == 0, turn % _HALF_YEARLY == 0, turn % _QUARTERLY == 0
    return np.where(yearly, 3, np.where(half, 2, np.where(quarter, 1, 0))).astype(np.int64)


def _where(block: Block, fleet: Park, rng: np.random.Generator, lift: Ints, faked: Flags) -> dict[str, Array]:
    """Position of the sign-in: near the lift; faked ones come from elsewhere or repeat the lift's own to the metre."""
    n = len(lift)
    near = np.abs(rng.normal(0.0, figure(block, "upkeep", "metres"), n))
    far = within(block, rng, n, "upkeep", "fake_metres").astype(np.float64)
    exact = faked & flip(rng, n, figure(block, "upkeep", "faked_position"))
    distance = np.where(exact, 0.0, np.where(faked, far, near))
    lat = fleet.lat[lift] + distance / _METRES
    out = np.where(faked, lat, fleet.lat[lift] + rng.permutation(near) / _METRES)
    return {"lat": lat, "lat_out": out, "lon": fleet.lon[lift], "distance": distance.astype(np.int64)}


def _when(block: Block, rng: np.random.Generator, kind: Ints, faked: Flags) -> dict[str, Array]:
    n = len(kind)
    low, high = figures(block, "upkeep", "hours")
    start = rng.integers(int(low) * 3600, int(high) * 3600, n)
    more = figures(block, "upkeep", "more_minutes").astype(np.int64)[kind]
    true = within(block, rng, n, "upkeep", "minutes") + more
    minutes = np.where(faked, within(block, rng, n, "upkeep", "fake_minutes"), true)
    start = np.where(faked, int(figure(block, "upkeep", "at_once")), start)
    end = start + 60 * minutes + rng.integers(0, 60, n)
    confirmed = flip(rng, n, figure(block, "upkeep", "confirmed"))
    return {
        "in_sec": start,
        "out_sec": end,
        "minutes": minutes,
        "confirm_sec": np.where(confirmed, end + rng.integers(60, 7200, n), 0),
    }
