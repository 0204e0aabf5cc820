"""Manual adjustments of grades: the county proposes, another person approves, and each one ends by itself.

They stay apart from the model's score. Two clocks hold here too: a decision counts from the day it was taken
(`known_from`) to the day it was taken back (`known_to`), within its own validity.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import pyarrow as pa
import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office.audit import Audit
from yuheng.office.database import Database
from yuheng.office.tables import grade_adjustments
from yuheng.office.values import person, required, same_person, utc_now

AdjustmentState = Literal["proposed", "approved", "rejected", "revoked"]

IN_FORCE = pa.schema(
    [
        ("ent_id", pa.int64()),
        ("grade", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("decision_id", pa.int64()),
    ]
)
"""Adjustments as a scoring run reads them; `valid_to` is the first day they no longer hold."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A decision on one firm's grade. It holds on days D with valid_from <= D < valid_to, once it is approved."""

    decision_id: int
    ent_id: int
    grading: str
    grade: str
    reason_code: str
    evidence: str
    valid_from: dt.date
    valid_to: dt.date
    state: AdjustmentState
    proposed_by: str
    proposed_at: dt.datetime
    approved_by: str
    known_from: dt.date | None
    known_to: dt.date | None
    ended_by: str
    end_reason: str


class Adjustments:
    """The manual adjustments of one office."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def propose(
        self,
        ent_id: int,
        *,
        grading: str,
        grade: str,
        reason_code: str,
        evidence: str,
        valid_from: dt.date,
        valid_to: dt.date,
        months: int,
        by: str,
    ) -> Adjustment:
        """Propose a grade for a firm. OfficeError when it would hold longer than `months` or lacks a reason."""
        latest = _later(valid_from, months)
        if not valid_from < valid_to <= latest:
            raise OfficeError(
                f"an adjustment from {valid_from} to {valid_to}.", todo=f"It must end after {valid_from}, by {latest}."
            )
        values = {
            "ent_id": ent_id,
            "grading": required(grading, "grading", most=60),
            "grade": required(grade, "grade", most=8),
            "reason_code": required(reason_code, "reason code", most=60),
            "evidence": required(evidence, "evidence", most=4000),
            "valid_from": valid_from,
            "valid_to": valid_to,
        }
        decided = {"state": "proposed", "approved_by": "", "ended_by": "", "end_reason": ""}
        with self._database.write() as con:
            who = {"proposed_by": person(by), "proposed_at": utc_now()}
            key = con.execute(sa.insert(grade_adjustments).values(**values, **who, **decided)).inserted_primary_key
            adjustment = _one(con, key[0] if key else 0)
            self._note(con, "propose", adjustment, by, "")
            return adjustment

    def approve(self, decision_id: int, *, by: str, on: dt.date | None = None, reason: str = "") -> Adjustment:
        """Approve a proposal; it counts from `on` (default today, UTC). OfficeError when the proposer does it."""
        day = on or utc_now().date()
        with self._database.write() as con:
            found = _in_state(con, decision_id, "proposed")
            if same_person(found.proposed_by, by):
                raise OfficeError(
                    f"adjustment {decision_id}: {by} proposed it.", todo="Another person must approve it."
                )
            if day >= found.valid_to:
                raise OfficeError(f"adjustment {decision_id} ended on {found.valid_to}.", todo="Propose a new one.")
            self._set(con, decision_id, state="approved", approved_by=person(by), known_from=day)
            return self._noted(con, "approve", decision_id, by, reason)

    def reject(self, decision_id: int, *, by: str, reason: str) -> Adjustment:
        """Refuse a proposal."""
        with self._database.write() as con:
            _in_state(con, decision_id, "proposed")
            why = required(reason, "reason", most=2000)
            self._set(con, decision_id, state="rejected", ended_by=person(by), end_reason=why)
            return self._noted(con, "reject", decision_id, by, why)

    def revoke(self, decision_id: int, *, by: str, reason: str, on: dt.date | None = None) -> Adjustment:
        """Take an approved adjustment back from `on` (default today, UTC); days before keep it."""
        day = on or utc_now().date()
        with self._database.write() as con:
            found = _in_state(con, decision_id, "approved")
            if found.known_from is not None and day < found.known_from:
                raise OfficeError(f"adjustment {decision_id} counts from {found.known_from}.", todo="Give a later day.")
            why = required(reason, "reason", most=2000)
            self._set(con, decision_id, state="revoked", ended_by=person(by), end_reason=why, known_to=day)
            return self._noted(con, "revoke", decision_id, by, why)

    def get(self, decision_id: int) -> Adjustment:
        """The adjustment. OfficeError when there is none of that number."""
        with self._database.read() as con:
            return _one(con, decision_id)

    def list(
        self, *, ent_id: int | None = None, grading: str | None = None, state: AdjustmentState | None = None
    ) -> Sequence[Adjustment]:
        """Adjustments in order of their numbers."""
        columns = grade_adjustments.c
        query = sa.select(grade_adjustments).order_by(columns.decision_id)
        for column, wanted in ((columns.ent_id, ent_id), (columns.grading, grading), (columns.state, state)):
            if wanted is not None:
                query = query.where(column == wanted)
        with self._database.read() as con:
            return [Adjustment(**row) for row in con.execute(query).mappings()]

    def in_force(self, as_of: dt.date, *, grading: str) -> Sequence[Adjustment]:
        """What holds on `as_of`, as known that day, by firm and number."""
        query = sa.select(grade_adjustments).where(_holds(as_of, grading)).order_by(*_ORDER)
        with self._database.read() as con:
            return [Adjustment(**row) for row in con.execute(query).mappings()]

    def table(self, as_of: dt.date, *, grading: str) -> pa.Table:
        """`in_force` for a scoring run, with the schema IN_FORCE; a firm may appear more than once."""
        wanted = [grade_adjustments.c[name] for name in IN_FORCE.names]
        query = sa.select(*wanted).where(_holds(as_of, grading)).order_by(*_ORDER)
        with self._database.read() as con:
            rows = con.execute(query).all()
        columns = zip(_columns(rows), IN_FORCE, strict=True)
        return pa.table([pa.array(values, field.type) for values, field in columns], schema=IN_FORCE)

    def _set(self, con: sa.Connection, decision_id: int, **values: object) -> None:
        con.execute(sa.update(grade_adjustments).where(grade_adjustments.c.decision_id == decision_id).values(**values))

    def _noted(self, con: sa.Connection, step: str, decision_id: int, by: str, reason: str) -> Adjustment:
        adjustment = _one(con, decision_id)
        self._note(con, step, adjustment, by, reason)
        return adjustment

    def _note(self, con: sa.Connection, step: str, adjustment: Adjustment, by: str, reason: str) -> None:
        whole = {name: value for name, value in asdict(adjustment).items() if name != "proposed_at"}
        detail = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in whole.items()}
        subject = f"adjustment:{adjustment.decision_id}"
        self._audit.record(con, actor=by, action=f"adjustment.{step}", subject=subject, reason=reason, detail=detail)


_ORDER = (grade_adjustments.c.ent_id, grade_adjustments.c.decision_id)


def _holds(as_of: dt.date, grading: str) -> sa.ColumnElement[bool]:
    columns = grade_adjustments.c
    return sa.and_(
        columns.grading == grading,
        columns.valid_from <= as_of,
        columns.valid_to > as_of,
        columns.known_from <= as_of,  # NULL until approved
        sa.or_(columns.known_to.is_(None), columns.known_to > as_of),
    )


def _columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in IN_FORCE.names]


def _one(con: sa.Connection, decision_id: int) -> Adjustment:
    query = sa.select(grade_adjustments).where(grade_adjustments.c.decision_id == decision_id)
    row = con.execute(query).mappings().one_or_none()
    if row is None:
        raise OfficeError(f"no adjustment {decision_id}.", todo="See `yuheng adjust list`.")
    return Adjustment(**row)


def _in_state(con: sa.Connection, decision_id: int, state: AdjustmentState) -> Adjustment:
    found = _one(con, decision_id)
    if found.state != state:
        raise OfficeError(f"adjustment {decision_id} is {found.state}, not {state}.")
    return found


def _later(day: dt.date, months: int) -> dt.date:
    """The same day `months` later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
