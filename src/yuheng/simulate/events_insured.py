"""S-HRSS insured employees: a row per insured firm and published month; some firms drop their people."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import YEAR, date_of, day_of, month_start
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import between, flip, record, share
from yuheng.simulate.hazard import chance
from yuheng.simulate.params import Floats, Ints

_WINDOW = 460


def headcount(block: Block) -> Ints:
    """Insured employees per firm when it stands well; 0 for the firms that insure nobody."""
    rng = block.streams.of("insured/base")
    slope, wanted = block.params.number("insured", "slope"), block.params.number("insured", "share")
    place = slope * block.z.mean(axis=1) + rng.logistic(0.0, 1.0, block.n)
    place = place + np.where(block.active, 0.0, np.log(share(block, "insured", "inactive")))
    bound = np.quantile(place[block.enterprise], 1 - wanted) if block.enterprise.any() else np.inf
    small = ~block.enterprise & flip(rng, block.n, share(block, "insured", "self_employed"))
    ratio, sigma = block.params.number("insured", "mean_ratio"), block.params.number("insured", "size")
    part = np.minimum(ratio * np.exp(rng.normal(0.0, sigma, block.n)), 1.0)
    people = np.maximum(np.round(block.employees * part), 1).astype(np.int64)
    return np.where((block.enterprise & (place >= bound)) | small, people, 0)


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feed insured."""
    ends = _month_ends(block)
    base = headcount(block)
    insured = np.flatnonzero(base > 0)
    day = np.asarray(ends, dtype=np.int64)
    row, month = np.nonzero((block.est_day[insured][:, None] <= day) & (block.life_end[insured][:, None] > day))
    firm, at = insured[row], day[month]
    rng = block.streams.of("insured/months")
    steps = rng.normal(0.0, share(block, "insured", "drift"), (len(insured), len(ends)))
    people = (
        base[firm] * np.exp(np.cumsum(steps, axis=1)[row, month]) * _left(block, insured)[row, block.clock.cell_of(at)]
    )
    count = np.round(people).astype(np.int64)
    keep = count > 0
    firm, at, count = firm[keep], at[keep], count[keep]
    behind = flip(rng, len(firm), share(block, "insured", "arrears")) * between(
        block, rng, len(firm), "insured", "behind"
    )
    stamp = at + between(block, rng, len(firm), "insured", "publish_days")
    rows = record(block, "insured", firm, stamp, month_day=at, insured=count, arrears=behind.astype(np.int64))
    return {"insured": rows}


def _left(block: Block, firms: Ints) -> Floats:
    """Share of the people still insured per firm and year cell: a drop stays."""
    cells = block.clock.cells
    firm = np.repeat(firms, cells)
    day = np.tile(block.clock.cell_starts + YEAR // 2, len(firms))
    dropped = chance(block, "insured_drop", firm, day).reshape(len(firms), cells)
    rng = block.streams.of("insured/drop")
    to = share(block, "insured", "drop_to") * rng.random((len(firms), cells))
    left: Floats = np.asarray(np.cumprod(np.where(dropped, to, 1.0), axis=1), dtype=np.float64)
    return left


def _month_ends(block: Block) -> list[int]:
    """Published months: those of the stock (quarters) within the window of the measures, then every month."""
    listed = {int(x) for x in block.params.numbers("insured", "stock_months")}
    first = date_of(block.clock.start)
    stock: list[int] = []
    for back in range(2, _WINDOW // 30 + 2):
        start = month_start(first.year, first.month - back + 1)
        if (start.month - 2) % 12 + 1 in listed:
            stock.append(day_of(start) - 1)
    return [*sorted(stock), block.clock.start - 1, *block.clock.month_ends()]
