"""What all feeds of events share: dated records, their versions, periods that must not overlap, draws by share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, YEAR, known
from yuheng.simulate.dirt import INSERT, UPDATE, Rows, stack, take
from yuheng.simulate.hazard import odds
from yuheng.simulate.params import Array, Flags, Floats, Ints

_DAYS = 10**6
_DECIDED = "events"


def record(block: Block, name: str, firm: Ints, stamp: Ints, **columns: Array) -> Rows:
    """True rows of a feed with fresh keys, the source's stamp and the given columns."""
    return {"key": block.keys(name, len(firm)), "firm": firm, "stamp": stamp, **columns}


def entered(block: Block, name: str, day: Ints) -> Ints:
    """The day a source records a fact of `day`: a few days later."""
    low, high = block.params.numbers(_DECIDED, "entry_days")
    return day + block.streams.of(f"entry/{name}").integers(int(low), int(high) + 1, len(day))


def opening(block: Block, bound: str) -> int:
    """First day of the opening stock: `bounds.<bound>`, in years or days by its name, before the first month."""
    figure = block.params.number("bounds", bound)
    days = figure * YEAR if bound.endswith("_years") else figure
    return max(block.clock.start - int(days), block.clock.history)


def share(block: Block, *path: str) -> float:
    """A figure of the section `events` of the province."""
    return block.params.number(_DECIDED, *path)


def shares(block: Block, *path: str) -> Floats:
    """A list of figures of the section `events`."""
    return block.params.numbers(_DECIDED, *path)


def between(block: Block, rng: np.random.Generator, n: int, *path: str) -> Ints:
    """`n` whole numbers in a range [low, high] of the section `events`."""
    low, high = shares(block, *path)
    return rng.integers(int(low), int(high) + 1, n)


def flip(rng: np.random.Generator, n: int, probability: float | Floats) -> Flags:
    """`n` independent flags."""
    result: Flags = rng.random(n) < probability
    return result


def pick(rng: np.random.Generator, n: int, weights: Floats) -> Ints:
    """`n` places 0 … by weights."""
    bounds = np.cumsum(weights / weights.sum())[:-1]
    return np.searchsorted(bounds, rng.random(n), side="right").astype(np.int64)


def tilted(block: Block, firm: Ints, target: float, factor: Floats) -> Floats:
    """One target per pair, proportional to `factor`; their mean over the enterprises is `target`."""
    chosen = factor[block.enterprise[firm]]
    mean = float(chosen.mean()) if len(chosen) else 1.0
    return np.minimum(target * factor / mean, 0.95)


def anniversary(day: Ints, years: int | Ints) -> Ints:
    """The same day some years later; 29 February becomes 1 March."""
    month = day.astype("datetime64[D]").astype("datetime64[M]")
    into = day - month.astype("datetime64[D]").astype(np.int64)
    later = month + 12 * np.asarray(years, dtype=np.int64).astype("timedelta64[M]")
    result: Ints = later.astype("datetime64[D]").astype(np.int64) + into
    return result


def steady(block: Block, name: str, firm: Ints, day: Ints, target: Floats) -> Flags:
    """`chances.<name>` per (firm, day) as `chance` has it, but a firm does again what it did: the draws of a firm are
    correlated by `steady.<name>` (the square of it between any two)."""
    tie = share(block, "steady", name)
    rng = block.streams.of(f"steady/{name}")
    habit, mood = rng.standard_normal(block.n), rng.standard_normal(len(firm))
    draw = ndtr(tie * habit[firm] + np.sqrt(1 - tie * tie) * mood)
    happens: Flags = draw < odds(block, name, firm, day, target=target)
    return happens


def lifelong(block: Block, firm: Ints, day: Ints) -> Ints:
    """Days within the firm's life; MISSING where the firm is gone by then (or the day is MISSING)."""
    return np.where(known(day) & (day < block.life_end[firm]), day, MISSING)


def after(block: Block, firm: Ints, day: Ints, delay: Ints, when: Flags | None = None) -> Ints:
    """`day` + `delay` where `when` and within the firm's life, else MISSING."""
    chosen = known(day) if when is None else known(day) & when
    return lifelong(block, firm, np.where(chosen, day + delay, MISSING))


def separate(firm: Ints, low: Ints, high: Ints) -> Flags:
    """Periods that do not begin within an earlier one of the same firm. An end MISSING stands for never."""
    order = np.lexsort((low, firm))
    ends = np.where(high == MISSING, _DAYS // 2, high)[order]
    reach = np.maximum.accumulate(firm[order] * _DAYS + ends) if len(order) else ends
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (firm[order][1:] != firm[order][:-1]) | (reach[:-1] <= firm[order][1:] * _DAYS + low[order][1:])
    result = np.empty(len(order), dtype=np.bool_)
    result[order] = fresh
    return result


def covering(firm: Ints, low: Ints, high: Ints, at_firm: Ints, at_day: Ints) -> Ints:
    """The place of the period [low, high) of the firm that holds each (firm, day), or -1. Periods must be separate."""
    if not len(firm):
        return np.full(len(at_firm), -1, dtype=np.int64)
    order = np.lexsort((low, firm))
    begins = (firm * _DAYS + low)[order]
    found = np.searchsorted(begins, at_firm * _DAYS + at_day, side="right") - 1
    place = order[np.maximum(found, 0)]
    ends = np.where(high == MISSING, _DAYS // 2, high)
    inside = (found >= 0) & (firm[place] == at_firm) & (at_day < ends[place])
    return np.where(inside, place, -1)


def histories(
    first: Rows, dated: Mapping[str, Ints], extra: Mapping[str, tuple[str, Array, Array]] | None = None
) -> Rows:
    """Records and a later version for every date that becomes known.

    `first` are the rows as first entered; `dated` maps each column that is filled in later to its day (MISSING =
    never): the version of a day shows the dates up to that day. `extra` maps a column to (the dated column it comes
    with, its value before, its value after). A date on or before the first stamp is shown from the first version on.
    """
    parts = [_version(first, first["stamp"].astype(np.int64), INSERT, dated, extra or {})]
    done: list[Ints] = [first["stamp"].astype(np.int64)]
    for days in dated.values():
        fresh = known(days) & (days > done[0])
        for earlier in done[1:]:
            fresh &= days != earlier
        done.append(days)
        chosen = np.flatnonzero(fresh)
        small = {name: column[chosen] for name, column in dated.items()}
        along = {name: (of, a[chosen], b[chosen]) for name, (of, a, b) in (extra or {}).items()}
        parts.append(_version(take(first, chosen), days[chosen], UPDATE, small, along))
    return stack(parts)


def _version(
    rows: Rows, stamp: Ints, op: int, dated: Mapping[str, Ints], extra: Mapping[str, tuple[str, Array, Array]]
) -> Rows:
    shown = {name: np.where(days <= stamp, days, MISSING) for name, days in dated.items()}
    along = {name: np.where(known(shown[of]), after_, before) for name, (of, before, after_) in extra.items()}
    return {**rows, **shown, **along, "stamp": stamp, "op": np.full(len(stamp), op, dtype=np.int64)}


def joined(*parts: Rows) -> Rows:
    """Rows of several origins below one another, in the columns of the first; `op` is INSERT where not given."""
    return stack([{"op": np.zeros(len(part["key"]), dtype=np.int64), **part} for part in parts])


def ints(column: Array) -> Ints:
    """A column of whole numbers."""
    return column.astype(np.int64, copy=False)


def industry_flags(block: Block, column: str) -> Flags:
    """Per firm whether its industry has a figure above 0 in a column of industries.csv."""
    return (block.params.figures("industries", column) > 0)[block.industry_row]


def companies(block: Block) -> Flags:
    """Enterprises with capital of their own held by shareholders."""
    return block.enterprise & np.isin(block.group, ["COMPANY", "STOCK", "FOREIGN", "STATE"])
