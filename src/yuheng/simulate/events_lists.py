"""Lists: abnormal operation, serious violation (S-GSXT), dishonest subjects of other departments (S-CREDIT)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, known
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import (
    after,
    between,
    entered,
    flip,
    histories,
    ints,
    pick,
    record,
    separate,
    share,
    shares,
)
from yuheng.simulate.events_reports import duties
from yuheng.simulate.hazard import chance, duration, occur
from yuheng.simulate.params import Flags, Ints

_REPORT, _DISCLOSURE, _FALSE, _CONTACT = 1, 2, 3, 4
_REMOVED, _REVOKED = 1, 2


@dataclass(frozen=True)
class Listing:
    """Listings of one reason: the firm, the day in, the day out (MISSING while it lasts)."""

    firm: Ints
    in_day: Ints
    out_day: Ints
    reason: Ints


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feeds abnormal, serious and lists. Lost contact found by an inspection (`done`) leads to a listing."""
    return {"abnormal": _abnormal(block, done), "serious": _serious(block), "lists": _credit(block)}


def _abnormal(block: Block, done: dict[str, Rows]) -> Rows:
    parts = [_unreported(block), _contact(block, done)]
    parts += [_other(block, "false_disclosure", _FALSE), _other(block, "disclosure_order", _DISCLOSURE)]
    firm, day, out, reason = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("firm", "in_day", "out_day", "reason")
    )
    rng = block.streams.of("abnormal")
    wrong = flip(rng, len(firm), share(block, "abnormal", "wrong"))
    taken_back = after(block, firm, day, between(block, rng, len(firm), "abnormal", "wrong_days"), wrong)
    sooner = known(taken_back) & (~known(out) | (taken_back < out))
    out = np.where(sooner, taken_back, out)
    kind = np.where(sooner, _REVOKED, _REMOVED)
    rows = record(block, "abnormal", firm, entered(block, "abnormal", day), in_day=day, reason=reason, out_kind=kind)
    return histories(rows, {"out_day": out})


def _unreported(block: Block) -> Listing:
    """Firms that missed the deadline and had still not reported when the list was made; the report takes them off."""
    owed = duties(block)
    missed = np.flatnonzero(owed.missed == 1)
    firm, due, filed = owed.firm[missed], owed.due_day[missed], owed.filed_day[missed]
    target = block.params.number("chances", "listed_when_missed", "target")
    goal = np.where(block.enterprise[firm], target, target * block.params.number("others_rate"))
    listed = chance(block, "listed_when_missed", firm, due, target=goal)
    rng = block.streams.of("abnormal/report")
    delay = np.maximum(rng.exponential(block.params.number("listing_delay_days"), len(firm)), 1.0).astype(np.int64)
    day = block.clock.working(due + delay)
    listed &= (~known(filed) | (filed > day)) & (day < block.life_end[firm])
    removal = between(block, rng, len(firm), "abnormal", "removal_days")
    out = after(block, firm, filed, removal)
    return _chosen(Listing(firm, day, out, np.full(len(firm), _REPORT, dtype=np.int64)), listed)


def _contact(block: Block, done: dict[str, Rows]) -> Listing:
    """Letters that came back, and inspections that found nobody."""
    firm, day = occur(block, "lost_contact")
    nobody = [place for place, code in enumerate(block.params.words("check_result")) if "6" in code.split(",")]
    rng = block.streams.of("abnormal/letter")
    for name in ("result", "check"):
        rows = done[name]
        found = np.isin(rows["check_result"], nobody)
        visited, seen = ints(rows["firm"])[found], ints(rows["check_day"])[found]
        letter = block.clock.working(seen + between(block, rng, len(seen), "abnormal", "letter_days"))
        alive = letter < block.life_end[visited]
        firm, day = np.concatenate([firm, visited[alive]]), np.concatenate([day, letter[alive]])
    return _stays(block, "lost_contact", _CONTACT, firm, day)


def _other(block: Block, hazard: str, reason: int) -> Listing:
    firm, day = occur(block, hazard)
    return _stays(block, hazard, reason, firm, day)


def _stays(block: Block, name: str, reason: int, firm: Ints, day: Ints) -> Listing:
    """A part is put right after some time, the rest stays listed; no second listing while one lasts."""
    repaired = chance(block, "abnormal_repaired", firm, day, salt=name)
    stay = duration(block, "abnormal_stay", block.streams.of(f"abnormal/stay/{name}"), len(firm))
    out = after(block, firm, day, stay, repaired)
    fresh = separate(firm, day, out)
    return _chosen(Listing(firm, day, out, np.full(len(firm), reason, dtype=np.int64)), fresh)


def _chosen(listing: Listing, which: Flags) -> Listing:
    return Listing(listing.firm[which], listing.in_day[which], listing.out_day[which], listing.reason[which])


def _serious(block: Block) -> Rows:
    firm, day = occur(block, "serious")
    rng = block.streams.of("serious")
    stay = np.maximum(duration(block, "serious_stay", rng, len(firm)), int(share(block, "serious", "shortest")))
    out = after(block, firm, day, stay)
    fresh = separate(firm, day, out)
    firm, day, out = firm[fresh], day[fresh], out[fresh]
    reason = pick(rng, len(firm), shares(block, "serious", "reasons"))
    rows = record(block, "serious", firm, entered(block, "serious", day), in_day=day, serious_reason=reason)
    return histories(rows, {"out_day": out})


def _credit(block: Block) -> Rows:
    firm, day = occur(block, "credit_list")
    rng = block.streams.of("lists")
    out = after(block, firm, day, duration(block, "credit_list_stay", rng, len(firm)))
    code = pick(rng, len(firm), shares(block, "credit_list", "codes"))
    coded = flip(rng, len(firm), share(block, "credit_list", "coded")).astype(np.int64)
    rows = record(
        block, "lists", firm, entered(block, "lists", day), in_day=day, list_code=code, list_name=code, coded=coded,
        person=block.person_at(firm, day),
    )  # fmt: skip
    return histories(rows, {"out_day": np.where(known(out), out, MISSING)})
