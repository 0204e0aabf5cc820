"""The firms of a block before anything happens to them: kind, dates, type, industry, county."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuheng.simulate.block import COOPERATIVE, ENTERPRISE, REVOKED, REVOKED_CANCELLED, SELF_EMPLOYED
from yuheng.simulate.clock import MISSING, Clock
from yuheng.simulate.cohorts import cohort, draw, stocks, weights_of
from yuheng.simulate.params import Floats, Ints, Params
from yuheng.simulate.rng import Streams


@dataclass
class Founded:
    """One row per firm; `parent` is the firm a branch belongs to (-1: none), `capital` is given or None."""

    kind: Ints
    est_day: Ints
    exit_day: Ints
    exit_kind: Ints
    cancel_day: Ints
    type_row: Ints
    industry_row: Ints
    county_row: Ints
    parent: Ints
    capital: Floats | None = None

    @property
    def n(self) -> int:
        """Number of firms."""
        return len(self.kind)


def invented(params: Params, clock: Clock, streams: Streams, enterprises: int, others: float) -> Founded:
    """Invented firms: `enterprises` on the register at the end, the other kinds scaled by `others`."""
    parts = [cohort(params, clock, streams, kind, n) for kind, n in enumerate(stocks(params, enterprises, others))]
    kind = np.repeat(np.arange(3), [part.n for part in parts])
    columns = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("est_day", "exit_day", "exit_kind", "cancel_day")
    ]
    est, gone, how, cancelled = columns
    how = np.where((how == REVOKED_CANCELLED) & (cancelled == MISSING), REVOKED, how)
    rng = streams.of("founding")
    industry, county = np.empty(len(kind), dtype=np.int64), np.empty(len(kind), dtype=np.int64)
    for number, part in enumerate(parts):
        industry[kind == number] = draw(rng, weights_of(params, "industries", number), part.n)
        county[kind == number] = draw(rng, weights_of(params, "counties", number), part.n)
    founded = Founded(
        kind, est, gone, how, cancelled, _types(params, rng, kind), industry, county, np.full(len(kind), -1)
    )
    adopt(params, rng, founded)
    return founded


def group_of(params: Params, type_row: Ints) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """Group (COMPANY, BRANCH, …) per firm."""
    return np.asarray(params.column("types", "group"))[type_row]


def adopt(params: Params, rng: np.random.Generator, founded: Founded) -> None:
    """Give every branch an older company as its parent, whose industry it has; without one it stands alone."""
    group = group_of(params, founded.type_row)
    branch = np.flatnonzero((group == "BRANCH") & (founded.kind == ENTERPRISE))
    company = np.flatnonzero((group == "COMPANY") & (founded.exit_day == MISSING))
    company = company[np.argsort(founded.est_day[company], kind="stable")]
    older = np.searchsorted(founded.est_day[company], founded.est_day[branch], side="left")
    found = older > 0
    pick = company[(rng.random(len(branch)) * older).astype(np.int64)[found]]
    founded.parent[branch[found]] = pick
    founded.industry_row[branch[found]] = founded.industry_row[pick]


def _types(params: Params, rng: np.random.Generator, kind: Ints) -> Ints:
    group = np.asarray(params.column("types", "group"))
    weight = params.figures("types", "weight")
    firm = np.where(np.isin(group, ["SELF", "COOP"]), 0.0, weight)
    result = draw(rng, firm, len(kind))
    result[kind == SELF_EMPLOYED] = int(np.flatnonzero(group == "SELF")[0])
    result[kind == COOPERATIVE] = int(np.flatnonzero(group == "COOP")[0])
    return result
