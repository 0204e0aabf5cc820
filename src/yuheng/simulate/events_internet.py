"""Shops and their checks, sanctions of the platforms (S-PLAT), public opinion (S-WEB)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, known
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import (
    between,
    entered,
    flip,
    histories,
    lifelong,
    opening,
    pick,
    record,
    share,
    shares,
)
from yuheng.simulate.hazard import chance, duration, occur
from yuheng.simulate.params import Flags, Floats, Ints

_OPEN, _REST, _OFFLINE = 0, 1, 2
_NEGATIVE, _NEUTRAL = 0, 1
_WORST = 3


@dataclass(frozen=True)
class Shops:
    """Shops on platforms: open on the days [begin, end)."""

    firm: Ints
    number: Ints
    platform: Ints
    begin: Ints
    end: Ints


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feeds shop, action and opinion."""
    shops = _shops(block)
    return {"shop": _checks(block, shops), "action": _actions(block, shops), "opinion": _opinions(block)}


def _shops(block: Block) -> Shops:
    rng = block.streams.of("shop/open")
    likely = block.params.figures("industries", "online")[block.industry_row] * np.where(
        block.active, 1.0, share(block, "shop", "inactive")
    )
    online = np.flatnonzero(rng.random(block.n) < likely)
    count = rng.geometric(1 - share(block, "shop", "more"), len(online))
    firm = np.repeat(online, count)
    n = len(firm)
    window = block.clock.end - block.clock.history
    begin = np.maximum(
        block.est_day[firm] + between(block, rng, n, "shop", "begin_days"), block.clock.history - window // 2
    )
    begin = begin + (rng.random(n) * np.maximum(block.life_end[firm] - begin, 1) * 0.8).astype(np.int64)
    end = np.minimum(begin + duration(block, "platform_life", rng, n), block.life_end[firm])
    fine = np.flatnonzero((begin < end) & (end > opening(block, "shop_days")))
    platform = pick(rng, n, shares(block, "shop", "platforms"))
    return Shops(firm[fine], block.keys("shops", len(fine)), platform[fine], begin[fine], end[fine])


def _checks(block: Block, shops: Shops) -> Rows:
    """A check about every four months while the shop is open, one rest now and then, and one that finds it closed."""
    every, jitter = int(share(block, "shop", "check_days")), int(share(block, "shop", "jitter"))
    rng = block.streams.of("shop/check")
    since = opening(block, "shop_days")
    rounds = (block.clock.end - since) // every + 2
    phase = rng.integers(0, every, len(shops.firm))
    day = (
        since
        + phase[:, None]
        + every * np.arange(-1, rounds)[None, :]
        + rng.integers(-jitter, jitter + 1, (1, rounds + 1))
    )
    closed = shops.end[:, None] <= day
    last = closed & (shops.end[:, None] > day - every) & (day < block.life_end[shops.firm][:, None])
    seen = (day >= since) & (day <= block.clock.end) & (((day >= shops.begin[:, None]) & ~closed) | last)
    at, turn = np.nonzero(seen)
    when, firm, gone = day[at, turn], shops.firm[at], last[at, turn]
    rest = flip(rng, len(at), share(block, "shop", "rest"))
    status = np.where(gone, _OFFLINE, np.where(rest, _REST, _OPEN))
    cell = block.clock.cell_of(when)
    return record(
        block, "shop", firm, entered(block, "shop", when), shop=shops.number[at], platform=shops.platform[at],
        check_day=when, status=status, shown=1 - _fault(block, shops, at, cell, "shop_unlit"),
        matched=_matched(block, rng, shops, at, cell), **_rating(block, rng, shops, at, when),
    )  # fmt: skip


def _fault(block: Block, shops: Shops, at: Ints, cell: Ints, name: str) -> Ints:
    """1 where a shop has a fault in the year of the check; the same at all checks of the year."""
    cells = block.clock.cells
    pairs, back = np.unique(at * cells + cell, return_inverse=True)
    day = block.clock.cell_starts[pairs % cells] + 180
    return chance(block, name, shops.firm[pairs // cells], day).astype(np.int64)[back]


def _matched(block: Block, rng: np.random.Generator, shops: Shops, at: Ints, cell: Ints) -> Ints:
    unjudged = flip(rng, len(at), share(block, "shop", "unjudged"))
    return np.where(unjudged, -1, 1 - _fault(block, shops, at, cell, "shop_mismatch"))


def _rating(block: Block, rng: np.random.Generator, shops: Shops, at: Ints, when: Ints) -> dict[str, Floats | Ints]:
    own = rng.normal(0.0, share(block, "shop", "rating_sigma"), len(shops.firm))[at]
    risk = block.risk(shops.firm[at], when)
    rating = share(block, "shop", "rating_mean") + share(block, "shop", "rating_slope") * risk + own
    mean, sigma = share(block, "shop", "count_mean"), share(block, "shop", "count_sigma")
    count = np.exp(rng.normal(mean, sigma, len(shops.firm)))[at] * np.maximum(when - shops.begin[at], 1) / 365
    return {"rating": np.round(np.clip(rating, 1.0, 5.0), 1), "rating_cnt": np.floor(count).astype(np.int64)}


def _actions(block: Block, shops: Shops) -> Rows:
    """A sanction falls on one of the shops the firm has open on the day."""
    has: Flags = np.zeros(block.n, dtype=np.bool_)
    has[shops.firm] = True
    firm, day = occur(block, "platform_action", where=has, since=opening(block, "shop_days"))
    rng = block.streams.of("action")
    number = np.bincount(shops.firm, minlength=block.n)
    first = np.cumsum(number) - number
    at = first[firm] + (rng.random(len(firm)) * number[firm]).astype(np.int64)
    use = (day >= shops.begin[at]) & (day < shops.end[at]) if len(at) else np.zeros(0, dtype=np.bool_)
    firm, day, at = firm[use], day[use], at[use]
    kind = pick(rng, len(firm), shares(block, "action", "kinds"))
    return record(
        block, "action", firm, entered(block, "action", day), shop=shops.number[at], platform=shops.platform[at],
        action_day=day, platform_action=kind,
    )  # fmt: skip


def _opinions(block: Block) -> Rows:
    firm, day = occur(block, "opinion", since=opening(block, "opinion_days"))
    rng = block.streams.of("opinion")
    n = len(firm)
    negative, neutral = share(block, "opinion", "negative"), share(block, "opinion", "neutral")
    tone = pick(rng, n, np.asarray([negative, neutral, 1 - negative - neutral]))
    severity = np.where(tone == _NEGATIVE, 1 + pick(rng, n, shares(block, "opinion", "severities")), 1)
    bad, plain, good = (pick(rng, n, shares(block, "opinion", f"{x}_titles")) for x in ("bad", "plain", "good"))
    title = np.where(tone == _NEGATIVE, bad, np.where(tone == _NEUTRAL, plain, good))
    head = np.where(
        flip(rng, n, share(block, "opinion", "unjudged")), -1, flip(rng, n, share(block, "opinion", "head"))
    )
    checked = (severity == _WORST) & flip(rng, n, share(block, "opinion", "verified"))
    verified = np.where(checked, day + between(block, rng, n, "opinion", "verify_days"), MISSING)
    coded = flip(rng, n, share(block, "opinion", "coded")).astype(np.int64)
    rows = record(
        block, "opinion", firm, day, pub_day=day, media=rng.integers(0, len(block.params.words("media")), n),
        opinion_title=title, sentiment=tone, severity=severity, head=head.astype(np.int64), coded=coded,
    )  # fmt: skip
    return histories(rows, {"verified_day": np.where(known(verified), lifelong(block, firm, verified), MISSING)})
