"""Changes of the registration: which firms change what and when, and what stood there before."""

from __future__ import annotations

import numpy as np

from yuheng.simulate import hazard
from yuheng.simulate.block import Block, History
from yuheng.simulate.dirt import Rows, stack
from yuheng.simulate.params import Flags, Floats, Ints
from yuheng.simulate.population import World

CAPITAL, ADDRESS, LEADER, MEMBERS, SCOPE, NAME, TYPE, INVESTORS, PERIOD = range(1, 10)
ITEMS = {
    CAPITAL: "capital_change",
    ADDRESS: "address_change",
    LEADER: "representative_change",
    MEMBERS: "member_change",
    SCOPE: "scope_change",
    NAME: "name_change",
    TYPE: "type_change",
    INVESTORS: "investor_change",
    PERIOD: "period_change",
}
_LIMITED = ("COMPANY", "STOCK", "FOREIGN")


def changes(world: World) -> Rows:
    """Rows of reg_change; fills the block's `moves` and adds the persons and addresses of before."""
    parts = [_of(world, item, name) for item, name in ITEMS.items()]
    rows = stack(parts)
    order = np.lexsort((rows["item"], rows["alt_day"], rows["firm"]))
    rows = {name: column[order] for name, column in rows.items()}
    firm, day = rows["firm"].astype(np.int64), rows["alt_day"].astype(np.int64)
    rows["person"] = world.block.person_at(firm, day)
    rows["key"] = world.block.keys("reg_change", len(day))
    return rows


def _of(world: World, item: int, name: str) -> Rows:
    block = world.block
    since = block.clock.start - block.params.integer("bounds", "change_days")
    firm, day = hazard.occur(block, name, where=_can(block, item), since=since)
    keep = (day > block.est_day[firm]) & _first(firm, day)
    firm, day = firm[keep], day[keep]
    n = len(firm)
    nothing, amounts = np.full(n, -1, dtype=np.int64), np.full(n, np.nan)
    rows: Rows = {"firm": firm, "stamp": day, "alt_day": day, "item": np.full(n, item, dtype=np.int64),
                  "before": amounts, "after": amounts, "person_before": nothing}  # fmt: skip
    rows |= dict.fromkeys(("industry_before", "industry_after", "scope_before", "scope_after"), nothing)
    if item == CAPITAL:
        rows["before"], rows["after"] = _capital(block, firm, day)
    elif item == ADDRESS:
        block.moves["addr"] = History.of(firm, day, world.places.add(block.county_row[firm]))
    elif item == LEADER:
        nominee = hazard.chance(block, "nominee", firm, day, salt="before")
        rows["person_before"] = world.people.add("before", block.county_row[firm], block.est_day[firm], nominee=nominee)
        block.moves["person"] = History.of(firm, day, rows["person_before"].astype(np.int64))
    elif item == SCOPE:
        before, after = _scope(block, firm)
        rows |= {"industry_before": before, "industry_after": after, "scope_before": before, "scope_after": after}
    return rows


def _can(block: Block, item: int) -> Flags:
    if item == CAPITAL:
        can: Flags = ~np.isnan(block.capital)
        return can
    if item in (MEMBERS, INVESTORS):
        return np.isin(block.group, _LIMITED)
    return np.ones(block.n, dtype=np.bool_)


def _first(firm: Ints, day: Ints) -> Flags:
    """One change of a kind per firm and day; `firm` and `day` are in order."""
    first = np.ones(len(firm), dtype=np.bool_)
    first[1:] = (np.diff(firm) != 0) | (np.diff(day) != 0)
    return first


def following(firm: Ints, values: Floats | Ints, final: Floats | Ints) -> Floats | Ints:
    """Per change, ordered by firm and day: the value at the next change of the firm, or the final one."""
    result = final[firm].copy()
    same = firm[1:] == firm[:-1]
    result[:-1][same] = values[1:][same]
    return result


def _capital(block: Block, firm: Ints, day: Ints) -> tuple[Floats, Floats]:
    rng = block.streams.of("changes/capital")
    multiple = np.exp(np.abs(rng.normal(0.0, block.params.number("changes", "growth_sigma"), len(firm))) + 0.1)
    grown = rng.random(len(firm)) < block.params.number("changes", "grown")
    factor = np.where(grown, 1 / multiple, multiple)
    last = np.ones(len(firm), dtype=np.bool_)
    last[:-1] = firm[1:] != firm[:-1]
    group: Ints = np.cumsum(last) - last
    logs = np.log(factor)
    total = np.bincount(group, logs, minlength=1)[group]
    passed = np.cumsum(logs) - logs
    begin = passed[np.searchsorted(group, group)] if len(group) else passed
    from_end = total - (passed - begin)
    before = _usual(block, np.exp(np.log(np.maximum(block.capital[firm], 1.0)) + from_end))
    block.moves["capital"] = History.of(firm, day, before)
    after = following(firm, before, block.capital)
    return before, after.astype(np.float64)


def _usual(block: Block, amount: Floats) -> Floats:
    steps = block.params.numbers("population", "capital_steps")
    return steps[np.searchsorted(np.log(steps[1:] * steps[:-1]) / 2, np.log(amount))]


def _scope(block: Block, firm: Ints) -> tuple[Ints, Ints]:
    """Industry rows before and after; most changes stay within the industry."""
    rng = block.streams.of("changes/scope")
    other = rng.integers(0, len(block.params.rows("industries")), len(firm))
    moved = rng.random(len(firm)) < block.params.number("changes", "other_section")
    before = np.where(moved, other, block.industry_row[firm])
    return before, following(firm, before, block.industry_row).astype(np.int64)
