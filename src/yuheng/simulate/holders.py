"""Shareholders, officers and contact persons: the feeds reg_investor, reg_member and reg_liaison."""

from __future__ import annotations

import numpy as np

from yuheng.simulate import hazard
from yuheng.simulate.block import ENTERPRISE, SELF_EMPLOYED, Block
from yuheng.simulate.changes import CAPITAL, INVESTORS, MEMBERS
from yuheng.simulate.clock import MISSING, YEAR
from yuheng.simulate.cohorts import draw
from yuheng.simulate.dirt import Rows, revise, stack
from yuheng.simulate.params import Floats, Ints
from yuheng.simulate.places import phone_numbers
from yuheng.simulate.population import World
from yuheng.simulate.register import older_company

PERSON, FIRM = 1, 2


def investors(world: World, changed: Rows) -> Rows:
    """Rows of reg_investor: present shareholders, and those who sold their share."""
    block, params = world.block, world.block.params
    rng = block.streams.of("holders/investors")
    how = np.asarray(params.column("types", "holders"))[block.type_row]
    count = np.where(how == "", 0, np.where(np.isin(how, ["one_person", "one_firm"]), 1, 0))
    several = np.isin(how, ["persons", "mixed"])
    extra = rng.poisson(params.number("persons", "investors_mean") - 1.5, block.n)
    count = np.where(several, np.minimum(2 + extra, params.integer("persons", "most_investors")), count)
    firm = np.repeat(np.arange(block.n), count)
    slot = np.arange(len(firm)) - np.repeat(np.cumsum(count) - count, count)
    rows = _held(world, rng, firm, slot, how[firm])
    rows |= _contribution(block, rng, firm, slot, count)
    rows |= {"stamp": block.est_day[firm], "in_day": block.est_day[firm], "out_day": _missing(len(firm))}
    rows["key"] = block.keys("reg_investor", len(firm))
    sold, rows = _handed_on(world, rows, slot == count[firm] - 1, changed, INVESTORS, "reg_investor")
    return stack([_revalued(block, rows, changed), sold])


def members(world: World, changed: Rows) -> Rows:
    """Rows of reg_member: supervisors, managers, directors; those who left with their last day."""
    block = world.block
    rng = block.streams.of("holders/members")
    mean = block.params.number("persons", "members_mean")
    limited = np.isin(block.group, ["COMPANY", "STOCK", "FOREIGN"])
    positions = len(block.params.words("position"))
    count = np.where(limited, np.minimum(1 + rng.poisson(mean - 1, block.n), positions), 0)
    firm = np.repeat(np.arange(block.n), count)
    slot = np.arange(len(firm)) - np.repeat(np.cumsum(count) - count, count)
    fresh = world.people.add("members", block.county_row[firm], block.est_day[firm])
    rows: Rows = {
        "key": block.keys("reg_member", len(firm)), "firm": firm, "stamp": block.est_day[firm], "person": fresh,
        "position": slot, "in_day": block.est_day[firm], "out_day": _missing(len(firm)),
    }  # fmt: skip
    left, rows = _handed_on(world, rows, slot == 0, changed, MEMBERS, "reg_member")
    rows["op"] = np.zeros(len(firm), dtype=np.int64)
    return stack([rows, left])


def liaisons(world: World) -> Rows:
    """Rows of reg_liaison: the contact person of every firm, and who handled the newer registrations."""
    block, params = world.block, world.block.params
    rng = block.streams.of("holders/liaisons")
    firm = np.flatnonzero(block.kind != SELF_EMPLOYED)
    other = world.people.add("liaisons", block.county_row[firm], block.est_day[firm])
    leads = rng.random(len(firm)) < params.number("persons", "liaison_is_leader")
    contact: Rows = {"firm": firm, "person": np.where(leads, block.person[firm], other), "phone": block.phone[firm],
                     "role": np.full(len(firm), 1, dtype=np.int64)}  # fmt: skip
    since = block.clock.start - params.integer("bounds", "agent_days")
    new = np.flatnonzero((block.kind != SELF_EMPLOYED) & (block.est_day >= since))
    enterprises = int((block.kind == ENTERPRISE).sum())
    agents = max(1, round(enterprises * params.number("persons", "agents_per_thousand") / 1000))
    counties = rng.integers(0, len(params.rows("counties")), agents)
    people = world.people.add("agents", counties, np.full(agents, since))
    phones = phone_numbers(world.next_phone + np.arange(agents), block.number)
    weight: Floats = 1.0 / np.arange(1.0, agents + 1.0) ** params.number("persons", "agent_tail")
    which = draw(rng, weight, len(new))
    bulk = rng.random(len(new)) < params.number("persons", "agent_share")
    handled: Rows = {"firm": new, "person": np.where(bulk, people[which], block.person[new]),
                     "phone": np.where(bulk, phones[which], block.phone[new]),
                     "role": np.full(len(new), 2, dtype=np.int64)}  # fmt: skip
    rows = stack([contact, handled])
    rows["stamp"] = rows["handled_day"] = block.est_day[rows["firm"].astype(np.int64)]
    rows["key"] = block.keys("reg_liaison", len(rows["firm"]))
    return rows


def _held(
    world: World, rng: np.random.Generator, firm: Ints, slot: Ints, how: np.ndarray[tuple[int], np.dtype[np.str_]]
) -> Rows:
    """Who holds each share: `kind` 1 a person (`person`), 2 a firm (`holder`)."""
    block, params = world.block, world.block.params
    by_firm = (how == "one_firm") | (
        (how == "mixed") & (slot > 0) & (rng.random(len(firm)) < params.number("persons", "enterprise_holder"))
    )
    company, place = older_company(block, block.est_day[firm])
    by_firm &= place > 0
    holder = np.full(len(firm), -1, dtype=np.int64)
    if by_firm.any():
        holder[by_firm] = company[(rng.random(int(by_firm.sum())) * place[by_firm]).astype(np.int64)]
    person = np.full(len(firm), -1, dtype=np.int64)
    lead = ~by_firm & (slot == 0) & (rng.random(len(firm)) < params.number("persons", "leader_holds"))
    person[lead] = block.person[firm[lead]]
    cross = ~by_firm & ~lead & (rng.random(len(firm)) < params.number("persons", "cross_holding")) & (place > 0)
    person[cross] = block.person[company[(rng.random(int(cross.sum())) * place[cross]).astype(np.int64)]]
    new = ~by_firm & (person < 0)
    person[new] = world.people.add("investors", block.county_row[firm[new]], block.est_day[firm[new]])
    return {"firm": firm, "person": person, "holder": holder, "kind": np.where(by_firm, FIRM, PERSON)}


def _contribution(block: Block, rng: np.random.Generator, firm: Ints, slot: Ints, count: Ints) -> Rows:
    """Ratio, subscribed and paid amount (10,000 yuan), and the day a contribution is due."""
    weight = rng.exponential(size=len(firm)) + 0.05
    ratio = np.round(weight / np.bincount(firm, weight, minlength=block.n)[firm], 4)
    rest = 1.0 - np.bincount(firm, ratio, minlength=block.n)
    ratio = np.where(slot == 0, np.round(ratio + rest[firm], 4), ratio)
    end = np.full(block.n, block.clock.end, dtype=np.int64)
    owing = np.nan_to_num(block.paid) < np.nan_to_num(block.capital)
    passed = owing & hazard.chance(block, "due_passed", np.arange(block.n), end)
    low, high = block.params.numbers("persons", "due_years")
    due = block.est_day + (rng.uniform(low, high, block.n) * YEAR).astype(np.int64)
    span = np.maximum(end - 30 - block.est_day, 1)
    overdue = block.est_day + (rng.random(block.n) * span).astype(np.int64)
    later = end + 30 + (rng.random(block.n) * 10 * YEAR).astype(np.int64)
    due = np.where(passed, overdue, np.where(owing & (due <= end), later, due))
    return {
        "ratio": ratio,
        "subscribed": np.round(block.capital[firm] * ratio, 4),
        "paid": np.round(block.paid[firm] * ratio, 4),
        "due_day": due[firm],
    }


def _handed_on(
    world: World, rows: Rows, slot: np.ndarray[tuple[int], np.dtype[np.bool_]], changed: Rows, item: int, name: str
) -> tuple[Rows, Rows]:
    """The rows of those who left at the changes `item`, and `rows` whose holder in `slot` came in at the last one."""
    block = world.block
    chosen = changed["item"] == item
    firm, day = changed["firm"][chosen].astype(np.int64), changed["alt_day"][chosen].astype(np.int64)
    place = np.full(block.n, -1, dtype=np.int64)
    place[rows["firm"][slot].astype(np.int64)] = np.flatnonzero(slot)
    known = place[firm] >= 0
    firm, day = firm[known], day[known]
    since = block.est_day[firm]
    same = firm[1:] == firm[:-1]
    since[1:][same] = day[:-1][same]
    left: Rows = {column: values[place[firm]] for column, values in rows.items()}
    left |= {"key": block.keys(name, len(firm)), "stamp": since, "in_day": since}
    left["person"] = world.people.add(f"{name}/before", block.county_row[firm], block.est_day[firm])
    if "kind" in left:
        left |= {"kind": np.full(len(firm), PERSON), "holder": _missing(len(firm)) * 0 - 1}
    came = rows["in_day"].astype(np.int64)
    np.maximum.at(came, place[firm], day)
    rows = rows | {"in_day": came, "stamp": came}
    return revise(left, np.ones(len(firm), dtype=np.bool_), day, out_day=day), rows


def _revalued(block: Block, rows: Rows, changed: Rows) -> Rows:
    """Present shareholders before the last change of capital within the simulated time, and after it."""
    chosen = (changed["item"] == CAPITAL) & (changed["alt_day"].astype(np.int64) >= block.clock.start)
    day = np.full(block.n, MISSING, dtype=np.int64)
    before: Floats = np.full(block.n, np.nan)
    firm = changed["firm"][chosen].astype(np.int64)
    day[firm] = changed["alt_day"][chosen].astype(np.int64)  # in order: the last one stays
    before[firm] = changed["before"][chosen].astype(np.float64)
    at = rows["firm"].astype(np.int64)
    when = (day[at] != MISSING) & (day[at] > rows["in_day"].astype(np.int64))
    share = np.where(when, before[at] / np.where(when, block.capital[at], 1.0), 1.0)
    subscribed, paid = rows["subscribed"].astype(np.float64), rows["paid"].astype(np.float64)
    first = rows | {
        "subscribed": np.round(subscribed * share, 4),
        "paid": np.minimum(paid, np.round(subscribed * share, 4)),
    }
    return revise(first, when, np.where(when, day[at], 0), subscribed=subscribed, paid=paid)


def _missing(n: int) -> Ints:
    return np.full(n, MISSING, dtype=np.int64)
