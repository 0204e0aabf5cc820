"""The office of a deployment: people and work in one SQL database, everything else is in the lake."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from yuheng.errors import OfficeError
from yuheng.office.adjustments import Adjustments
from yuheng.office.audit import Audit
from yuheng.office.batches import Batches
from yuheng.office.database import Database
from yuheng.office.leases import Leases
from yuheng.office.links import Links
from yuheng.office.migrate import HEAD, revision, upgraded
from yuheng.office.models import Models
from yuheng.office.orders import Orders
from yuheng.office.releases import Releases
from yuheng.office.runs import Runs
from yuheng.office.watermarks import Watermarks


class Office:
    """One repository per group of tables. Closing it gives the connections back; threads may share it."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self.audit = audit
        self.leases = Leases(database)
        self.links = Links(database, audit)
        self.batches = Batches(database, audit)
        self.watermarks = Watermarks(database)
        self.runs = Runs(database)
        self.models = Models(database, audit)
        self.adjustments = Adjustments(database, audit)
        self.releases = Releases(database, audit)
        self.orders = Orders(database, audit)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back; held leases are not freed by it."""
        self._database.close()


def open_office(url: str, *, audit_key: bytes, create: bool = True) -> Office:
    """Open the office at a SQLAlchemy address: `sqlite:///PATH` or `postgresql://USER@HOST/NAME`.

    `audit_key` is the KeyRing's key "audit". `create` makes what is missing and upgrades an older schema.
    Raises OfficeError when it cannot be reached, is not up to date (`create=False`) or has another audit key.
    """
    database = Database(url)
    audit = Audit(database, audit_key)
    try:
        if create:
            database.prepare()
        elif database.sqlite and not database.path.exists():
            raise OfficeError(f"no office database: {database.shown}.", todo="Run `yuheng init DIR` first.")
        _ready(database, audit, create=create)
    except BaseException:
        database.close()
        raise
    return Office(database, audit)


def _ready(database: Database, audit: Audit, *, create: bool) -> None:
    with database.read() as con:
        found = revision(con)
        if found == HEAD:
            audit.check_key(con)
            return
    if not create:
        raise OfficeError(f"{database.shown} has schema {found}, needed is {HEAD}.", todo="Open it once with `create`.")
    with upgraded(database) as (con, before):
        if before is None:
            audit.begin(con)
        audit.check_key(con)
