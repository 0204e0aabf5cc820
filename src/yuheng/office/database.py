"""One connection pool and one rule on every database: reads see a snapshot, writers go one at a time."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError, StatementError
from sqlalchemy.pool import ConnectionPoolEntry

from yuheng.errors import OfficeError, YuhengError
from yuheng.office.values import canonical

PATIENCE = 30.0
"""Seconds a writer waits for the writers before it."""

_WRITERS = 0x59754865
"""Key of the PostgreSQL advisory lock that lets one writer in at a time, as SQLite does by itself."""

_WRITING = "office_writing"


class Database:
    """The office's SQL database: a SQLite file (default) or PostgreSQL."""

    def __init__(self, url: str) -> None:
        """Raises OfficeError for an address of another kind or a missing driver. Nothing is opened yet."""
        self.url = _known(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.shown = self.url.render_as_string(hide_password=True)
        try:
            self.engine = _sqlite(self.url) if self.sqlite else _postgres(self.url)
        except ImportError as error:
            raise OfficeError(f"{self.shown}: {error}.", todo="Install yuheng[postgres].") from error

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(self.url.database or "")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the whole database until it is left."""
        level = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._told(), self.engine.connect() as bare:
            con = bare.execution_options(**level)
            with con.begin():
                yield con

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that no other writer runs beside; committed at the end, undone by an exception."""
        with self._told(), self.engine.connect() as bare:
            con = bare.execution_options(**{_WRITING: True})
            with con.begin():
                if not self.sqlite:
                    con.execute(sa.text(f"SET LOCAL lock_timeout = '{PATIENCE:.0f}s'"))
                    con.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITERS)))
                yield con

    def now(self, con: sa.Connection) -> float:
        """Seconds since 1970 by the clock all holders of a lease share: the server's, or this host's for SQLite."""
        if self.sqlite:
            return time.time()
        return float(con.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    def prepare(self) -> None:
        """Make a missing SQLite file, readable by its owner alone, and set its write-ahead log; it keeps that mode."""
        if not self.sqlite:
            return
        try:
            if not self.path.exists():
                os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600))
            _set_wal(self.path)
        except (OSError, sqlite3.Error) as error:
            raise OfficeError(f"{self.shown}: {error}.", todo="Mend the folder's rights or free space.") from error

    def settle(self) -> None:
        """SQLite: move the write-ahead log into the file and empty it: overwritten values leave the disk."""
        if not self.sqlite:
            return
        with self._told(), self.engine.connect() as con:
            cursor = con.connection.cursor()  # outside of any transaction
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.close()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except StatementError as error:
            if isinstance(error.orig, YuhengError):
                raise error.orig from None
            raise OfficeError(f"{self.shown}: {error.orig}.", todo=_todo(str(error.orig))) from error
        except SQLAlchemyError as error:
            raise OfficeError(f"{self.shown}: {error}.") from error


def _known(text: str) -> URL:
    try:
        url = sa.make_url(text)
        backend = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise OfficeError(f"not an address of a database: {error}.", todo=_ADDRESSES) from error
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise OfficeError(f"{url.render_as_string()}: the office lives in a SQLite file or PostgreSQL.", todo=_ADDRESSES)


_ADDRESSES = "Use sqlite:///PATH or postgresql://USER@HOST/NAME."


def _todo(problem: str) -> str:
    if "locked" in problem or "lock timeout" in problem:
        return "Another process has been writing for long; try again."
    if "disk" in problem:  # SQLite's "database or disk is full" and "disk I/O error"
        return "Make room or mend the disk, and repeat."
    return ""


def _sqlite(url: URL) -> sa.Engine:
    engine = sa.create_engine(url, json_serializer=canonical)

    @sa.event.listens_for(engine, "connect")
    def connected(dbapi: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        # The driver's own transactions would begin late and unasked; the hook below begins them.
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # a forgotten key is overwritten, not only unlinked
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begun(con: sa.Connection) -> None:
        writing = con.get_execution_options().get(_WRITING, False)
        # A deferred transaction that turns into a writer fails at once when another one wrote meanwhile.
        con.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgres(url: URL) -> sa.Engine:
    return sa.create_engine(
        url, json_serializer=canonical, pool_pre_ping=True, connect_args={"application_name": "yuheng"}
    )


def _set_wal(path: Path) -> None:
    """Switching needs the file for itself for a moment and does not wait by itself: several openers may meet here."""
    give_up = time.monotonic() + PATIENCE
    while True:
        con = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        try:
            con.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        finally:
            con.close()
