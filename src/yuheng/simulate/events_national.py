"""S-13 grades of the national unified credit-risk classification: A–D, another look at the risk, with noise."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import YEAR, date_of, day_of, month_start
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import between, flip, record, share
from yuheng.simulate.hazard import ordered
from yuheng.simulate.params import Flags, Ints


def yearly_grades(block: Block) -> Ints:
    """Grade 0 (A) … 3 (D) per firm and year cell, in the shares of the content."""
    cells = block.clock.cells
    firm = np.repeat(np.arange(block.n, dtype=np.int64), cells)
    day = np.tile(block.clock.cell_starts + YEAR // 2, block.n)
    return ordered(block, "grade", firm, day).reshape(block.n, cells)


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feed samr_grade: all enterprises in the opening stock and once a year, in between the changes."""
    first = date_of(block.clock.start)
    before = [day_of(month_start(first.year, first.month - back)) - 1 for back in (1, 0)]
    ends = np.asarray([*before, *block.clock.month_ends()], dtype=np.int64)
    firms = np.flatnonzero(block.enterprise)
    alive = (block.est_day[firms][:, None] <= ends) & (block.life_end[firms][:, None] > ends)
    grades = _monthly(block, firms, ends)
    row, month = np.nonzero(alive & _sent(block, grades, alive, ends))
    rng = block.streams.of("national/sent")
    stamp = ends[month] + between(block, rng, len(row), "national", "publish_days")
    rows = record(block, "samr_grade", firms[row], stamp, month_day=ends[month], grade=grades[row, month])
    return {"samr_grade": rows}


def _monthly(block: Block, firms: Ints, ends: Ints) -> Ints:
    """The grade of the year, in a few months one step away from it."""
    rng = block.streams.of("national/flip")
    shape = (len(firms), len(ends))
    grades = yearly_grades(block)[firms][:, block.clock.cell_of(ends)]
    step = np.where(flip(rng, grades.size, 0.5), 1, -1).reshape(shape)
    moved = flip(rng, grades.size, share(block, "national", "flip")).reshape(shape)
    result: Ints = np.clip(grades + step * moved, 0, 3).astype(np.int64)
    return result


def _sent(block: Block, grades: Ints, alive: Flags, ends: Ints) -> Flags:
    changed = np.ones(grades.shape, dtype=np.bool_)
    changed[:, 1:] = (grades[:, 1:] != grades[:, :-1]) | ~alive[:, :-1]
    full = int(share(block, "national", "full_month"))
    whole = np.asarray([place == 0 or date_of(int(end)).month == full for place, end in enumerate(ends)])
    result: Flags = changed | whole[None, :]
    return result
