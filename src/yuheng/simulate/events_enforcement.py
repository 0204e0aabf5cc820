"""Penalties (S-PUN), draws by lot and targeted checks (S-DR, S-CHECK): what the authority finds and decides."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, YEAR, known
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import (
    after,
    between,
    entered,
    flip,
    histories,
    industry_flags,
    ints,
    opening,
    pick,
    record,
    share,
    shares,
)
from yuheng.simulate.events_national import yearly_grades
from yuheng.simulate.hazard import chance, occur, poisson
from yuheng.simulate.params import Flags, Floats, Ints


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feeds penalty, result and check."""
    return {"penalty": _penalties(block, done), "result": _draws(block), "check": _checks(block)}


def _penalties(block: Block, done: dict[str, Rows]) -> Rows:
    """Decisions by themselves, and those that follow a filed report or a failed sample of `done`."""
    by_itself, then = occur(block, "penalty", since=opening(block, "penalty_years"))
    rng = block.streams.of("penalty")
    caused, when = _caused(block, rng, done)
    firm, day = np.concatenate([by_itself, caused]), np.concatenate([then, when])
    n = len(firm)
    severe = flip(rng, n, _severity(block, firm, day))
    light, heavy = (pick(rng, n, shares(block, "penalty", x)) for x in ("kinds", "severe_kinds"))
    kind = np.where(severe, heavy, light)
    domain = _domain(block, rng, firm)
    days = _steps(block, rng, firm, day, severe)
    rows = record(
        block, "penalty", firm, entered(block, "penalty", day), decide_day=day, penalty_act=domain,
        penalty_domain=domain, penalty_kind=kind, due_day=day + int(share(block, "penalty", "perform_days")),
        **_amounts(block, rng, kind),
    )  # fmt: skip
    return histories(rows, days)


def _caused(block: Block, rng: np.random.Generator, done: dict[str, Rows]) -> tuple[Ints, Ints]:
    """Firm and day of the decisions that a filed report or a failed sample leads to some weeks later."""
    firms, days = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for name, column in (("case", "filed_day"), ("food", "report_day"), ("spotcheck", "report_day")):
        rows = done[name]
        use = known(ints(rows[column])) if name == "case" else (rows["fail"] == 1) & (rows["responsible"] == 1)
        keys, first = np.unique(ints(rows["key"])[use], return_index=True)
        firm, found = ints(rows["firm"])[use][first], ints(rows[column])[use][first]
        followed = flip(rng, len(keys), share(block, "penalty", "after", name))
        decided = block.clock.working(found + between(block, rng, len(keys), "penalty", "after_days"))
        chosen = followed & (decided < block.life_end[firm])
        firms.append(firm[chosen])
        days.append(decided[chosen])
    return np.concatenate(firms), np.concatenate(days)


def _severity(block: Block, firm: Ints, day: Ints) -> Floats:
    """Heavier kinds are the more frequent the higher the risk."""
    factor = np.exp(share(block, "penalty", "severe_slope") * block.risk(firm, day))
    mean = float(factor.mean()) if len(firm) else 1.0
    result: Floats = np.minimum(share(block, "penalty", "severe") * factor / mean, 0.6)
    return result


def _domain(block: Block, rng: np.random.Generator, firm: Ints) -> Ints:
    """Food firms mostly err in food, producers in products, all in anything."""
    n, draw = len(firm), rng.random(len(firm))
    food = industry_flags(block, "food")[firm] & (draw < share(block, "penalty", "key_food"))
    product = industry_flags(block, "product")[firm] & (draw < share(block, "penalty", "key_product")) & ~food
    of_food, of_product, other = (pick(rng, n, shares(block, "penalty", x)) for x in ("food", "product", "other"))
    return np.where(food, of_food, np.where(product, of_product, other)).astype(np.int64)


def _amounts(block: Block, rng: np.random.Generator, kind: Ints) -> Rows:
    """元, by what the kinds say: 03 a fine, 04 a confiscation."""
    kinds = block.params.words("penalty_kind")
    fined, taken = (np.asarray([code in text.split(",") for text in kinds])[kind] for code in ("03", "04"))
    mean, sigma = block.params.number("money", "fine_log_mean"), block.params.number("money", "fine_sigma")
    fine = np.exp(rng.normal(mean, sigma, len(kind)))
    low, width = share(block, "penalty", "forfeit_mean"), share(block, "penalty", "forfeit_sigma")
    forfeit = np.exp(rng.normal(low, width, len(kind)))
    return {"fine": np.round(np.where(fined, fine, 0.0), 2), "forfeit": np.round(np.where(taken, forfeit, 0.0), 2)}


def _steps(block: Block, rng: np.random.Generator, firm: Ints, day: Ints, severe: Flags) -> dict[str, Ints]:
    """Performed (in time, late or never), then repaired or, rarely, revoked as wrong."""
    n, term = len(firm), int(share(block, "penalty", "perform_days"))
    unpaid = chance(block, "penalty_unpaid", firm, day)
    late = flip(rng, n, share(block, "penalty", "late_paid"))
    delay = np.where(unpaid, term + between(block, rng, n, "penalty", "late_days"), rng.integers(1, term + 1, n))
    performed = after(block, firm, day, delay, ~unpaid | late)
    wait = np.where(severe, share(block, "penalty", "repair_wait_severe"), share(block, "penalty", "repair_wait"))
    extent = rng.exponential(share(block, "penalty", "repair_mean"), n)
    mended = known(performed) & flip(rng, n, share(block, "penalty", "repair"))
    repair = after(
        block,
        firm,
        np.where(mended, np.maximum(day + wait.astype(np.int64), performed + 1), MISSING),
        extent.astype(np.int64),
    )
    wrong = flip(rng, n, share(block, "penalty", "revoked")) & ~known(repair)
    revoke = after(block, firm, np.maximum(day, performed), between(block, rng, n, "penalty", "revoked_days"), wrong)
    return {"performed_day": performed, "repair_day": repair, "revoke_day": revoke}


def _draws(block: Block) -> Rows:
    """Lots at a rate by the national grade of the year; a part of the targeted checks runs on the same platform."""
    rates = shares(block, "check", "draw_rates")
    grades = yearly_grades(block)
    since = opening(block, "penalty_years")
    low, high = block.spans(since)
    years = np.maximum(high - low, 0) / YEAR
    part = np.where(block.enterprise, 1.0, block.params.number("others_rate"))
    firm, day = poisson(block, "occur/draw", rates[grades] * years * part[:, None], low, high)
    rate = rates[grades[firm, block.clock.cell_of(day)]]
    problem = chance(block, "problem_found", firm, day)
    firm2, day2 = occur(block, "targeted_check", since=since)
    own = flip(block.streams.of("check/own"), len(firm2), share(block, "check", "targeted_in_draws"))
    firm2, day2 = firm2[own], day2[own]
    found = np.concatenate([problem, chance(block, "target_problem", firm2, day2, salt="draws")])
    targeted = np.repeat(np.asarray([0, 1], dtype=np.int64), [len(firm), len(firm2)])
    firm, day = np.concatenate([firm, firm2]), np.concatenate([day, day2])
    return record(
        block, "result", firm, entered(block, "result", day), check_day=day, targeted=targeted,
        rate=np.concatenate([rate, np.full(len(firm2), np.nan)]), check_result=_outcome(block, "result", found),
    )  # fmt: skip


def _checks(block: Block) -> Rows:
    firm, day = occur(block, "targeted_check", since=opening(block, "penalty_years"))
    own = flip(block.streams.of("check/own"), len(firm), share(block, "check", "targeted_in_draws"))
    firm, day = firm[~own], day[~own]
    rng = block.streams.of("check/kind")
    kind = flip(rng, len(firm), share(block, "check", "special")).astype(np.int64)
    found = chance(block, "target_problem", firm, day, salt="checks")
    result = _outcome(block, "check", found)
    return record(
        block, "check", firm, entered(block, "check", day), check_day=day, check_kind=kind, check_result=result
    )


def _outcome(block: Block, name: str, found: Flags) -> Ints:
    """Place in the word list check_result: 0 no problem, the last closed down, else one of the problems."""
    rng = block.streams.of(f"outcome/{name}")
    weights = shares(block, "check", "problems")
    problem = pick(rng, len(found), weights)
    closed = flip(rng, len(found), share(block, "check", "closed"))
    return np.where(found, problem, np.where(closed, len(weights) - 1, 0)).astype(np.int64)
