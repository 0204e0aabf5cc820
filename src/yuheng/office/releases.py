"""Releases: one row maps every lake table to the version that belongs together. Months are closed like books.

draft -> checked (anomaly checks passed, or accepted with a reason) -> signed (two people) -> frozen; withdrawn from
any. A frozen row cannot be changed any more, by triggers in the database too; it can only be withdrawn, with a reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office.audit import Audit
from yuheng.office.database import Database
from yuheng.office.release import Contents, Release, ReleaseCheck, ReleaseState, Signature
from yuheng.office.tables import release_signatures, releases
from yuheng.office.values import person, required, same_person, utc_now

SIGNATURES = 2
"""Four eyes: fewer signatures would be no control, more are not asked for."""

_OPEN = ("draft", "checked", "signed")


class Releases:
    """The releases of one office."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def create(self, contents: Contents, *, by: str) -> Release:
        """A draft of these contents. Repeating it gives the open release that has them already."""
        with self._database.write() as con:
            for release in _all(con, releases.c.as_of == contents.as_of, releases.c.state.in_(_OPEN)):
                if release.contents == contents:
                    return release
            values = {**contents.to_row(), "checks": [], "state": "draft"}
            made = {"created_by": person(by), "created_at": utc_now()}
            key = con.execute(sa.insert(releases).values(**values, **made)).inserted_primary_key
            return self._noted(con, "create", key[0] if key else 0, by, detail=contents.to_json())

    def change(self, release_id: int, contents: Contents, *, by: str) -> Release:
        """Give a draft other contents; its checks start anew. OfficeError once it is checked."""
        with self._database.write() as con:
            _in_state(con, release_id, "draft")
            self._set(con, release_id, **contents.to_row(), checks=[])
            return self._noted(con, "change", release_id, by, detail=contents.to_json())

    def check(self, release_id: int, checks: Sequence[ReleaseCheck], *, by: str) -> Release:
        """Record the anomaly checks of a draft: checked when all passed, else it waits for `accept`."""
        if not checks:
            raise OfficeError(f"release {release_id}: no checks were made.", todo="Give the results of the checks.")
        with self._database.write() as con:
            _in_state(con, release_id, "draft")
            return self._checked(con, "check", release_id, checks, by, "")

    def accept(self, release_id: int, name: str, *, by: str, reason: str) -> Release:
        """Accept a failed check with a reason; the last one makes the draft checked."""
        why = required(reason, "reason for accepting a failed check", most=2000)
        with self._database.write() as con:
            checks = _in_state(con, release_id, "draft").checks
            if not any(check.name == name and not check.settled for check in checks):
                raise OfficeError(f"release {release_id} has no failed check {name!r} left.")
            settled = [check.accepted(by=person(by), reason=why) if check.name == name else check for check in checks]
            return self._checked(con, "accept", release_id, settled, by, why)

    def sign(self, release_id: int, *, by: str, reason: str = "") -> Release:
        """Sign a checked release; the second person makes it signed. OfficeError for the same person twice."""
        with self._database.write() as con:
            release = _in_state(con, release_id, "checked")
            if any(same_person(signature.signer, by) for signature in release.signatures):
                raise OfficeError(f"release {release_id}: {by} signed it before.", todo="Another person must sign.")
            place = len(release.signatures) + 1
            signature = {"signer": person(by), "signed_at": utc_now(), "digest": release.digest}
            con.execute(sa.insert(release_signatures).values(release_id=release_id, place=place, **signature))
            if place == SIGNATURES:
                self._set(con, release_id, state="signed")
            return self._noted(con, "sign", release_id, by, reason, {"place": place, "digest": release.digest})

    def freeze(self, release_id: int, *, by: str) -> Release:
        """Close the month. OfficeError when another release of it is frozen, or it is not what was signed."""
        with self._database.write() as con:
            release = _in_state(con, release_id, "signed")
            if any(signature.digest != release.digest for signature in release.signatures):
                raise OfficeError(
                    f"release {release_id} is not what was signed.", todo="Withdraw it; make another one."
                )
            for other in _all(con, releases.c.as_of == release.as_of, releases.c.state == "frozen"):
                raise OfficeError(f"release {other.id} of {release.as_of} is frozen.", todo="Withdraw that one first.")
            self._set(con, release_id, state="frozen", frozen_at=utc_now())
            return self._noted(con, "freeze", release_id, by, detail={"digest": release.digest})

    def withdraw(self, release_id: int, *, by: str, reason: str) -> Release:
        """Take a release back, frozen or not; the row stays."""
        why = required(reason, "reason", most=2000)
        with self._database.write() as con:
            former = _one(con, release_id).state
            if former == "withdrawn":
                raise OfficeError(f"release {release_id} was withdrawn before.")
            self._set(con, release_id, state="withdrawn")
            return self._noted(con, "withdraw", release_id, by, why, {"was": former})

    def get(self, release_id: int) -> Release:
        """The release. OfficeError when there is none of that number."""
        with self._database.read() as con:
            return _one(con, release_id)

    def list(self, *, as_of: dt.date | None = None, state: ReleaseState | None = None) -> Sequence[Release]:
        """Releases by date, then number."""
        by_date = [] if as_of is None else [releases.c.as_of == as_of]
        by_state = [] if state is None else [releases.c.state == state]
        with self._database.read() as con:
            return _all(con, *by_date, *by_state)

    def latest(self, *, frozen: bool = True, before: dt.date | None = None) -> Release | None:
        """The release of the latest date (below `before`): among frozen ones, or among all not withdrawn."""
        states = ("frozen",) if frozen else (*_OPEN, "frozen")
        earlier = [] if before is None else [releases.c.as_of < before]
        with self._database.read() as con:
            found = _all(con, releases.c.state.in_(states), *earlier)
        return found[-1] if found else None

    def live(self, *, keep: int = 2) -> Sequence[Release]:
        """Releases whose lake versions must stay: all in work and the `keep` latest frozen ones."""
        with self._database.read() as con:
            found = _all(con, releases.c.state.in_((*_OPEN, "frozen")))
        closed = [release.id for release in found if release.state == "frozen"]
        old = set(closed[: max(len(closed) - keep, 0)])
        return [release for release in found if release.id not in old]

    def needed(self, *, keep: int = 2) -> Mapping[str, Sequence[int]]:
        """Lake table -> versions, ascending, that `live` releases read: vacuum leaves them."""
        versions: dict[str, set[int]] = {}
        for release in self.live(keep=keep):
            for table, version in release.tables.items():
                versions.setdefault(table, set()).add(version)
        return {table: sorted(found) for table, found in sorted(versions.items())}

    def _checked(
        self, con: sa.Connection, step: str, release_id: int, checks: Sequence[ReleaseCheck], by: str, reason: str
    ) -> Release:
        state = "checked" if all(check.settled for check in checks) else "draft"
        rows = [check.to_json() for check in checks]
        self._set(con, release_id, checks=rows, state=state)
        return self._noted(con, step, release_id, by, reason, {"checks": rows, "state": state})

    def _set(self, con: sa.Connection, release_id: int, **values: object) -> None:
        con.execute(sa.update(releases).where(releases.c.id == release_id).values(**values))

    def _noted(
        self,
        con: sa.Connection,
        step: str,
        release_id: int,
        by: str,
        reason: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> Release:
        subject = f"release:{release_id}"
        self._audit.record(con, actor=by, action=f"release.{step}", subject=subject, reason=reason, detail=detail)
        return _one(con, release_id)


def _all(con: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Release]:
    query = sa.select(releases).where(*where).order_by(releases.c.as_of, releases.c.id)
    rows = con.execute(query).mappings().all()
    signed = release_signatures
    wanted = signed.c.release_id.in_([row["id"] for row in rows])
    signatures: dict[int, list[Signature]] = {}
    for row in con.execute(sa.select(signed).where(wanted).order_by(signed.c.release_id, signed.c.place)):
        signatures.setdefault(row.release_id, []).append(Signature(row.signer, row.signed_at, row.digest))
    return [Release.from_row(row, signatures.get(row["id"], ())) for row in rows]


def _one(con: sa.Connection, release_id: int) -> Release:
    found = _all(con, releases.c.id == release_id)
    if not found:
        raise OfficeError(f"no release {release_id}.", todo="See `yuheng release list`.")
    return found[0]


def _in_state(con: sa.Connection, release_id: int, state: ReleaseState) -> Release:
    release = _one(con, release_id)
    if release.state != state:
        raise OfficeError(f"release {release_id} is {release.state}, not {state}.")
    return release
