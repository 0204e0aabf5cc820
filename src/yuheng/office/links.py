"""Likely links: which firm a record without a code may be about, and what people judged. Judgements are only added to.

A link that was made (automatically, or accepted) counts as PROBABLE; an officer who records the credit code of the
firm with evidence makes it deterministic (USCC), and only then may it set a grade.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office.audit import Audit
from yuheng.office.database import Database
from yuheng.office.tables import firm_judgements, link_candidates, link_judgements
from yuheng.office.values import person, required, utc_now

LinkState = Literal["open", "auto", "accepted", "rejected", "undone"]
_IN_FORCE = ("auto", "accepted")
_UNDECIDED = ("open", "undone")
_MANY = 500


@dataclass(frozen=True, slots=True)
class Offer:
    """A record and a firm it may be about. `score` 0 to 1; `evidence`: comparison → outcome; no personal values."""

    table_id: str
    batch_id: str
    src_row: int
    name: str
    ent_id: int
    firm_name: str
    score: float
    evidence: Mapping[str, str]
    found_on: dt.date
    state: LinkState = "open"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer that is kept. `basis`: PROBABLE or USCC where the link is in force, else ''."""

    id: int
    table_id: str
    batch_id: str
    src_row: int
    name: str
    ent_id: int
    firm_name: str
    score: float
    evidence: Mapping[str, str]
    found_on: dt.date
    state: LinkState
    basis: str


@dataclass(frozen=True, slots=True)
class LinkJudgement:
    """One thing people said of a candidate: accept, reject or undo."""

    id: int
    candidate_id: int
    at: dt.datetime
    actor: str
    verdict: str
    uscc: str
    reason: str


@dataclass(frozen=True, slots=True)
class FirmJudgement:
    """Two entities judged to be one firm (merge: `ent_id` goes into `into_ent_id`), or to be two again (split)."""

    id: int
    at: dt.datetime
    actor: str
    kind: Literal["merge", "split"]
    ent_id: int
    into_ent_id: int
    known_on: dt.date
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The link of a record as judged now; `ent_id` None: taken back, `was_` says what it was."""

    table_id: str
    batch_id: str
    src_row: int
    ent_id: int | None
    link_basis: str | None
    was_ent_id: int
    was_basis: str


class Links:
    """The review queue of one office."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def offer(self, offers: Sequence[Offer]) -> int:
        """Keeps the offers that are not known yet; how many those were. Offering again changes nothing."""
        new = 0
        for low in range(0, len(offers), _MANY):
            part = offers[low : low + _MANY]
            with self._database.write() as con:
                known = {_key(row) for row in con.execute(_of_batches({o.batch_id for o in part})).mappings()}
                fresh = [o for o in part if _key(asdict(o)) not in known]
                if fresh:
                    rows = [{**asdict(o), "basis": "PROBABLE" if o.state == "auto" else ""} for o in fresh]
                    con.execute(sa.insert(link_candidates), rows)
                    self._note_offers(con, fresh)
                new += len(fresh)
        return new

    def get(self, candidate_id: int) -> Candidate:
        """The candidate. OfficeError when there is none of that number."""
        with self._database.read() as con:
            return _one(con, candidate_id)

    def list(
        self, *, state: LinkState | None = None, table_id: str | None = None, limit: int | None = None
    ) -> Sequence[Candidate]:
        """Candidates, the surest first."""
        c = link_candidates.c
        query = sa.select(link_candidates).order_by(c.score.desc(), c.id).limit(limit)
        for column, wanted in ((c.state, state), (c.table_id, table_id)):
            if wanted is not None:
                query = query.where(column == wanted)
        with self._database.read() as con:
            return [Candidate(**row) for row in con.execute(query).mappings()]

    def history(self, candidate_id: int) -> Sequence[LinkJudgement]:
        """What was said of a candidate, oldest first."""
        c = link_judgements.c
        query = sa.select(link_judgements).where(c.candidate_id == candidate_id).order_by(c.id)
        with self._database.read() as con:
            return [LinkJudgement(**row) for row in con.execute(query).mappings()]

    def decisions(self, table_id: str | None = None) -> Sequence[Decision]:
        """What counts now: links in force, and links taken back (what they were), one per record."""
        c, j = link_candidates.c, link_judgements.c
        latest = (
            sa.select(j.candidate_id, sa.func.max(j.id).label("last"))
            .where(j.verdict == "accept")
            .group_by(j.candidate_id)
            .subquery()
        )
        said = sa.select(latest.c.candidate_id, j.uscc).join(link_judgements, j.id == latest.c.last).subquery()
        query = (
            sa.select(c.table_id, c.batch_id, c.src_row, c.ent_id, c.state, c.basis, said.c.uscc)
            .join(said, said.c.candidate_id == c.id, isouter=True)
            .where(c.state.in_((*_IN_FORCE, "undone")))
            .order_by(c.table_id, c.batch_id, c.src_row, c.id)
        )
        if table_id is not None:
            query = query.where(c.table_id == table_id)
        found: dict[tuple[str, str, int], Decision] = {}
        with self._database.read() as con:
            for row in con.execute(query).mappings():
                force = row["state"] in _IN_FORCE
                was = "USCC" if row["uscc"] else "PROBABLE"
                one = Decision(
                    row["table_id"],
                    row["batch_id"],
                    row["src_row"],
                    row["ent_id"] if force else None,
                    row["basis"] if force else None,
                    row["ent_id"],
                    row["basis"] or was,
                )
                key = (one.table_id, one.batch_id, one.src_row)
                if force or key not in found:
                    found[key] = one
        return list(found.values())

    def accept(self, candidate_id: int, *, by: str, reason: str, uscc: str = "") -> Candidate:
        """Judge that the record is about this firm. With the firm's credit code, shown by evidence, it is a sure link.

        Other candidates of the record are rejected with it. OfficeError when it is decided already.
        """
        with self._database.write() as con:
            found = _in_state(con, candidate_id, _UNDECIDED)
            why = required(reason, "reason", most=2000)
            for other in con.execute(_siblings(found)).mappings().all():
                if other["state"] in _IN_FORCE:
                    raise OfficeError(
                        f"the record is linked by candidate {other['id']}.", todo=f"Undo {other['id']} first."
                    )
                if other["state"] in _UNDECIDED:
                    self._judge(con, other["id"], "reject", by, f"candidate {candidate_id} was accepted")
            return self._judge(con, candidate_id, "accept", by, why, uscc)

    def reject(self, candidate_id: int, *, by: str, reason: str) -> Candidate:
        """Judge that the record is about another firm."""
        with self._database.write() as con:
            _in_state(con, candidate_id, _UNDECIDED)
            return self._judge(con, candidate_id, "reject", by, required(reason, "reason", most=2000))

    def undo(self, candidate_id: int, *, by: str, reason: str) -> Candidate:
        """Take a judgement, or an automatic link, back; the record waits again."""
        with self._database.write() as con:
            _in_state(con, candidate_id, ("auto", "accepted", "rejected"))
            return self._judge(con, candidate_id, "undo", by, required(reason, "reason", most=2000))

    def merge(self, ent_id: int, into: int, *, by: str, reason: str, on: dt.date) -> FirmJudgement:
        """Judge that two entities are one firm: from `on` what would link to `ent_id` links to `into`."""
        if ent_id == into:
            raise OfficeError(f"entity {ent_id} cannot go into itself.", todo="Name two entities.")
        with self._database.write() as con:
            now = _merged(con)
            if ent_id in now:
                raise OfficeError(f"entity {ent_id} is part of {now[ent_id]} already.", todo="Split it first.")
            if into in now or ent_id in now.values():
                raise OfficeError("a merged entity cannot be merged again.", todo="Merge the ones that are left.")
            return self._firm(con, "merge", ent_id, into, by, reason, on)

    def split(self, ent_id: int, *, by: str, reason: str, on: dt.date) -> FirmJudgement:
        """Take a merge back from `on`; what was linked in between stays and is in the history."""
        with self._database.write() as con:
            into = _merged(con).get(ent_id)
            if into is None:
                raise OfficeError(f"entity {ent_id} is not merged into another.", todo="See its history.")
            return self._firm(con, "split", ent_id, into, by, reason, on)

    def merged(self) -> Mapping[int, int]:
        """Entity → the entity it is part of, as judged now."""
        with self._database.read() as con:
            return _merged(con)

    def firm_history(self) -> Sequence[FirmJudgement]:
        """All merges and splits, oldest first."""
        query = sa.select(firm_judgements).order_by(firm_judgements.c.id)
        with self._database.read() as con:
            return [FirmJudgement(**row) for row in con.execute(query).mappings()]

    def _judge(
        self, con: sa.Connection, candidate_id: int, verdict: str, by: str, reason: str, uscc: str = ""
    ) -> Candidate:
        state = {"accept": "accepted", "reject": "rejected", "undo": "undone"}[verdict]
        basis = ("USCC" if uscc else "PROBABLE") if verdict == "accept" else ""
        said = {"candidate_id": candidate_id, "at": utc_now(), "actor": person(by), "verdict": verdict}
        con.execute(sa.insert(link_judgements).values(**said, uscc=uscc, reason=reason))
        own = link_candidates.c.id == candidate_id
        con.execute(sa.update(link_candidates).where(own).values(state=state, basis=basis))
        found = _one(con, candidate_id)
        detail = {"table": found.table_id, "batch": found.batch_id, "row": found.src_row, "ent_id": found.ent_id}
        self._audit.record(
            con,
            actor=by,
            action=f"link.{verdict}",
            subject=f"link:{candidate_id}",
            reason=reason,
            detail={**detail, "basis": basis},
        )
        return found

    def _firm(
        self, con: sa.Connection, kind: str, ent_id: int, into: int, by: str, reason: str, on: dt.date
    ) -> FirmJudgement:
        why = required(reason, "reason", most=2000)
        values = {"at": utc_now(), "actor": person(by), "kind": kind, "ent_id": ent_id, "into_ent_id": into}
        con.execute(sa.insert(firm_judgements).values(**values, known_on=on, reason=why))
        query = sa.select(firm_judgements).order_by(firm_judgements.c.id.desc()).limit(1)
        self._audit.record(
            con, actor=by, action=f"firm.{kind}", subject=f"ent:{ent_id}", reason=why, detail={"into": into}
        )
        return FirmJudgement(**con.execute(query).mappings().one())

    def _note_offers(self, con: sa.Connection, fresh: Sequence[Offer]) -> None:
        count = {state: sum(o.state == state for o in fresh) for state in ("auto", "open")}
        self._audit.record(con, actor="玉衡", action="link.offer", subject="links", reason="", detail=count)


def _key(row: Mapping[str, object] | sa.RowMapping) -> tuple[object, ...]:
    return tuple(row[name] for name in ("table_id", "batch_id", "src_row", "ent_id"))


def _of_batches(batches: set[str]) -> sa.Select[tuple[object, ...]]:
    c = link_candidates.c
    return sa.select(c.table_id, c.batch_id, c.src_row, c.ent_id).where(c.batch_id.in_(sorted(batches)))


def _siblings(found: Candidate) -> sa.Select[tuple[object, ...]]:
    c = link_candidates.c
    same = (c.table_id == found.table_id, c.batch_id == found.batch_id, c.src_row == found.src_row, c.id != found.id)
    return sa.select(link_candidates).where(*same).order_by(c.id)


def _one(con: sa.Connection, candidate_id: int) -> Candidate:
    row = con.execute(sa.select(link_candidates).where(link_candidates.c.id == candidate_id)).mappings().one_or_none()
    if row is None:
        raise OfficeError(f"no candidate {candidate_id}.", todo="See `yuheng identity queue`.")
    return Candidate(**row)


def _in_state(con: sa.Connection, candidate_id: int, states: Sequence[str]) -> Candidate:
    found = _one(con, candidate_id)
    if found.state not in states:
        raise OfficeError(
            f"candidate {candidate_id} is {found.state}.",
            todo="Undo it first." if states == _UNDECIDED else "There is nothing to undo.",
        )
    return found


def _merged(con: sa.Connection) -> dict[int, int]:
    out: dict[int, int] = {}
    for row in con.execute(sa.select(firm_judgements).order_by(firm_judgements.c.id)).mappings():
        if row["kind"] == "merge":
            out[row["ent_id"]] = row["into_ent_id"]
        else:
            out.pop(row["ent_id"], None)
    return out
