"""The counterpart of exchange databases (前置库): a world's rows in tables of a real PostgreSQL or MariaDB.

Each source gets an account of its own that may do what Yuheng needs and nothing more: read the tables and set `taken`.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from itertools import cycle

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv as pa_csv

from yuheng.content.schema import Feed, TablePull
from yuheng.errors import UsageError
from yuheng.simulate.counterparts.base import Access, Counterpart, secret_of
from yuheng.simulate.counterparts.world import World

_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
_BEGAN = np.datetime64(dt.datetime(2020, 1, 1), "us")  # noqa: DTZ001  the clock of the simulated exchange
_TOGETHER = 2_000
"""Rows of one INSERT."""


def counterparts(world: World, urls: Sequence[str]) -> list[Counterpart]:
    """One per source with feeds from tables; with several databases (addresses of administrators) they take turns.

    None without a database. Raises UsageError for an address that is none.
    """
    by_source: dict[str, list[Feed]] = {}
    for source, feed in world.feeds("table"):
        by_source.setdefault(source.id, []).append(feed)
    if not urls:
        return []
    return [
        DatabaseCounterpart(source, [(feed, world.rows(source, feed)) for feed in feeds], url)
        for (source, feeds), url in zip(by_source.items(), cycle(urls), strict=False)
    ]


class DatabaseCounterpart:
    """The exchange tables of one source."""

    def __init__(self, source: str, feeds: Sequence[tuple[Feed, pa.Table]], url: str) -> None:
        self.source = source
        self.feeds = list(feeds)
        self.account = f"yuheng_{source.lower().replace('-', '_')}"
        self.secret = secret_of(source)
        try:
            self.url = sa.make_url(url)
            scheme = self.url.drivername
            self._engine = sa.create_engine(self.url.set(drivername=_DRIVERS[scheme]), poolclass=sa.pool.NullPool)
        except (sa.exc.ArgumentError, KeyError) as error:
            raise UsageError(
                f"{url!r} is no address of a PostgreSQL or MariaDB.",
                todo="Give postgresql://user:password@host/database or mariadb://…",
            ) from error

    def start(self) -> list[Access]:
        """Makes the tables anew, fills them, and opens the account."""
        with self._engine.begin() as con:
            self._open_account(con)
            for feed, rows in self.feeds:
                self.put(con, feed, rows)
                self._grant(con, feed)
        plain = self.url.set(username=None, password=None).render_as_string()
        return [Access(self.source, {"url": plain, "auth": "password", "user": self.account}, self.secret)]

    def close(self) -> None:
        """Ends the connections; tables and account stay in the database."""
        self._engine.dispose()

    def put(self, con: sa.Connection, feed: Feed, rows: pa.Table) -> None:
        """A feed's table with its rows, none of them taken."""
        pull = _pull(feed)
        table = exchange_table(feed)
        table.drop(con, checkfirst=True)
        table.create(con)
        numbers = np.arange(1, rows.num_rows + 1)
        own = {pull.rename.get(c, c): rows.column(c) for c in feed.columns}
        times = pa.array(_BEGAN + numbers.astype("timedelta64[s]"), pa.timestamp("us"))
        envelope = dict.fromkeys(pull.envelope, times)
        mark = {} if pull.mark in own else {pull.mark: pa.array(numbers)}
        taken = {pull.taken: pa.array(np.zeros(len(numbers), np.int16))} if pull.taken else {}
        whole = pa.table({**mark, **envelope, **taken, **own})
        _copy(con, table, whole) if con.dialect.name == "postgresql" else _insert(con, table, whole)

    def _open_account(self, con: sa.Connection) -> None:
        name, secret = self.account, self.secret  # both are ours: letters and digits alone
        if con.dialect.name == "postgresql":
            there = con.execute(sa.text("select 1 from pg_roles where rolname = :name"), {"name": name}).scalar()
            con.exec_driver_sql(f"{'ALTER' if there else 'CREATE'} ROLE {name} LOGIN PASSWORD '{secret}'")
        else:
            con.exec_driver_sql(f"CREATE USER IF NOT EXISTS '{name}'@'%%' IDENTIFIED BY '{secret}'")
            con.exec_driver_sql(f"ALTER USER '{name}'@'%%' IDENTIFIED BY '{secret}'")

    def _grant(self, con: sa.Connection, feed: Feed) -> None:
        quote = con.dialect.identifier_preparer
        table, pull = quote.format_table(exchange_table(feed)), _pull(feed)
        who = self.account if con.dialect.name == "postgresql" else f"'{self.account}'@'%%'"
        con.exec_driver_sql(f"GRANT SELECT ON {table} TO {who}")
        if pull.taken:
            con.exec_driver_sql(f"GRANT UPDATE ({quote.quote(pull.taken)}) ON {table} TO {who}")


def exchange_table(feed: Feed) -> sa.Table:
    """The table a feed is read from: its mark, what belongs to the exchange, and its columns as texts."""
    pull = _pull(feed)
    schema, _, name = pull.table.rpartition(".")
    own = [pull.rename.get(c, c) for c in feed.columns]
    columns: list[sa.schema.SchemaItem] = []
    if pull.mark not in own:
        columns.append(sa.Column(pull.mark, sa.BigInteger, primary_key=True, autoincrement=False))
    columns += [sa.Column(one, sa.DateTime) for one in pull.envelope]
    if pull.taken:
        columns.append(sa.Column(pull.taken, sa.SmallInteger, nullable=False, server_default="0", index=True))
    columns += [sa.Column(one, sa.Text) for one in own]
    return sa.Table(name, sa.MetaData(), *columns, schema=schema or None)


def _pull(feed: Feed) -> TablePull:
    assert isinstance(feed.pull, TablePull)
    return feed.pull


def _copy(con: sa.Connection, table: sa.Table, rows: pa.Table) -> None:
    """PostgreSQL's own way to load a file."""
    sink = io.BytesIO()
    pa_csv.write_csv(rows.combine_chunks(), sink, pa_csv.WriteOptions(include_header=False))  # whole: in chunks it errs
    names = ", ".join(con.dialect.identifier_preparer.quote(name) for name in rows.column_names)
    sql = f"COPY {con.dialect.identifier_preparer.format_table(table)} ({names}) FROM STDIN (FORMAT csv)"
    cursor = con.connection.cursor()
    with cursor.copy(sql) as copy:
        copy.write(sink.getvalue())


def _insert(con: sa.Connection, table: sa.Table, rows: pa.Table) -> None:
    for batch in rows.to_batches(max_chunksize=_TOGETHER):
        if batch.num_rows:
            con.execute(table.insert(), batch.to_pylist())
