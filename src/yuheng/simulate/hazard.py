"""Chance, rate and duration of events: how the latent risk drives what happens. The figures stand in province.yaml."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from yuheng.simulate.block import Block
from yuheng.simulate.clock import YEAR
from yuheng.simulate.params import Flags, Floats, Ints

_GRID = 0.02
_ENOUGH_YEARS = 200.0


def rate(block: Block, name: str, *, where: Flags | None = None) -> Floats:
    """Events per year, shape [n, cells]: 0 outside the firm's life and outside `where`.

    Over the living enterprises of `where` the mean is the target of `hazards.<name>`; a firm's rate grows with
    exp(slope * risk) and its lasting frailty. Self-employed and cooperatives have `others_rate` of it.
    """
    params = block.params
    target, slope = params.number("hazards", name, "target"), params.number("hazards", name, "slope")
    weight = frailty(block, name) * np.where(block.enterprise, 1.0, params.number("others_rate"))
    if where is not None:
        weight = weight * where
    raw = np.exp(slope * block.z) * weight[:, None]
    years = block.exposure()
    chosen = block.enterprise if where is None else block.enterprise & where
    base = raw[chosen] * years[chosen]
    total = float(years[chosen].sum())
    few = total < _ENOUGH_YEARS  # so few firms say nothing about their mean, which is then the one of all firms
    mean = float(np.exp(slope * slope / 2)) if few else float(base.sum()) / total
    result: Floats = raw * (years > 0) * (target / mean if mean else 0.0)
    return result


def frailty(block: Block, name: str) -> Floats:
    """A lasting factor per firm with mean 1: gamma of the shape `frailty.<name>`, or 1 where none is given."""
    if name not in block.params.names("frailty"):
        return np.ones(block.n)
    shape = block.params.number("frailty", name)
    return block.streams.of(f"frailty/{name}").gamma(shape, 1.0 / shape, block.n)


def occur(
    block: Block,
    name: str,
    *,
    where: Flags | None = None,
    weight: Floats | None = None,
    since: int | None = None,
    until: int | None = None,
) -> tuple[Ints, Ints]:
    """Poisson events of `hazards.<name>`: firm and day of each, by firm and day.

    Only firms of `where`, only days of their life within [since, until) (the whole history where not given), on
    business days. `weight` (per firm or [n, cells]) multiplies the rate after its mean was set.
    """
    low, high = block.spans(since, until)
    expected = rate(block, name, where=where) * np.maximum(high - low, 0) / YEAR
    if weight is not None:
        expected = expected * (weight[:, None] if weight.ndim == 1 else weight)
    return poisson(block, f"occur/{name}", expected, low, high)


def poisson(block: Block, stream: str, expected: Floats, low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Events of a Poisson process with `expected` numbers [n, cells] on days [low, high): firm and day, in order."""
    rng = block.streams.of(stream)
    running = np.cumsum(expected.ravel())
    total = float(running[-1]) if len(running) else 0.0
    count = int(rng.poisson(total))
    at = np.searchsorted(running, rng.random(count) * total, side="right")
    at = np.minimum(at, max(len(running) - 1, 0))
    days = block.clock.sample(rng, low.ravel()[at], high.ravel()[at])
    firm = (at // expected.shape[1]).astype(np.int64)
    order = np.lexsort((days, firm))
    return firm[order], days[order]


def chance(
    block: Block, name: str, firm: Ints, day: Ints, *, salt: str = "", target: float | Floats | None = None
) -> Flags:
    """Whether `chances.<name>` happens to each (firm, day): log odds rise with slope * risk, the mean is the target.

    The mean is set over the enterprises among the pairs (over all where there are none). `target` replaces the target
    of the content, as one figure or one per pair. Calls for one name need different `salt` to be independent.
    """
    probability = odds(block, name, firm, day, target=target)
    draw: Flags = block.streams.of(f"chance/{name}/{salt}").random(len(firm)) < probability
    return draw


def odds(block: Block, name: str, firm: Ints, day: Ints, *, target: float | Floats | None = None) -> Floats:
    """The probabilities behind `chance`."""
    slope = block.params.number("chances", name, "slope")
    goal = block.params.number("chances", name, "target") if target is None else target
    if not len(firm):
        return np.zeros(0)
    aim = np.broadcast_to(np.clip(np.asarray(goal, dtype=np.float64), 1e-9, 1 - 1e-9), (len(firm),))
    score = logit(aim) + slope * block.risk(firm, day)
    chosen = block.kind[firm] == 0
    chosen = chosen if chosen.any() else np.ones(len(firm), dtype=np.bool_)
    shift = _shift(score[chosen], float(aim[chosen].mean()))
    result: Floats = expit(score + shift)
    return result


def _shift(score: Floats, mean: float) -> float:
    """The number that, added to all log odds, gives them the mean probability `mean`."""
    cells, counts = np.unique(np.round(score / _GRID).astype(np.int64), return_counts=True)
    points, weights = cells * _GRID, counts / len(score)
    low, high = -40.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(expit(points + middle) @ weights) < mean:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def ordered(block: Block, name: str, firm: Ints, day: Ints, *, salt: str = "") -> Ints:
    """Levels 0 (good) … of `ordered.<name>` per (firm, day), in the shares of the content.

    A firm's place is slope * risk + a normal deviation `noise` (1 where not given); a slope of 1 where not given.
    """
    params = block.params
    given = params.names("ordered", name)
    shares = params.numbers("ordered", name, "shares")
    slope = params.number("ordered", name, "slope") if "slope" in given else 1.0
    noise = params.number("ordered", name, "noise") if "noise" in given else 1.0
    if not len(firm):
        return np.zeros(0, dtype=np.int64)
    place = slope * block.risk(firm, day)
    place = place + noise * block.streams.of(f"ordered/{name}/{salt}").standard_normal(len(firm))
    bounds = np.quantile(place, np.cumsum(shares[:-1] / shares.sum()))
    return np.searchsorted(bounds, place, side="right").astype(np.int64)


def duration(block: Block, name: str, rng: np.random.Generator, n: int) -> Ints:
    """`n` lasting times in days (at least 1), exponential with the mean of `durations.<name>` years."""
    mean = block.params.number("durations", name) * YEAR
    return np.maximum(rng.exponential(mean, n), 1.0).astype(np.int64)
