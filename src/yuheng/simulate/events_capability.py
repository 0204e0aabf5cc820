"""Certificates (S-CERT), intellectual property (S-IP), pledges of equity and of intellectual property (S-PLEDGE)."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, known
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import (
    after,
    anniversary,
    between,
    companies,
    entered,
    flip,
    histories,
    joined,
    lifelong,
    opening,
    pick,
    record,
    share,
    shares,
)
from yuheng.simulate.hazard import chance, duration, occur
from yuheng.simulate.params import Flags, Ints

_GRANTED, _SUSPENDED, _WITHDRAWN, _ENDED = 0, 1, 2, 3


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feeds cert_status, right, equity and ip."""
    return {
        "cert_status": _certificates(block),
        "right": _rights(block),
        "equity": _equity(block),
        "ip": _pledges(block),
    }


def _certificates(block: Block) -> Rows:
    """A row per status of a certificate: granted; suspended, then withdrawn or granted again; ended."""
    firm, day = occur(block, "certificate", where=block.enterprise)
    rng = block.streams.of("certificate")
    n = len(firm)
    number = block.keys("certificate", n)
    kind = pick(rng, n, shares(block, "certificate", "kinds"))
    life = between(block, rng, n, "certificate", "life_years")
    hit = chance(block, "certificate_suspended", firm, day)
    stopped = after(block, firm, day, between(block, rng, n, "certificate", "suspended_days"), hit)
    decided = after(block, firm, stopped, between(block, rng, n, "certificate", "decided_days"))
    back = flip(rng, n, share(block, "certificate", "restored"))
    over = lifelong(block, firm, np.where(~known(decided) | back, anniversary(day, life), MISSING))
    status = [
        (day, np.full(n, _GRANTED)),
        (stopped, np.full(n, _SUSPENDED)),
        (decided, np.where(back, _GRANTED, _WITHDRAWN)),
        (over, np.full(n, _ENDED)),
    ]
    parts: list[Rows] = []
    for then, what in status:
        use = np.flatnonzero(known(then) & (then <= block.clock.end))
        stamp = entered(block, f"certificate/{len(parts)}", then[use])
        columns = {"cert": number[use], "cert_kind": kind[use], "status": what[use], "status_day": then[use]}
        parts.append(record(block, "cert_status", firm[use], stamp, **columns))
    return joined(*parts)


def _rights(block: Block) -> Rows:
    firm, day = occur(block, "ip", where=block.enterprise, since=opening(block, "ip_years"))
    rng = block.streams.of("right")
    kind = pick(rng, len(firm), shares(block, "ip", "kinds"))
    end = anniversary(day, shares(block, "ip", "life_years")[kind].astype(np.int64))
    given_up = flip(rng, len(firm), share(block, "ip", "ended"))
    lost = after(block, firm, day, between(block, rng, len(firm), "ip", "ended_days"), given_up)
    rows = record(block, "right", firm, entered(block, "right", day), grant_day=day, ip_kind=kind, end_day=end)
    return _ended_early(rows, lost)


def _ended_early(rows: Rows, lost: Ints) -> Rows:
    """A version with the earlier end from the day it is given up."""
    marked = histories(rows, {"lost_day": lost})
    gone = marked.pop("lost_day").astype(np.int64)
    marked["end_day"] = np.where(known(gone), gone, marked["end_day"].astype(np.int64))
    return marked


def _equity(block: Block) -> Rows:
    firm, day = occur(block, "equity_pledge", where=companies(block) & (block.capital > 0))
    rng = block.streams.of("equity")
    low, high = shares(block, "pledge", "ratio")
    ratio = np.round(np.maximum(rng.beta(low, high, len(firm)), 0.01), 4)
    capital = block.was("capital", firm, day).astype(np.float64)
    columns: Rows = {"amount": np.round(capital * ratio, 4), "ratio": ratio, "person": block.person_at(firm, day)}
    return _pledged(block, rng, "equity", firm, day, columns)


def _pledges(block: Block) -> Rows:
    firm, day = occur(block, "ip_pledge", where=block.enterprise)
    return _pledged(block, block.streams.of("ip_pledge"), "ip", firm, day, {})


def _pledged(block: Block, rng: np.random.Generator, name: str, firm: Ints, day: Ints, columns: Rows) -> Rows:
    """Pledges that still run, or ran within the years the measures see."""
    to = after(block, firm, day, duration(block, "pledge_stay", rng, len(firm)))
    use: Flags = (to == MISSING) | (to >= opening(block, "penalty_years"))
    firm, day, to = firm[use], day[use], to[use]
    chosen = {column: values[use] for column, values in columns.items()}
    rows = record(block, name, firm, entered(block, name, day), from_day=day, **chosen)
    return histories(rows, {"to_day": to})
