"""S-INSP: inspections and self-tests of special equipment, by the cycle of their kind; some late, some never."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, YEAR
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import anniversary, entered, flip, record
from yuheng.simulate.hazard import chance
from yuheng.simulate.lifts import LIFT, Park
from yuheng.simulate.params import Ints
from yuheng.simulate.safety_base import drawn, figure, figures, since, within

_SUPERVISED, _PERIODIC, _SELF = 0, 1, 2
_PASS, _FAIL = 0, 1


def inspections(block: Block, fleet: Park) -> Rows:
    """The feed inspection_report; `row` is the device."""
    row, turn, day = _held(block, fleet)
    rng = block.streams.of("inspection_report")
    n = len(row)
    unit = fleet.unit_at(block, row, day)
    period = np.asarray(figures(block, "equipment", "periods"), dtype=np.int64)[fleet.kind[row]]
    unfit = chance(block, "lift_unfit", unit, day)
    conclusion = np.where(unfit, 1 + drawn(block, rng, n, "inspection", "unfit_results"), _PASS)
    due = anniversary(fleet.accept[row], turn + period)
    failed = (conclusion == _FAIL) | (conclusion == _FAIL + 2)
    words = {
        name: rng.integers(0, len(block.params.words(name)), n)
        for name in ("test_body", "test_lab", "surname", "surname_second", "lift_problem", "lift_problem_second")
    }
    return record(
        block, "inspection_report", unit, entered(block, "inspection_report", day), row=row,
        number=fleet.number[row], equipment_code=fleet.kind[row], report_day=day,
        due_day=np.where(failed, MISSING, due), report_kind=_kinds(block, fleet, row, turn), conclusion=conclusion,
        **words, problems=rng.poisson(figure(block, "inspection", "problems"), n) + unfit,
    )  # fmt: skip


def _held(block: Block, fleet: Park) -> tuple[Ints, Ints, Ints]:
    """Device, years after acceptance and day of every inspection that was held within the time looked at."""
    first = since(block, "report_days")
    period = np.asarray(figures(block, "equipment", "periods"), dtype=np.int64)[fleet.kind]
    rounds = (block.clock.end - first) // YEAR + 2
    begin = np.maximum((first - fleet.accept) // YEAR, 0)
    turn = begin[:, None] + np.arange(rounds)[None, :]
    row, column = np.nonzero(turn % period[:, None] == 0)
    turn = turn[row, column]
    rng = block.streams.of("inspection/day")
    due = anniversary(fleet.accept[row], turn)
    late = chance(block, "inspection_late", fleet.unit[row], due)
    ahead = due - within(block, rng, len(row), "inspection", "before")
    behind = due + within(block, rng, len(row), "inspection", "late")
    day = np.where(turn == 0, fleet.accept[row], np.where(late, behind, ahead))
    held = (day >= first) & (day <= block.clock.end) & (fleet.unit_at(block, row, day) >= 0)
    held &= ~flip(rng, len(row), figure(block, "inspection", "never"))
    fine = np.flatnonzero(held)
    return row[fine], turn[fine], day[fine]


def _kinds(block: Block, fleet: Park, row: Ints, turn: Ints) -> Ints:
    """Lifts: the periodic inspection in some years, the unit's own test in the others; others: always periodic."""
    years = figures(block, "inspection", "periodic").astype(np.int64)
    periodic = np.isin(turn, years) | (turn > figure(block, "inspection", "always_after")) | (fleet.kind[row] != LIFT)
    return np.where(turn == 0, _SUPERVISED, np.where(periodic, _PERIODIC, _SELF))
