"""The audit chain: who did what to which subject and why. Every row seals the one before it with HMAC-SM3.

Changed, inserted, removed rows and a cut tail are found by `verify`. What no chain can see by itself is a database put
back whole to an older backup: keep `head()` outside and hand it to `verify(known=…)`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from yuheng.crypto import hmac_sm3, same
from yuheng.errors import AuditBroken, OfficeError
from yuheng.office.database import Database
from yuheng.office.tables import audit, audit_head
from yuheng.office.values import canonical, iso_utc, person, required, utc_now

_PAGE = 10_000
_START = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of the chain: number and digest of its last row; (0, zeros) when nothing happened yet."""

    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the chain. `at` is UTC; `digest` seals everything else and `prev`, the digest before."""

    seq: int
    at: dt.datetime
    actor: str
    action: str
    subject: str
    reason: str
    detail: Mapping[str, object]
    prev: str
    digest: str


class Audit:
    """Appends, reads and proves the chain. Appends are serialised by the database's one-writer rule."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key
        self._key_id = hmac_sm3(key, b"yuheng audit key").hex()[:16]

    def append(
        self, *, actor: str, action: str, subject: str, reason: str = "", detail: Mapping[str, object] | None = None
    ) -> AuditEntry:
        """Add a row in a transaction of its own."""
        with self._database.write() as con:
            return self.record(con, actor=actor, action=action, subject=subject, reason=reason, detail=detail)

    def record(
        self,
        con: sa.Connection,
        *,
        actor: str,
        action: str,
        subject: str,
        reason: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> AuditEntry:
        """Add a row inside the writing transaction `con`: the change and its trace stand or fall together.

        Raises AuditBroken when the stored head is not ours: nothing is built on a broken chain.
        """
        head = self._sealed_head(con)
        row: dict[str, object] = {
            "seq": head.seq + 1,
            "at": iso_utc(utc_now()),
            "actor": person(actor),
            "action": required(action, "action", most=60),
            "subject": required(subject, "subject", most=200),
            "reason": reason,
            "detail": canonical(dict(detail or {})),
            "prev": head.digest,
        }
        digest = self._digest(row)
        con.execute(sa.insert(audit).values(**row, digest=digest))
        self._set_head(con, AuditHead(head.seq + 1, digest))
        return _entry({**row, "digest": digest})

    def head(self) -> AuditHead:
        """The end of the chain, to be kept outside of this database (or printed on a report)."""
        with self._database.read() as con:
            return self._sealed_head(con)

    def verify(self, *, known: AuditHead | None = None) -> int:
        """Prove the chain; the number of its rows. `known`: a head kept elsewhere which it must contain.

        Raises AuditBroken with the first row that is changed, missing, or unlike `known`.
        """
        with self._database.read() as con:
            head = self._sealed_head(con)
            last = AuditHead(0, _START)
            for row in _rows(con):
                last = self._follow(last, row)
                if known is not None and last.seq == known.seq and last.digest != known.digest:
                    raise AuditBroken(f"audit row {last.seq} is not the one noted elsewhere.", seq=last.seq)
        if last != head:
            first = min(last.seq, head.seq) + 1
            raise AuditBroken(f"the audit chain ends at {last.seq}, its head says {head.seq}.", seq=first)
        if known is not None and known.seq > last.seq:
            raise AuditBroken(
                f"the audit chain ends at {last.seq}, row {known.seq} was noted elsewhere.", seq=last.seq + 1
            )
        return last.seq

    def entries(
        self,
        *,
        subject: str | None = None,
        since: dt.datetime | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """The newest rows first: of one subject, from `since` on, with numbers below `before` (for paging)."""
        query = sa.select(audit).order_by(audit.c.seq.desc()).limit(limit)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        if since is not None:
            query = query.where(audit.c.at >= iso_utc(since))
        if before is not None:
            query = query.where(audit.c.seq < before)
        with self._database.read() as con:
            return [_entry(row) for row in con.execute(query).mappings()]

    def begin(self, con: sa.Connection) -> None:
        """Write the head of an empty chain, once, when the database is made."""
        head = AuditHead(0, _START)
        con.execute(
            sa.insert(audit_head).values(
                id=1, seq=head.seq, digest=head.digest, seal=self._seal(head), key_id=self._key_id
            )
        )

    def check_key(self, con: sa.Connection) -> None:
        """OfficeError when the database was made with another audit key."""
        key_id = con.execute(sa.select(audit_head.c.key_id)).scalar_one_or_none()
        if key_id is None:
            raise AuditBroken("the head of the audit chain is missing.", seq=1)
        if key_id != self._key_id:
            raise OfficeError(
                f"{self._database.shown} was made with another audit key.",
                todo="Set the master secret this deployment was made with.",
            )

    def _follow(self, last: AuditHead, row: Mapping[str, object]) -> AuditHead:
        seq = last.seq + 1
        if row["seq"] != seq:
            raise AuditBroken(f"audit row {seq} is missing.", seq=seq)
        if row["prev"] != last.digest or not same(self._digest(row).encode(), str(row["digest"]).encode()):
            raise AuditBroken(f"audit row {seq} was changed.", seq=seq)
        return AuditHead(seq, str(row["digest"]))

    def _digest(self, row: Mapping[str, object]) -> str:
        sealed = [row[name] for name in ("seq", "at", "actor", "action", "subject", "reason", "detail")]
        return hmac_sm3(self._key, (canonical(sealed) + str(row["prev"])).encode()).hex()

    def _seal(self, head: AuditHead) -> str:
        return hmac_sm3(self._key, canonical(["head", head.seq, head.digest]).encode()).hex()

    def _sealed_head(self, con: sa.Connection) -> AuditHead:
        row = con.execute(sa.select(audit_head)).one_or_none()
        head = AuditHead(row.seq, row.digest) if row else AuditHead(0, _START)
        if row is None or not same(self._seal(head).encode(), str(row.seal).encode()):
            raise AuditBroken("the head of the audit chain was changed or is missing.", seq=head.seq or 1)
        return head

    def _set_head(self, con: sa.Connection, head: AuditHead) -> None:
        con.execute(sa.update(audit_head).values(seq=head.seq, digest=head.digest, seal=self._seal(head)))


def _rows(con: sa.Connection) -> Iterator[Mapping[str, object]]:
    """The whole chain in order, page by page: it may be longer than memory."""
    last = -(2**31)
    while True:
        query = sa.select(audit).where(audit.c.seq > last).order_by(audit.c.seq).limit(_PAGE)
        page = con.execute(query).mappings().all()
        if not page:
            return
        for row in page:
            yield {str(name): value for name, value in row.items()}
        last = page[-1]["seq"]


def _entry(row: Mapping[str, object] | sa.RowMapping) -> AuditEntry:
    values = {str(name): str(value) for name, value in row.items()}
    return AuditEntry(
        seq=int(values["seq"]),
        at=dt.datetime.fromisoformat(values["at"]),
        actor=values["actor"],
        action=values["action"],
        subject=values["subject"],
        reason=values["reason"],
        detail=json.loads(values["detail"]),
        prev=values["prev"],
        digest=values["digest"],
    )
