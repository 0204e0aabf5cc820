"""Licences (S-LIC, S-FDA): terms and their renewals, some missing, lapsed or taken away; and commitments."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from yuheng.simulate.block import CANCELLED, Block
from yuheng.simulate.clock import MISSING, YEAR, known
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import after, anniversary, between, entered, flip, histories, opening, record, share
from yuheng.simulate.hazard import chance, occur
from yuheng.simulate.params import Array, Flags, Ints

_VALID, _CANCELLED, _REVOKED, _WITHDRAWN, _EXPIRED = 0, 1, 2, 3, 4
_WORDS = {"food_license": "format", "drug_license": "drug_mode"}
_CHAIN, _SINGLE = 0, 1


@dataclass(frozen=True)
class Terms:
    """Licence terms: `kind` is the row of licences.csv; [issue, to] are its first and last day in force."""

    firm: Ints
    kind: Ints
    addr: Ints
    issue: Ints
    to: Ints

    def take(self, at: Ints | Flags) -> Terms:
        """The chosen terms."""
        return Terms(self.firm[at], self.kind[at], self.addr[at], self.issue[at], self.to[at])


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feeds license, food_license, drug_license and commitment."""
    parts = [_states(block, _first(block), 0)]
    while len((term := _renewed(block, parts[-1], len(parts) - 1)).firm):
        parts.append(_states(block, term, len(parts)))
    result = {name: _feed(block, name, parts) for name in ("license", "food_license", "drug_license")}
    return {**result, "commitment": _commitments(block)}


@dataclass(frozen=True)
class Ended:
    """Terms with the state they come to (0 stays valid) and its day; `lapsed` ones were not renewed in time."""

    terms: Terms
    state: Ints
    day: Ints
    lapsed: Flags


def _first(block: Block) -> Terms:
    """The oldest term of each holder that the measures can still see."""
    years = block.params.figures("licences", "years").astype(np.int64)
    codes = block.params.column("licences", "code")
    needed = [codes.index(code) if code else -1 for code in block.params.column("industries", "licence")]
    kind = np.asarray(needed, dtype=np.int64)[block.industry_row]
    firm = np.flatnonzero(kind >= 0)
    kind = kind[firm]
    rng = block.streams.of("licence/first")
    issue = block.est_day[firm] + between(block, rng, len(firm), "licence", "first_days")
    missing = block.params.figures("licences", "missing")[kind]
    lacking = chance(block, "licence_missing", firm, np.maximum(issue, block.clock.start), target=missing)
    seen = block.clock.start - int(share(block, "licence", "kept_years") * YEAR)
    over = np.maximum((seen - issue) // (years[kind] * YEAR + 2), 0)
    issue = anniversary(issue, over * years[kind])
    has = ~lacking & (issue < block.life_end[firm])
    firm, kind, issue = firm[has], kind[has], issue[has]
    return Terms(firm, kind, block.addr_at(firm, issue), issue, anniversary(issue, years[kind]) - 1)


def _states(block: Block, term: Terms, number: int) -> Ended:
    """Taken away during the term, cancelled with the firm, or expired without a successor."""
    rng = block.streams.of(f"licence/state/{number}")
    n, firm = len(term.firm), term.firm
    taken = chance(block, "licence_taken", firm, term.issue, salt=str(number))
    day = term.issue + 1 + (rng.random(n) * (term.to - term.issue)).astype(np.int64)
    taken &= day < block.life_end[firm]
    lapsed = chance(block, "licence_lapsed", firm, term.to, salt=str(number))
    told = term.to + between(block, rng, n, "licence", "told_days")
    reported = lapsed & flip(rng, n, share(block, "licence", "reported_expired")) & (told < block.life_end[firm])
    left = (block.exit_kind[firm] == CANCELLED) & known(block.exit_day[firm]) & (block.exit_day[firm] <= term.to)
    kind = np.where(flip(rng, n, share(block, "licence", "revoked")), _REVOKED, _WITHDRAWN)
    state = np.where(taken, kind, np.where(left, _CANCELLED, np.where(reported, _EXPIRED, _VALID)))
    known_day = np.where(taken, day, np.where(left, block.exit_day[firm], np.where(reported, told, MISSING)))
    return Ended(term, state.astype(np.int64), known_day, lapsed)


def _renewed(block: Block, ended: Ended, number: int) -> Terms:
    """The next terms: before the end of the old one, or after a gap, for the same site."""
    rng = block.streams.of(f"licence/renewal/{number}")
    term, n = ended.terms, len(ended.terms.firm)
    ahead = term.to - between(block, rng, n, "licence", "renewal_days")
    behind = term.to + between(block, rng, n, "licence", "gap_days")
    returns = flip(rng, n, share(block, "licence", "gap_closed"))
    issue = np.where(ended.lapsed, behind, ahead)
    goes_on = (ended.state != _REVOKED) & (ended.state != _WITHDRAWN) & (~ended.lapsed | returns)
    goes_on &= (issue < block.life_end[term.firm]) & (issue <= block.clock.end)
    length = block.params.figures("licences", "years").astype(np.int64)[term.kind]
    begins = np.where(ended.lapsed, issue, term.to + 1)
    return replace(term, issue=issue, to=anniversary(begins, length) - 1).take(goes_on)


def _feed(block: Block, name: str, parts: list[Ended]) -> Rows:
    mine = np.asarray([feed == name for feed in block.params.column("licences", "feed")])
    chosen = [(part, np.flatnonzero(mine[part.terms.kind])) for part in parts]
    firm, kind, addr, issue, to = (
        np.concatenate([getattr(part.terms, field)[at] for part, at in chosen])
        for field in ("firm", "kind", "addr", "issue", "to")
    )
    state = np.concatenate([part.state[at] for part, at in chosen])
    day = np.concatenate([part.day[at] for part, at in chosen])
    open_ = (state == _VALID) & (to > block.clock.end)
    rows = record(
        block, name, firm, entered(block, name, issue), addr=addr, issue_day=issue, to_day=to,
        **_words(block, name, kind, open_),
    )  # fmt: skip
    blank = np.zeros(len(firm), dtype=np.int64)
    return histories(rows, {"state_day": day}, {"licence_state": ("state_day", blank, state)})


def _words(block: Block, name: str, kind: Ints, open_: Flags) -> dict[str, Array]:
    rng = block.streams.of(f"licence/words/{name}")
    if name in _WORDS:
        words = block.params.words(_WORDS[name])
        given = [words.index(word) if word in words else -1 for word in block.params.column("licences", "word")]
        place = np.asarray(given, dtype=np.int64)[kind]
        chain = np.where(flip(rng, len(kind), share(block, "licence", "chains")), _CHAIN, _SINGLE)
        return {_WORDS[name]: np.where(place < 0, chain, place)}
    forever = (open_ & flip(rng, len(kind), share(block, "licence", "forever"))).astype(np.int64)
    return {"licence_name": kind, "forever": forever}


def _commitments(block: Block) -> Rows:
    firm, day = occur(block, "commitment", since=opening(block, "penalty_years"))
    rng = block.streams.of("commitment")
    kind = flip(rng, len(firm), share(block, "commitment", "repair")).astype(np.int64)
    broken = chance(block, "commitment_breach", firm, day)
    breach = after(block, firm, day, between(block, rng, len(firm), "commitment", "breach_days"), broken)
    rows = record(block, "commitment", firm, entered(block, "commitment", day), made_day=day, commitment_kind=kind)
    return histories(rows, {"breach_day": breach})
