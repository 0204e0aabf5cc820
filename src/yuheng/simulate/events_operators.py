"""S-WORKER: certificates of mechanics and of those who run equipment; many have missed their review."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, YEAR
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import anniversary, entered, flip, histories, record
from yuheng.simulate.lifts import Park
from yuheng.simulate.params import Ints
from yuheng.simulate.safety_base import drawn, engage, figure, several, stock

_MECHANIC = 0


def certificates(block: Block, fleet: Park, crew: tuple[Ints, Ints]) -> Rows:
    """The feed worker_cert."""
    first, sizes = crew
    company, turn = several(sizes)
    rng = block.streams.of("worker_cert")
    count = round(figure(block, "operators", "per_enterprise") * stock(block)) if len(fleet.number) else 0
    device = rng.integers(0, max(len(fleet.number), 1), count)
    employer = fleet.unit[device]
    hired = engage(block, "k", block.county_row[employer], np.full(count, block.clock.history), room=2)
    firm = np.concatenate([company, employer])
    worker = np.concatenate([first[company] + turn, hired])
    mechanic = np.full(len(company), _MECHANIC, dtype=np.int64)
    item = np.concatenate([mechanic, drawn(block, rng, count, "operators", "items")])
    return _issued(block, firm, worker, item)


def _issued(block: Block, firm: Ints, worker: Ints, item: Ints) -> Rows:
    rng, n = block.streams.of("worker_cert/issued"), len(firm)
    years = int(figure(block, "operators", "valid_years"))
    fresh = flip(rng, n, figure(block, "operators", "recent"))
    ago = np.where(fresh, rng.integers(5, years * YEAR, n), rng.integers(years * YEAR, (years + 1) * YEAR, n))
    day = np.maximum(block.clock.end - ago, block.est_day[firm] + 30)
    fine = np.flatnonzero((day < block.life_end[firm]) & (day <= block.clock.end))
    firm, worker, item, day, n = firm[fine], worker[fine], item[fine], day[fine], len(fine)
    end = anniversary(day, years) - 1
    rows = record(
        block, "worker_cert", firm, entered(block, "worker_cert", day), worker=worker, worker_item=item, issue_day=day,
        end_day=end, coded=flip(rng, n, figure(block, "operators", "coded")).astype(np.int64),
    )  # fmt: skip
    told = flip(rng, n, figure(block, "operators", "known_expired")) & (end + 10 <= block.clock.end)
    blank = np.zeros(n, dtype=np.int64)
    return histories(rows, {"told_day": np.where(told, end + 10, MISSING)}, {"state": ("told_day", blank, blank + 1)})
