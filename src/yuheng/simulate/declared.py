"""The true records of the declared feeds: other departments' registers, and what hangs on records of other feeds."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, YEAR, known
from yuheng.simulate.declared_firms import chosen_firms, drawn, exit_kinds
from yuheng.simulate.declared_spec import Parent, RecordSpec, load_records
from yuheng.simulate.dirt import INSERT, Rows, stack, take
from yuheng.simulate.events_base import anniversary, flip, histories, pick
from yuheng.simulate.params import Array, Flags, Ints

_PERIODS = {"month": 1, "quarter": 3, "year": 12}


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The rows of every declared feed by its name; `done` holds all other feeds."""
    rows: dict[str, Rows] = {}
    for spec in load_records(block.params.home).values():
        rows[spec.name] = _feed(block, spec, {**done, **rows})
    return rows


def _feed(block: Block, spec: RecordSpec, done: dict[str, Rows]) -> Rows:
    rng = block.streams.of(f"declared/{spec.name}")
    base = _origin(block, spec, rng, done)
    base = _stepped(spec, rng, base)
    day = base["day"].astype(np.int64)
    inside = known(day) & (day <= block.clock.end)
    if spec.at != "exit" and not spec.items:
        firm = base["firm"].astype(np.int64)
        inside &= (day >= block.est_day[firm]) & (day < block.life_end[firm])
    base = take(base, np.flatnonzero(inside))
    return _decorated(block, spec, rng, base)


def _origin(block: Block, spec: RecordSpec, rng: np.random.Generator, done: dict[str, Rows]) -> Rows:
    """`firm` and `day` of every record, and what is carried on from a parent."""
    if spec.parents:
        return stack([_children(block, spec, rng, parent, done[parent.feed]) for parent in spec.parents])
    if spec.items:
        n = len(block.params.words(spec.items)) if block.number == 0 else 0
        place = np.arange(n, dtype=np.int64)
        return {"firm": place, "day": np.full(n, block.clock.start - YEAR, dtype=np.int64), spec.items: place}
    if spec.at:
        return _own_day(block, spec, rng)
    return _periodic(block, spec, rng) if spec.every else _random(block, spec, rng)


def _children(block: Block, spec: RecordSpec, rng: np.random.Generator, parent: Parent, rows: Rows) -> Rows:
    rows = latest(rows)
    day = rows[parent.day].astype(np.int64)
    use: Flags = known(day) & (day >= _since(block, spec)) & flip(rng, len(day), spec.share)
    for column, figures in parent.when.items():
        use &= np.isin(rows[column], figures)
    part = take(rows, np.flatnonzero(use))
    kept = {new: part[old] for new, old in parent.keep.items()}
    mark = np.full(len(part["key"]), parent.mark, dtype=np.int64)
    return {"firm": part["firm"], "day": part[parent.day], "parent": part["key"], "origin": mark, **kept}


def _own_day(block: Block, spec: RecordSpec, rng: np.random.Generator) -> Rows:
    """Once per chosen firm, on the day it was set up or left."""
    days = {"est": block.est_day, "exit": block.exit_day}[spec.at]
    use = chosen_firms(block, spec.of) & known(days) & (days >= _since(block, spec))
    if spec.at == "exit":
        use &= np.isin(block.exit_kind, exit_kinds(spec.of))
    use &= flip(rng, block.n, spec.share)
    firm = np.flatnonzero(use)
    return {"firm": firm, "day": days[firm]}


def _random(block: Block, spec: RecordSpec, rng: np.random.Generator) -> Rows:
    """Events at a steady rate over the life of the chosen firms; the risk of the last year drives who has more."""
    firms = np.flatnonzero(chosen_firms(block, spec.of))
    low = np.maximum(block.est_day[firms], _since(block, spec))
    years = np.maximum(block.life_end[firms] - low, 0) / YEAR
    weight = years * np.exp(spec.slope * block.z[firms, -1])
    number = int(rng.poisson(spec.rate * float(years.sum())))
    at = drawn(rng, weight, number)
    day = block.clock.sample(rng, low[at], block.life_end[firms][at])
    return {"firm": firms[at], "day": day}


def _periodic(block: Block, spec: RecordSpec, rng: np.random.Generator) -> Rows:
    """A record per chosen firm at the end of every month, quarter or year."""
    firms = np.flatnonzero(chosen_firms(block, spec.of) & flip(rng, block.n, spec.share))
    ends = np.asarray(_period_ends(block, spec), dtype=np.int64)
    return {"firm": np.repeat(firms, len(ends)), "day": np.tile(ends, len(firms))}


def _period_ends(block: Block, spec: RecordSpec) -> list[int]:
    months = _PERIODS[spec.every]
    first = np.datetime64(_since(block, spec), "D").astype("datetime64[M]").astype(np.int64)
    last = np.datetime64(block.clock.end + 1, "D").astype("datetime64[M]").astype(np.int64)
    ends = [month for month in range(int(first) + 1, int(last) + 1) if month % months == 0]
    return [int(np.datetime64(month, "M").astype("datetime64[D]").astype(np.int64)) - 1 for month in ends]


def _stepped(spec: RecordSpec, rng: np.random.Generator, base: Rows) -> Rows:
    """The day moved by `delay`; with `steps`, a record for each of the words, each with its own delay."""
    n, day = len(base["day"]), base["day"].astype(np.int64)
    if not spec.steps:
        return {**base, "day": day + _between(rng, n, spec.delay)}
    parts = []
    for word, ranges in spec.steps.items():
        for place, days in enumerate(ranges):
            moved = day + _between(rng, n, days)
            parts.append({**base, "day": moved, word: np.full(n, place, dtype=np.int64)})
    return stack(parts)


def _decorated(block: Block, spec: RecordSpec, rng: np.random.Generator, base: Rows) -> Rows:
    n = len(base["day"])
    firm, day = base["firm"].astype(np.int64), base["day"].astype(np.int64)
    stamp = day + _between(rng, n, spec.entry)
    rows: Rows = {"key": block.keys(spec.name, n), **base, "stamp": stamp}
    del rows["day"]
    rows[spec.day] = day
    rows |= _figures(block, spec, rng, firm)
    for name, (low, high) in spec.until.items():
        rows[name] = anniversary(day, rng.integers(int(low), int(high) + 1, n))
    if "person" in spec.index:
        rows["person"] = block.person_at(firm, day)
    if "addr" in spec.index:
        rows["addr"] = block.addr_at(firm, day)
    if "holder" in spec.index:
        others = np.flatnonzero(block.enterprise)
        rows["holder"] = others[(rng.random(n) * len(others)).astype(np.int64)] if len(others) else firm
    dated = {name: _later(block, rng, firm, day, later.share, later.days) for name, later in spec.later.items()}
    dated |= {name: rows[name].astype(np.int64) for name in spec.dated}
    rows["op"] = np.full(n, INSERT, dtype=np.int64)
    return histories(rows, dated) if dated else rows


def _figures(block: Block, spec: RecordSpec, rng: np.random.Generator, firm: Ints) -> Rows:
    n = len(firm)
    rows: dict[str, Array] = {}
    for name, weights in spec.words.items():
        size = len(block.params.words(name))
        given = weights if weights else [1.0] * size
        rows[name] = pick(rng, n, np.asarray(given, dtype=np.float64))
    for name, chance in spec.flags.items():
        rows[name] = flip(rng, n, chance).astype(np.int64)
    for name, span in spec.whole.items():
        rows[name] = _between(rng, n, span)
    for name, (mean, sigma) in spec.amounts.items():
        own = rng.standard_normal(block.n)[firm]
        rows[name] = np.round(np.exp(mean + sigma * (0.9 * own + 0.43 * rng.standard_normal(n))), 2)
    for name, (low, high) in spec.shares.items():
        rows[name] = np.round(rng.uniform(low, high, n), 4)
    return rows


def _later(
    block: Block, rng: np.random.Generator, firm: Ints, day: Ints, share: float, days: tuple[float, float]
) -> Ints:
    n = len(firm)
    then = day + _between(rng, n, days)
    within = then < np.where(block.exit_day[firm] == MISSING, block.clock.end + 1, block.exit_day[firm])
    return np.where(flip(rng, n, share) & within, then, MISSING)


def _since(block: Block, spec: RecordSpec) -> int:
    return max(block.clock.start - int(spec.since_years * YEAR), block.clock.history)


def _between(rng: np.random.Generator, n: int, span: tuple[float, float]) -> Ints:
    return rng.integers(int(span[0]), int(span[1]) + 1, n)


def latest(rows: Rows) -> Rows:
    """The last version of every record."""
    keys, stamps = rows["key"].astype(np.int64), rows["stamp"].astype(np.int64)
    order = np.lexsort((stamps, keys))
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = keys[order][1:] != keys[order][:-1]
    return take(rows, order[last])
