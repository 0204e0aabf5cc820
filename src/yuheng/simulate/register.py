"""The register's main feed: one version of a firm's entry at the start, and one after each change."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import CANCELLED, MOVED, REVOKED, REVOKED_CANCELLED, STAYS, WITHDRAWN, Block
from yuheng.simulate.changes import ADDRESS, CAPITAL, LEADER, NAME, PERIOD, SCOPE, TYPE
from yuheng.simulate.clock import MISSING, YEAR
from yuheng.simulate.dirt import INSERT, UPDATE, Rows
from yuheng.simulate.names import led_by_organisation
from yuheng.simulate.params import Ints
from yuheng.simulate.population import World

_STATES = {STAYS: 1, CANCELLED: 4, REVOKED: 2, REVOKED_CANCELLED: 3, WITHDRAWN: 5, MOVED: 6}
_SHOWN = (CAPITAL, ADDRESS, LEADER, SCOPE, NAME, TYPE, PERIOD)


def entries(world: World, changed: Rows) -> Rows:
    """Rows of reg_entity; `changed` are those of reg_change."""
    block = world.block
    firm, day, first = _versions(block, changed)
    rows: Rows = {
        "key": block.keys("reg_entity", block.n)[firm],
        "firm": firm,
        "stamp": day,
        "op": np.where(first, INSERT, UPDATE),
        "appr_day": day,
        "person": block.person_at(firm, day),
        "addr": block.addr_at(firm, day),
        "capital": block.was("capital", firm, day),
        "phone": block.phone[firm],
        "est_day": block.est_day[firm],
        "holder": _head(block)[firm],
        "renamed": _renamed_later(block, changed, firm, day),
        "has_capital": (~np.isnan(block.capital[firm])).astype(np.int64),
    }
    rows["by_person"] = (rows["holder"].astype(np.int64) < 0).astype(np.int64)
    rows["paid"] = np.minimum(block.paid[firm], rows["capital"].astype(np.float64))
    return rows | _term(block, firm) | _state(block, firm, day)


def _versions(block: Block, changed: Rows) -> tuple[Ints, Ints, Ints]:
    """Firm and day of every version, and whether it is the first; of those before the start only the last counts."""
    shown = np.isin(changed["item"], _SHOWN)
    gone, over = block.exit_day != MISSING, block.cancel_day != MISSING
    twice = over & (block.exit_kind == REVOKED_CANCELLED)
    firm = np.concatenate([changed["firm"][shown], np.flatnonzero(gone), np.flatnonzero(twice)]).astype(np.int64)
    day = np.concatenate([changed["alt_day"][shown], block.exit_day[gone], block.cancel_day[twice]]).astype(np.int64)
    base = block.est_day.copy()
    early = day < block.clock.start
    np.maximum.at(base, firm[early], day[early])
    pairs = np.unique(np.stack([firm[~early], day[~early]], axis=1), axis=0)
    firm = np.concatenate([np.arange(block.n), pairs[:, 0]])
    first = (np.arange(len(firm)) < block.n).astype(np.int64)
    return firm, np.concatenate([base, pairs[:, 1]]), first


def _head(block: Block) -> Ints:
    """The firm that leads another one, -1 where a person does: the nearest older living company."""
    head = np.full(block.n, -1, dtype=np.int64)
    led = np.flatnonzero(led_by_organisation(block))
    company, place = older_company(block, block.est_day[led])
    found = place > 0
    rng = block.streams.of("register/head")
    head[led[found]] = company[(rng.random(int(found.sum())) * place[found]).astype(np.int64)]
    return head


def older_company(block: Block, day: Ints) -> tuple[Ints, Ints]:
    """Companies that stay, by founding day, and how many of them stood before each day."""
    company = np.flatnonzero((block.group == "COMPANY") & (block.exit_day == MISSING))
    company = company[np.argsort(block.est_day[company], kind="stable")]
    return company, np.searchsorted(block.est_day[company], day, side="left")


def _renamed_later(block: Block, changed: Rows, firm: Ints, day: Ints) -> Ints:
    """1 where the version still shows the old name."""
    named = changed["item"] == NAME
    last = np.full(block.n, MISSING, dtype=np.int64)
    np.maximum.at(last, changed["firm"][named].astype(np.int64), changed["alt_day"][named].astype(np.int64))
    return (last[firm] > day).astype(np.int64)


def _term(block: Block, firm: Ints) -> Rows:
    rng = block.streams.of("register/term")
    limited = rng.random(block.n) < block.params.number("population", "limited_term")
    low, high = block.params.numbers("population", "term_years")
    years = np.round(rng.uniform(low, high, block.n) / 10) * 10
    to_day = np.where(limited, block.est_day + (years * (YEAR + 0.25)).astype(np.int64), MISSING)
    return {"term": limited[firm].astype(np.int64), "to_day": to_day[firm]}


def _state(block: Block, firm: Ints, day: Ints) -> Rows:
    gone = (block.exit_day[firm] != MISSING) & (block.exit_day[firm] <= day)
    over = (block.cancel_day[firm] != MISSING) & (block.cancel_day[firm] <= day)
    kind = np.where(gone, block.exit_kind[firm], STAYS)
    revoked = np.isin(kind, [REVOKED, REVOKED_CANCELLED])
    kind = np.where((kind == REVOKED_CANCELLED) & ~over, REVOKED, kind)
    cancelled = np.where(np.isin(kind, [CANCELLED, MOVED]), block.exit_day[firm], MISSING)
    cancelled = np.where(kind == REVOKED_CANCELLED, block.cancel_day[firm], cancelled)
    struck = revoked | (kind == WITHDRAWN)
    states = np.asarray([_STATES[i] for i in range(len(_STATES))])
    return {
        "state": states[kind],
        "cancelled_day": cancelled,
        "revoked_day": np.where(struck, block.exit_day[firm], MISSING),
    }
