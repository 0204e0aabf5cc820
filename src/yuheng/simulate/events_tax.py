"""S-TAX status: the yearly credit level, and a row for every month in which a firm's standing changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, YEAR, day_of, known, month_start
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import after, between, covering, flip, record, separate, share
from yuheng.simulate.hazard import duration, occur, ordered
from yuheng.simulate.params import Flags, Floats, Ints

_WORST, _NO_LEVEL = 4, -1


@dataclass(frozen=True)
class Spells:
    """Periods [low, high) of firms, never overlapping within a firm; high MISSING = still open."""

    firm: Ints
    low: Ints
    high: Ints
    amount: Floats


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feed tax_status."""
    ends, marks = _months(block)
    abnormal, arrears = _spells(block, "tax_abnormal"), _spells(block, "arrears")
    firm, at = _pairs(block, ends, marks, [abnormal, arrears])
    day = ends[at]
    bad = covering(abnormal.firm, abnormal.low, abnormal.high, firm, day)
    owing = covering(arrears.firm, arrears.low, arrears.high, firm, day)
    amount = _at(arrears.amount, owing, 0.0)
    level = ordered(block, "tax_level", firm, day)
    level = np.where(marks[at], np.where(bad >= 0, _WORST, level), _NO_LEVEL)
    stamp = day + between(block, block.streams.of("tax/published"), len(firm), "tax", "publish_days")
    rows = record(
        block, "tax_status", firm, stamp, period_day=day, level=level, tax_level=level,
        abnormal=(bad >= 0).astype(np.int64), arrears=np.round(amount, 2),
        abnormal_day=_at(abnormal.low, bad, MISSING).astype(np.int64),
    )  # fmt: skip
    return {"tax_status": rows}


def _months(block: Block) -> tuple[Ints, Flags]:
    """Month ends of the feed, and which of them are evaluations."""
    years = block.params.number("tax", "history_years")
    first = block.clock.months + int(years * 12)
    last = block.clock.firsts[-1]
    final = last.astype("datetime64[D]").astype(object)
    starts = [month_start(final.year, final.month - back) for back in range(first - 1, -1, -1)]
    ends = np.asarray([day_of(start) - 1 for start in starts], dtype=np.int64)
    month = block.params.integer("tax", "evaluation_month")
    marks = np.asarray([(start.month - 2) % 12 + 1 == month for start in starts])
    return ends, marks


def _spells(block: Block, name: str) -> Spells:
    firm, low = occur(block, name)
    rng = block.streams.of(f"tax/{name}")
    high = after(block, firm, low, duration(block, f"{name}_stay", rng, len(firm)))
    amount = np.exp(rng.normal(share(block, "tax", "arrears_mean"), share(block, "tax", "arrears_sigma"), len(firm)))
    fresh = separate(firm, low, high)
    return Spells(firm[fresh], low[fresh], high[fresh], amount[fresh])


def _pairs(block: Block, ends: Ints, marks: Flags, spells: list[Spells]) -> tuple[Ints, Ints]:
    """Firm and place of the month of a row: evaluations of taxed firms, months of a change, yearly while it lasts."""
    part = block.params.number("tax", "share_active")
    paying = block.active & flip(block.streams.of("tax/paying"), block.n, part) & block.enterprise
    evaluated = np.flatnonzero(marks)
    pairs = [np.stack([np.repeat(np.flatnonzero(paying), len(evaluated)), np.tile(evaluated, int(paying.sum()))])]
    for spell in spells:
        for day in (spell.low, spell.high):
            at = np.searchsorted(ends, day)
            use = known(day) & (at < len(ends)) & (day > ends[0] - YEAR)
            pairs.append(np.stack([spell.firm[use], at[use]]))
        firm = np.repeat(spell.firm, len(evaluated))
        at = np.tile(evaluated, len(spell.firm))
        open_ = np.where(spell.high == MISSING, block.clock.end + 1, spell.high)
        lasts = (np.repeat(spell.low, len(evaluated)) <= ends[at]) & (np.repeat(open_, len(evaluated)) > ends[at])
        pairs.append(np.stack([firm[lasts], at[lasts]]))
    width = len(ends)
    code = np.unique(np.concatenate([firm * width + at for firm, at in pairs]))
    firm, at = code // width, code % width
    alive = (block.est_day[firm] <= ends[at]) & (block.life_end[firm] > ends[at])
    return firm[alive], at[alive]


def _at(values: Ints | Floats, place: Ints, without: float) -> Floats:
    if not len(values):
        return np.full(len(place), without)
    return np.where(place >= 0, values[np.maximum(place, 0)].astype(np.float64), without)
