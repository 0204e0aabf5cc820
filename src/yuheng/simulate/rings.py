"""Rings: firms behind which stand the same few persons, addresses and phones; many are young or closed already."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.clock import MISSING, YEAR
from yuheng.simulate.params import Ints, Params


def rings(rng: np.random.Generator, params: Params, est: Ints, gone: Ints, end: int) -> Ints:
    """Ring number per firm, -1 for most."""
    ring = np.full(len(est), -1, dtype=np.int64)
    target = int(len(est) * params.number("rings", "share"))
    sizes = 3 + rng.poisson(params.number("rings", "size_mean") - 3, target + 1)
    count = int(np.searchsorted(np.cumsum(sizes), target, side="right"))
    if not count:
        return ring
    member = np.repeat(np.arange(count), sizes[:count])
    fresh = (est > end - params.number("rings", "young_years") * YEAR) | (gone != MISSING)
    share = params.number("rings", "young") * len(member) / max(int(fresh.sum()), 1)
    rest = (1 - params.number("rings", "young")) * len(member) / max(int((~fresh).sum()), 1)
    picked = rng.permutation(np.flatnonzero(rng.random(len(est)) < np.where(fresh, share, rest)))[: len(member)]
    ring[picked] = member[: len(picked)]
    return ring


def share_out(rng: np.random.Generator, ring: Ints, own: Ints, *, most: int, first: int) -> tuple[Ints, int]:
    """Ring members get one of up to `most` things of their ring, numbered from `first`; others keep `own`.

    Returns the numbers and the first unused one.
    """
    count = int(ring.max(initial=-1)) + 1
    if not count:
        return own, first
    width = rng.integers(1, most + 1, count)
    pick = (rng.random(len(ring)) * width[np.maximum(ring, 0)]).astype(np.int64)
    return np.where(ring >= 0, first + ring * most + pick, own), first + count * most
