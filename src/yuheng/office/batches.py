"""Landed deliveries: one row per file, from landing to the standard tables, with its key and its accounting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office.audit import Audit
from yuheng.office.database import Database
from yuheng.office.tables import batches
from yuheng.office.values import required

BatchState = Literal["landed", "mapped", "taken", "refused"]


@dataclass(frozen=True, slots=True)
class Batch:
    """A delivered file. `stored`: its sealed copy; `size` in bytes, `records` as read (None: not read yet)."""

    id: str
    source: str
    feed: str
    file: str
    sha256: str
    size: int
    stored: str
    received: dt.date
    records: int | None = None
    state: BatchState = "landed"
    counts: Mapping[str, int] = field(default_factory=dict)
    """Records by their fate, such as taken, repaired, quarantined."""
    reason: str = ""
    wrapped_key: bytes = b""
    """Wrapped data key of the sealed copy; empty once it was shredded."""

    @property
    def shredded(self) -> bool:
        """True when nobody can read the sealed copy any more."""
        return not self.wrapped_key


class Batches:
    """The batches of one office."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def add(self, batch: Batch) -> Batch:
        """Record a landed file. OfficeError when these bytes of this feed were landed before."""
        _state(batch.state)
        required(batch.id, "batch id")
        same = (batches.c.source == batch.source) & (batches.c.feed == batch.feed) & (batches.c.sha256 == batch.sha256)
        with self._database.write() as con:
            known = con.execute(sa.select(batches.c.id).where(same | (batches.c.id == batch.id))).scalars().first()
            if known is not None:
                raise OfficeError(
                    f"{batch.file}: was landed before as batch {known}.", todo="Look it up by its SHA-256."
                )
            con.execute(sa.insert(batches).values(**_values(batch)))
        return batch

    def get(self, batch_id: str) -> Batch:
        """The batch. OfficeError when there is none of that id."""
        with self._database.read() as con:
            return _one(con, batch_id)

    def by_sha(self, source: str, feed: str, sha256: str) -> Batch | None:
        """The batch these bytes of this feed were landed as, None for new ones."""
        found = (batches.c.source == source) & (batches.c.feed == feed) & (batches.c.sha256 == sha256)
        with self._database.read() as con:
            row = con.execute(sa.select(batches).where(found)).mappings().one_or_none()
        return None if row is None else Batch(**row)

    def list(
        self, *, source: str | None = None, feed: str | None = None, state: BatchState | None = None
    ) -> Sequence[Batch]:
        """Batches by day of receipt, then id."""
        query = sa.select(batches).order_by(batches.c.received, batches.c.id)
        for column, wanted in ((batches.c.source, source), (batches.c.feed, feed), (batches.c.state, state)):
            if wanted is not None:
                query = query.where(column == wanted)
        with self._database.read() as con:
            return [Batch(**row) for row in con.execute(query).mappings()]

    def set_state(
        self,
        batch_id: str,
        state: BatchState,
        *,
        counts: Mapping[str, int] | None = None,
        reason: str | None = None,
        records: int | None = None,
    ) -> Batch:
        """Move a batch on (repeating is harmless); what is None stays as it was. OfficeError for an unknown id."""
        given: dict[str, object] = {"state": _state(state)}
        for name, value in (("counts", counts), ("reason", reason), ("records", records)):
            if value is not None:
                given[name] = dict(value) if isinstance(value, Mapping) else value
        with self._database.write() as con:
            con.execute(sa.update(batches).where(batches.c.id == batch_id).values(**given))
            return _one(con, batch_id)

    def add_all(self, new: Sequence[Batch]) -> None:
        """Record several landed files in one transaction; all or none."""
        for batch in new:
            _state(batch.state)
            required(batch.id, "batch id")
        if new:
            with self._database.write() as con:
                con.execute(sa.insert(batches), [_values(batch) for batch in new])

    def set_states(self, changes: Mapping[str, Mapping[str, object]]) -> None:
        """Move several batches on in one transaction: id → the fields of `set_state` that change, with `state`."""
        with self._database.write() as con:
            for batch_id, fields in changes.items():
                given = {k: dict(v) if isinstance(v, Mapping) else v for k, v in fields.items() if v is not None}
                _state(str(given.get("state")))
                con.execute(sa.update(batches).where(batches.c.id == batch_id).values(**given))

    def shred(self, batch_id: str, *, by: str, reason: str) -> Batch:
        """Forget the wrapped key: the sealed copy stays unreadable for ever. Audited; once only.

        SQLite overwrites it on disk. PostgreSQL keeps the old row until its next vacuum, and backups keep it as well.
        """
        why = required(reason, "reason for shredding", most=2000)
        with self._database.write() as con:
            batch = _one(con, batch_id)
            if batch.shredded:
                raise OfficeError(f"batch {batch_id}: its key was forgotten before.")
            con.execute(sa.update(batches).where(batches.c.id == batch_id).values(wrapped_key=b""))
            detail = {"file": batch.file, "sha256": batch.sha256, "stored": batch.stored}
            subject = f"batch:{batch_id}"
            self._audit.record(con, actor=by, action="batch.shred", subject=subject, reason=why, detail=detail)
            shredded = _one(con, batch_id)
        self._database.settle()
        return shredded


def _values(batch: Batch) -> dict[str, object]:
    values: dict[str, object] = {column.name: getattr(batch, column.name) for column in batches.columns}
    return {**values, "counts": dict(batch.counts)}


def _one(con: sa.Connection, batch_id: str) -> Batch:
    row = con.execute(sa.select(batches).where(batches.c.id == batch_id)).mappings().one_or_none()
    if row is None:
        raise OfficeError(f"no batch {batch_id!r}.", todo="See `yuheng intake batches`.")
    return Batch(**row)


def _state(state: str) -> str:
    if state not in get_args(BatchState):
        raise OfficeError(f"{state!r} is no state of a batch.", todo=f"Use one of {', '.join(get_args(BatchState))}.")
    return state
