"""S-12315: complaints with their mediation, reports with the cases filed on them, a few enquiries; repeated ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, known
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import after, between, flip, histories, joined, opening, pick, record, share, shares
from yuheng.simulate.hazard import chance, occur
from yuheng.simulate.params import Flags, Floats, Ints

_COMPLAINT, _REPORT, _ENQUIRY = 1, 2, 3
_SUCCESS, _FAILED, _WITHDRAWN, _REFUSED, _LOST = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Course:
    """What became of a case: days MISSING where it did not come to that; `result` 0 without mediation."""

    accepted: Ints
    mediated: Ints
    filed: Ints
    result: Ints


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feed case."""
    since = opening(block, "case_years")
    parts = []
    for kind, hazard in ((_COMPLAINT, "complaint"), (_REPORT, "report")):
        firm, day = occur(block, hazard, since=since)
        parts.append(_cases(block, kind, firm, day))
    firm, day = occur(block, "complaint", since=since)
    asked = flip(block.streams.of("case/enquiry"), len(firm), share(block, "case", "enquiries"))
    parts.append(_cases(block, _ENQUIRY, firm[asked], day[asked]))
    return {"case": joined(*parts)}


def _cases(block: Block, kind: int, firm: Ints, day: Ints) -> Rows:
    """Cases and those that repeat them some days later."""
    rng = block.streams.of(f"case/{kind}")
    again = flip(rng, len(firm), share(block, "case", "duplicate") if kind == _COMPLAINT else 0.0)
    firm = np.concatenate([firm, firm[again]])
    repeated = np.repeat(np.asarray([0, 1], dtype=np.int64), [len(again), int(again.sum())])
    day = np.concatenate([day, day[again] + between(block, rng, int(again.sum()), "case", "repeat_days")])
    alive = day < block.life_end[firm]
    firm, day, repeated = firm[alive], day[alive], repeated[alive]
    n = len(firm)
    course = _course(block, rng, kind, firm, day)
    unjudged = flip(rng, n, share(block, "case", "unjudged"))
    mean, sigma = share(block, "case", "recovered_mean"), share(block, "case", "recovered_sigma")
    won = np.where(course.result == _SUCCESS, np.round(np.exp(rng.normal(mean, sigma, n)), 2), np.nan)
    rows = record(
        block, "case", firm, day, kind=np.full(n, kind, dtype=np.int64), reg_day=day,
        coded=flip(rng, n, share(block, "case", "coded")).astype(np.int64),
        problem=_problem(block, rng, n), duplicate=np.where(unjudged, -1, repeated),
    )  # fmt: skip
    dated = {"accept_day": course.accepted, "mediation_day": course.mediated, "filed_day": course.filed}
    none, unknown = np.zeros(n, dtype=np.int64), np.full(n, np.nan)
    extra = {"mediation": ("mediation_day", none, course.result), "recovered": ("mediation_day", unknown, won)}
    return histories(rows, dated, extra)


def _course(block: Block, rng: np.random.Generator, kind: int, firm: Ints, day: Ints) -> Course:
    n = len(firm)
    nothing, none = np.full(n, MISSING, dtype=np.int64), np.zeros(n, dtype=np.int64)
    if kind == _ENQUIRY:
        return Course(nothing, nothing, nothing, none)
    taken = flip(rng, n, share(block, "case", "accepted"))
    accepted = after(block, firm, day, between(block, rng, n, "case", "accept_days"), taken)
    if kind == _REPORT:
        filed = chance(block, "report_filed", firm, day)
        days = between(block, rng, n, "case", "file_days")
        return Course(accepted, nothing, after(block, firm, accepted, days, filed), none)
    mediated = after(block, firm, accepted, between(block, rng, n, "case", "mediate_days"))
    result = _outcome(block, rng, firm, day)
    return Course(accepted, mediated, nothing, np.where(known(mediated), result, 0))


def _outcome(block: Block, rng: np.random.Generator, firm: Ints, day: Ints) -> Ints:
    refused: Flags = chance(block, "refuse_mediation", firm, day)
    lost = flip(rng, len(firm), share(block, "case", "lost"))
    other = 1 + pick(rng, len(firm), shares(block, "case", "outcomes"))
    return np.where(refused, np.where(lost, _LOST, _REFUSED), other).astype(np.int64)


def _problem(block: Block, rng: np.random.Generator, n: int) -> Ints:
    """Places in the word list, in the shares known of other cities: quality first, then after-sales."""
    number = len(block.params.words("problem"))
    weights: Floats = 1.0 / (1.0 + np.arange(number, dtype=np.float64))
    return pick(rng, n, weights)
