"""The latent risk: what truly drives later violations. It is written to the truth alone, never to a feed."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.params import Floats, Ints, Params


def latent(rng: np.random.Generator, params: Params, cells: int, industry: Ints, leader: Ints, ring: Ints) -> Floats:
    """Risk per firm and year cell, mean 0 and deviation 1 over enterprises: firm (autoregressive), leader, industry."""
    weights = {name: params.number("risk", "weights", name) for name in ("firm", "person", "industry")}
    share, shift = params.number("rings", "share"), params.number("rings", "shift")
    keep = params.number("risk", "persistence")
    own = np.empty((len(industry), cells))
    own[:, 0] = rng.standard_normal(len(industry))
    for cell in range(1, cells):
        own[:, cell] = keep * own[:, cell - 1] + np.sqrt(1 - keep * keep) * rng.standard_normal(len(industry))
    person = rng.standard_normal(int(leader.max(initial=0)) + 1)[leader]
    lasting = weights["person"] * person + weights["industry"] * _industry(params)[industry]
    lasting = lasting + np.where(ring >= 0, shift, 0.0) - share * shift
    deviation = np.sqrt(sum(x * x for x in weights.values()) + share * (1 - share) * shift * shift)
    limit = params.number("risk", "clip")
    result: Floats = np.clip((weights["firm"] * own + lasting[:, None]) / deviation, -limit, limit)
    return result


def _industry(params: Params) -> Floats:
    """Risk of each industry, standardised over the enterprises."""
    risk, weight = params.figures("industries", "risk"), params.figures("industries", "enterprise_weight")
    mean = float(np.average(risk, weights=weight))
    deviation = float(np.sqrt(np.average((risk - mean) ** 2, weights=weight)))
    return (risk - mean) / deviation


def pick(rng: np.random.Generator, weight: Floats, n: int) -> Ints:
    """`n` different rows, by weight (Gumbel)."""
    with np.errstate(divide="ignore"):
        key = np.log(weight) + rng.gumbel(size=len(weight))
    n = min(n, int((weight > 0).sum()))
    return np.sort(np.argsort(-key, kind="stable")[:n])
