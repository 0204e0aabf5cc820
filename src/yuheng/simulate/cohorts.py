"""Who is founded and who leaves, and when: a register that grows at a steady rate, on business days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuheng.simulate.block import CANCELLED, ENTERPRISE, MOVED, REVOKED_CANCELLED, SELF_EMPLOYED, STAYS
from yuheng.simulate.clock import MISSING, YEAR, Clock
from yuheng.simulate.params import Floats, Ints, Params
from yuheng.simulate.rng import Streams


@dataclass(frozen=True)
class Cohort:
    """Firms of one kind: on the register at the end (`STAYS`) or gone before."""

    est_day: Ints
    exit_day: Ints
    exit_kind: Ints
    cancel_day: Ints

    @property
    def n(self) -> int:
        """Number of firms."""
        return len(self.est_day)


def cohort(params: Params, clock: Clock, streams: Streams, kind: int, stock: int) -> Cohort:
    """`stock` firms that are on the register at the end, and those that left within the history of exits."""
    rng = streams.of(f"cohort/{kind}")
    leaving = {CANCELLED: params.number("population", "other_exit_per_stock_year")}
    if kind == ENTERPRISE:
        leaving = {
            CANCELLED: params.number("population", "exit_per_stock_year"),
            MOVED: params.number("population", "moved_per_year"),
            REVOKED_CANCELLED: params.number("population", "revoked_per_year")
            * params.number("population", "revoked_then_cancelled"),
        }
    parts = [_stay(params, clock, rng, stock)]
    parts += [_leave(params, clock, rng, stock, how, rate) for how, rate in leaving.items()]
    order = rng.permutation(sum(part.n for part in parts))
    est, gone, how, cancelled = (
        np.concatenate([getattr(part, name) for part in parts])[order]
        for name in ("est_day", "exit_day", "exit_kind", "cancel_day")
    )
    return Cohort(est, gone, how, cancelled)


def stocks(params: Params, enterprises: int, others: float) -> list[int]:
    """Firms on the register at the end per kind; `others` scales self-employed and cooperatives."""
    per_enterprise = [
        1.0,
        others * params.number("population", "self_employed_per_enterprise"),
        others * params.number("population", "cooperatives_per_enterprise"),
    ]
    return [round(enterprises * share) for share in per_enterprise]


def _age(params: Params, rng: np.random.Generator, n: int) -> Floats:
    """Ages in days: with steady founding and leaving they are exponential."""
    return rng.exponential(YEAR / params.number("population", "new_per_stock_year"), n)


def _stay(params: Params, clock: Clock, rng: np.random.Generator, n: int) -> Cohort:
    missing = np.full(n, MISSING, dtype=np.int64)
    return Cohort(clock.back(clock.end, _age(params, rng, n)), missing, np.full(n, STAYS, dtype=np.int64), missing)


def _leave(params: Params, clock: Clock, rng: np.random.Generator, stock: int, how: int, rate: float) -> Cohort:
    history = params.number("population", "exit_history_years")
    years = (clock.end - clock.start) / YEAR + history
    growth = params.number("population", "new_per_stock_year") - params.number("population", "exit_per_stock_year")
    expected = stock * rate * (1 - np.exp(-growth * years)) / growth
    n = int(rng.poisson(expected))
    ago = -np.log1p(-rng.random(n) * (1 - np.exp(-growth * years))) / growth
    gone = clock.back(clock.end, ago * YEAR)
    shift = np.maximum(_age(params, rng, n), 20.0).astype(np.int64)
    est = clock.working(np.maximum(gone - shift, clock.origin + 366))
    est = np.where(est >= gone, gone - 1, est)
    cancelled = gone.copy()
    if how == REVOKED_CANCELLED:
        cancelled = gone + 60 + rng.integers(0, YEAR, n)
        cancelled = np.where(cancelled > clock.end, MISSING, cancelled)
    return Cohort(est, gone, np.full(n, how, dtype=np.int64), cancelled)


def draw(rng: np.random.Generator, weights: Floats, n: int) -> Ints:
    """`n` rows of a table by weight."""
    bounds = np.cumsum(weights / weights.sum())
    return np.minimum(np.searchsorted(bounds, rng.random(n), side="right"), len(weights) - 1).astype(np.int64)


def weights_of(params: Params, table: str, kind: int) -> Floats:
    """Weights of counties or industries for a kind of firm."""
    if table == "counties":
        return params.figures(table, "enterprise_weight" if kind == ENTERPRISE else "self_employed_weight")
    names = {ENTERPRISE: "enterprise_weight", SELF_EMPLOYED: "self_employed_weight"}
    return params.figures(table, names.get(kind, "coop_weight"))
