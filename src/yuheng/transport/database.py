"""A client for a source's database: short reads as Arrow tables, and changes in one transaction.

PostgreSQL through psycopg, MariaDB and MySQL through PyMySQL. For Oracle (and Dameng, which speaks its dialect) the SQL
is the same statements in SQLAlchemy's dialect; their drivers are not part of Yuheng.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import pyarrow as pa
import sqlalchemy as sa

from yuheng.errors import TransportError
from yuheng.settings import Connection
from yuheng.transport.retry import Again, Schedule, retrying
from yuheng.transport.texts import texts_of

T = TypeVar("T")
ZONE = "Asia/Shanghai"
"""Times with a zone are told in it, as the sources' own clocks show them."""
_CHUNK = 10_000
"""Rows fetched at a time."""
_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
_MYSQL_KINDS = {
    1044: "login", 1045: "login", 1698: "login", 1142: "refused", 1143: "refused", 1049: "refused", 1146: "refused",
    2003: "connect", 2005: "resolve", 2006: "broken", 2013: "broken", 1053: "broken", 1205: "busy", 1213: "busy",
}  # fmt: skip
_STATES = {"28": "login", "42": "refused", "3D": "refused", "57": "broken", "08": "broken", "53": "busy", "40": "busy"}
_TODO = {
    "login": "Check the user and the secret of the connection, and what the database allows that user.",
    "refused": "Check the names in the feed's `pull`, and the rights of the account (see docs/connectors.md).",
    "resolve": "Check the address of the connection and the name service of this machine.",
    "connect": "Check that the database runs, its address, and the firewall between.",
    "broken": "Run the pull again later; it goes on where it stopped. If it stays, tell the source.",
    "busy": "Run the pull again later; it goes on where it stopped.",
}
_WHAT = {
    "login": "refuses the login",
    "refused": "refuses the statement",
    "resolve": "its name cannot be resolved",
    "connect": "no connection",
    "broken": "the connection broke off",
    "busy": "is too busy, or rows are locked",
}


class Database:
    """The database of one source."""

    def __init__(
        self, connection: Connection, secret: Callable[[], str], *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.where = _shown(connection.url)
        self._schedule = Schedule(connection.tries, connection.wait)
        self._sleep = sleep
        self._engine = _engine(connection, secret, self.where)

    def close(self) -> None:
        """Ends the connections."""
        self._engine.dispose()

    @property
    def dialect(self) -> str:
        """Name of the SQL dialect."""
        return self._engine.dialect.name

    def columns(self, table: str) -> list[str]:
        """Names of the columns of a table or view (`schema.name`), in their order; the right to read it is enough.

        Raises TransportError (refused) where there is none, or it must not be read.
        """
        schema, name = split(table)
        nothing: sa.Executable = (
            sa.select(sa.literal_column("*")).select_from(sa.table(name, schema=schema)).where(sa.false())
        )

        def look(con: sa.Connection) -> list[str]:
            return [str(column) for column in con.execute(nothing).keys()]  # noqa: SIM118  a result, no dictionary

        return self.run(look)

    def now(self) -> dt.datetime:
        """The clock of the database."""
        value = self.run(lambda con: con.execute(sa.select(sa.func.current_timestamp())).scalar_one())
        assert isinstance(value, dt.datetime)
        return value if value.tzinfo else value.replace(tzinfo=dt.timezone(dt.timedelta(hours=8)))

    def page(self, statement: sa.Executable) -> pa.Table:
        """The rows of a short statement, all values as texts; through a cursor on the server where that is sound."""

        def fetch(con: sa.Connection) -> pa.Table:
            # PyMySQL's unbuffered cursors cannot be closed after a connection broke off; a page fits into memory.
            streamed = con.execution_options(stream_results=self.dialect == "postgresql", max_row_buffer=_CHUNK)
            with closing(streamed.execute(statement)) as cursor:
                names = [str(name) for name in cursor.keys()]  # noqa: SIM118  a result, no dictionary
                parts = [_table(names, rows) for rows in iter(lambda: cursor.fetchmany(_CHUNK), [])]
            return pa.concat_tables(parts) if parts else _table(names, [])

        return self.run(fetch)

    def change(self, statements: Sequence[sa.Executable]) -> int:
        """Carries out statements in one transaction: all or none. How many rows they changed."""

        def carry_out(con: sa.Connection) -> int:
            changed = sum(con.execute(one).rowcount for one in statements)
            con.commit()
            return changed

        return self.run(carry_out)

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        """`work` on a connection of its own; from the beginning again, on a new one, when it breaks off.

        Raises TransportError after the last try, at once where another try is no use.
        """

        def attempt() -> T:
            try:
                with self._engine.connect() as con:
                    return work(con)
            except (sa.exc.DBAPIError, OSError) as error:
                raise self._failed(error) from error

        return retrying(attempt, self._schedule, sleep=self._sleep)

    def _failed(self, error: Exception) -> Exception:
        kind, text = _kind(error)
        known = kind if kind != "busy" else "refused"
        failed = TransportError(f"{_WHAT[kind]} ({text}).", where=self.where, kind=known, todo=_TODO[kind])
        return failed if kind in ("login", "refused") else Again(failed)


def split(table: str) -> tuple[str | None, str]:
    """(schema, name) of `schema.name`.

    >>> split("exchange.penalty"), split("penalty")
    (('exchange', 'penalty'), (None, 'penalty'))
    """
    schema, _, name = table.rpartition(".")
    return schema or None, name


def _engine(connection: Connection, secret: Callable[[], str], where: str) -> sa.Engine:
    url = sa.make_url(connection.url)
    scheme = url.drivername
    if scheme not in _DRIVERS:
        raise TransportError(
            f"Yuheng brings no driver for {scheme}; its SQL is known, but untested.",
            where=where, kind="connect",
            todo="Have the rows written to a PostgreSQL or MariaDB exchange database, or delivered as files.",
        )  # fmt: skip
    password = secret() if connection.auth == "password" else None
    url = url.set(drivername=_DRIVERS[scheme], username=connection.user or url.username, password=password)
    arguments = _postgres(connection) if scheme == "postgresql" else _mysql(connection)
    try:
        return sa.create_engine(url, connect_args=arguments, poolclass=sa.pool.NullPool)
    except ImportError as error:
        raise TransportError(
            f"the driver of {scheme} is not installed.",
            where=where, kind="connect", todo="Run pip install 'yuheng[connect]'.",
        ) from error  # fmt: skip


def _postgres(connection: Connection) -> dict[str, object]:
    limit = int(connection.timeout * 1000)
    out: dict[str, object] = {
        "connect_timeout": max(2, int(connection.timeout)),
        "options": f"-c statement_timeout={limit} -c timezone={ZONE} -c datestyle=ISO",
        "application_name": "yuheng",
        "keepalives_idle": 30,
    }
    if connection.ca:
        out |= {"sslmode": "verify-full", "sslrootcert": str(connection.ca)}
    return out


def _mysql(connection: Connection) -> dict[str, object]:
    out: dict[str, object] = {
        "connect_timeout": max(1, int(connection.timeout)),
        "read_timeout": max(1, int(connection.timeout)),
        "write_timeout": max(1, int(connection.timeout)),
        "charset": "utf8mb4",
        "local_infile": False,
        "init_command": "set time_zone = '+08:00'",
    }
    return out | ({"ssl": {"ca": str(connection.ca)}} if connection.ca else {})


def _kind(error: Exception) -> tuple[str, str]:
    """(login, refused, resolve, connect, broken, busy; what the driver said on one line)."""
    own = getattr(error, "orig", None) or error
    text = " ".join(str(own).split())[:300]
    state = str(getattr(own, "sqlstate", None) or "")
    number = own.args[0] if getattr(own, "args", ()) and isinstance(own.args[0], int) else 0
    if number:
        return _MYSQL_KINDS.get(number, "connect" if number >= 2000 else "refused"), text
    if state:
        return _STATES.get(state[:2], "refused"), text
    low = text.lower()
    for kind, words in (
        ("login", ("authentication", "no password", "pg_hba", "does not exist", "role ")),
        ("resolve", ("resolve", "name or service", "translate host")),
        ("broken", ("closed", "terminat", "lost", "reset", "eof", "consuming input")),
    ):
        if any(word in low for word in words):
            return kind, text
    return "connect", text


def _table(names: Sequence[str], rows: Sequence[sa.Row[tuple[object, ...]]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({name: texts_of(values) for name, values in zip(names, columns, strict=True)})


def _shown(url: str) -> str:
    """The address without a password that somebody wrote into it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
