"""Courts: dishonest executees, enforcement, civil cases, bankruptcy (S-COURT) and frozen equity (S-GSXT)."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import REVOKED, REVOKED_CANCELLED, Block
from yuheng.simulate.clock import MISSING, YEAR, known
from yuheng.simulate.dirt import INSERT, Rows
from yuheng.simulate.events_base import (
    after,
    anniversary,
    between,
    companies,
    entered,
    flip,
    histories,
    ints,
    opening,
    pick,
    record,
    separate,
    share,
    shares,
)
from yuheng.simulate.hazard import duration, occur, poisson, rate
from yuheng.simulate.params import Floats, Ints


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feeds dishonest, exec, cases, justice_freeze and bankruptcy."""
    dishonest = _dishonest(block)
    return {
        "dishonest": dishonest,
        "exec": _enforced(block, dishonest),
        "cases": _cases(block),
        "justice_freeze": _frozen(block),
        "bankruptcy": _bankrupt(block),
    }


def _with_revoked(block: Block, name: str, since: int | None) -> tuple[Ints, Ints]:
    """Events of the firms' lives, and at a lower rate of the years a revoked firm stays in the register."""
    firm, day = occur(block, name, since=since)
    revoked = np.isin(block.exit_kind, [REVOKED, REVOKED_CANCELLED]) & known(block.exit_day)
    first = block.clock.history if since is None else since
    end = np.where(known(block.cancel_day), np.minimum(block.cancel_day, block.clock.end + 1), block.clock.end + 1)
    low = np.maximum(np.where(revoked, block.exit_day, block.clock.end + 1), first)
    expected = (
        rate(block, name).max(axis=1) * np.maximum(end - low, 0) / YEAR * share(block, "court", "after_revocation")
    )
    later, then = poisson(block, f"revoked/{name}", expected[:, None], low[:, None], np.maximum(end, low)[:, None])
    return np.concatenate([firm, later]), np.concatenate([day, then])


def _dishonest(block: Block) -> Rows:
    firm, day = _with_revoked(block, "dishonest", None)
    rng = block.streams.of("dishonest")
    n = len(firm)
    stay = duration(block, "dishonest_stay", rng, n)
    gone = day + stay
    out = np.where(gone <= block.clock.end, gone, MISSING)
    before = day - between(block, rng, n, "court", "file_days")
    filed = np.maximum(before, block.est_day[firm])
    rows = record(
        block, "dishonest", firm, entered(block, "dishonest", day), publish_day=day, file_day=filed,
        court=_court(block, rng, n), coded=_coded(block, rng, n), person=block.person_at(firm, day),
    )  # fmt: skip
    return histories(rows, {"exit_day": out})


def _enforced(block: Block, dishonest: Rows) -> Rows:
    """Enforcement cases; each that led to a listing as dishonest is one of them."""
    since = opening(block, "penalty_years")
    firm, day = _with_revoked(block, "execution", since)
    led = (ints(dishonest["op"]) == INSERT) & (ints(dishonest["file_day"]) >= since)
    firm = np.concatenate([firm, ints(dishonest["firm"])[led]])
    day = np.concatenate([day, ints(dishonest["file_day"])[led]])
    rng = block.streams.of("exec")
    n = len(firm)
    amount = _amount(block, rng, n)
    amount[flip(rng, n, share(block, "court", "unknown_amount"))] = np.nan
    return record(
        block, "exec", firm, entered(block, "exec", day), file_day=day, amount=amount, court=_court(block, rng, n),
        coded=_coded(block, rng, n), person=block.person_at(firm, day),
    )  # fmt: skip


def _cases(block: Block) -> Rows:
    since = opening(block, "case_years")
    sued, when = occur(block, "lawsuit", since=since)
    suing, then = occur(block, "plaintiff", since=since)
    firm, day = np.concatenate([sued, suing]), np.concatenate([when, then])
    rng = block.streams.of("cases")
    n = len(firm)
    defendant = np.repeat(np.asarray([1, 0], dtype=np.int64), [len(sued), len(suing)])
    instance = 1 + flip(rng, n, share(block, "court", "second")).astype(np.int64)
    cause = rng.integers(0, len(block.params.words("cause")), n)
    return record(
        block, "cases", firm, entered(block, "cases", day), filed_day=day, defendant=defendant, instance=instance,
        cause=cause, amount=_amount(block, rng, n), coded=_coded(block, rng, n), person=block.person_at(firm, day),
    )  # fmt: skip


def _frozen(block: Block) -> Rows:
    firm, day = occur(block, "freeze", where=companies(block), since=opening(block, "penalty_years"))
    rng = block.streams.of("freeze")
    n = len(firm)
    to = anniversary(day, int(share(block, "court", "freeze_years"))) - 1
    thawed = flip(rng, n, share(block, "court", "thawed"))
    thaw = day + duration(block, "freeze_stay", rng, n)
    thaw = np.where(thawed & (thaw <= to) & (thaw <= block.clock.end), thaw, MISSING)
    lose = np.where(~known(thaw) & (to + 1 <= block.clock.end), to + 1, MISSING)
    rows = record(
        block, "justice_freeze", firm, entered(block, "justice_freeze", day), from_day=day, to_day=to,
        item=1 + rng.integers(0, 2, n), amount=np.round(_amount(block, rng, n) / 10_000, 2),
        person=block.person_at(firm, day),
    )  # fmt: skip
    return histories(rows, {"thaw_day": thaw, "lose_day": lose})


def _bankrupt(block: Block) -> Rows:
    firm, day = occur(block, "bankruptcy", where=companies(block), since=opening(block, "penalty_years"))
    rng = block.streams.of("bankruptcy")
    close = after(block, firm, day, duration(block, "bankruptcy_stay", rng, len(firm)))
    fresh = separate(firm, day, close)
    firm, day, close = firm[fresh], day[fresh], close[fresh]
    kind = pick(rng, len(firm), shares(block, "court", "bankruptcy_kinds"))
    rows = record(block, "bankruptcy", firm, entered(block, "bankruptcy", day), accept_day=day, bankruptcy_kind=kind)
    return histories(rows, {"close_day": close})


def _amount(block: Block, rng: np.random.Generator, n: int) -> Floats:
    """元."""
    mean, sigma = share(block, "court", "amount_mean"), share(block, "court", "amount_sigma")
    amount: Floats = np.round(rng.lognormal(mean, sigma, n), 2)
    return amount


def _court(block: Block, rng: np.random.Generator, n: int) -> Ints:
    return pick(rng, n, shares(block, "court", "courts"))


def _coded(block: Block, rng: np.random.Generator, n: int) -> Ints:
    return flip(rng, n, share(block, "court", "coded")).astype(np.int64)
