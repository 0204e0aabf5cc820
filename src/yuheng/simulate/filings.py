"""Filings for suspension and liquidation, and the addresses as the land and civil authorities know them."""

from __future__ import annotations

import numpy as np

from yuheng.simulate import hazard
from yuheng.simulate.block import CANCELLED, ENTERPRISE, Block
from yuheng.simulate.clock import MISSING, until
from yuheng.simulate.dirt import Rows, revise
from yuheng.simulate.params import Ints
from yuheng.simulate.population import World


def closures(world: World) -> Rows:
    """Rows of reg_closure: suspensions, one per firm, with the day until which they are filed."""
    block = world.block
    firm, day = _once(*hazard.occur(block, "closure", where=block.kind == ENTERPRISE))
    stay = hazard.duration(block, "closure_stay", block.streams.of("filings/closure"), len(firm))
    keys = block.keys("reg_closure", len(firm))
    return {"key": keys, "firm": firm, "stamp": day, "from_day": day, "to_day": day + np.minimum(stay, 3 * 365)}


def liquidations(world: World) -> Rows:
    """Rows of reg_liquidation: filed before many cancellations; some are still open at the end."""
    block = world.block
    gone = np.flatnonzero((block.exit_kind == CANCELLED) & (block.kind == ENTERPRISE))
    gone = gone[hazard.chance(block, "cancelled_by_liquidation", gone, block.exit_day[gone])]
    rng = block.streams.of("filings/liquidation")
    begun = np.maximum(block.exit_day[gone] - 46 - rng.integers(0, 200, len(gone)), block.est_day[gone] + 1)
    stay = block.exit_day == MISSING
    firm, day = _once(*hazard.occur(block, "liquidation", where=stay & (block.kind == ENTERPRISE)))
    firm, day = np.concatenate([gone, firm]), np.concatenate([begun, day])
    close = until(block.exit_day[firm], block.clock.end)
    keep = (close == MISSING) | (close > day)
    firm, day, close = firm[keep], day[keep], close[keep]
    rows: Rows = {"key": block.keys("reg_liquidation", len(firm)), "firm": firm, "stamp": day, "from_day": day,
                  "to_day": np.full(len(firm), MISSING, dtype=np.int64)}  # fmt: skip
    return revise(rows, close != MISSING, close, to_day=close)


def addresses(world: World) -> Rows:
    """Rows of the feed address: every address of the block, known from the day its first firm came."""
    block, n = world.block, world.places.n
    came, who = _arrivals(block, n)
    known = np.flatnonzero(who >= 0)
    level = hazard.ordered(block, "address_level", who[known], np.full(len(known), block.clock.end))
    cluster = world.places.cluster[known]
    return {
        "key": block.keys("address", n)[known], "stamp": came[known], "addr": known,
        "level": np.where(cluster, np.minimum(level, 1), level), "cluster": cluster.astype(np.int64),
        "from_day": came[known], "to_day": np.full(len(known), MISSING, dtype=np.int64),
    }  # fmt: skip


def _arrivals(block: Block, n: int) -> tuple[Ints, Ints]:
    """First day of use and first user per address."""
    firm, addr, day = np.arange(block.n), block.addr, block.est_day.copy()
    moved = block.moves.get("addr")
    if moved is not None and len(moved.firm):
        np.maximum.at(day, moved.firm, moved.day)
        since = block.est_day[moved.firm]
        same = moved.firm[1:] == moved.firm[:-1]
        since[1:][same] = moved.day[:-1][same]
        firm = np.concatenate([firm, moved.firm])
        addr = np.concatenate([addr, moved.before.astype(np.int64)])
        day = np.concatenate([day, since])
    order = np.lexsort((firm, day, addr))
    place, first = np.unique(addr[order], return_index=True)
    came, who = np.full(n, MISSING, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    came[place], who[place] = day[order][first], firm[order][first]
    return came, who


def _once(firm: Ints, day: Ints) -> tuple[Ints, Ints]:
    """The first event of each firm; the events are in order."""
    _, first = np.unique(firm, return_index=True)
    return firm[first], day[first]
