"""Bring an office database to the schema this program knows, by the migrations shipped with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office.database import Database

HEAD = "0005"
"""Revision of the newest migration; a database that carries it needs no further look."""

_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))


def revision(con: sa.Connection) -> str | None:
    """Revision of the schema, None for an empty database."""
    if not sa.inspect(con).has_table("alembic_version"):
        return None
    found = con.execute(sa.select(_VERSION.c.version_num)).scalar_one_or_none()
    return None if found is None else str(found)


@contextmanager
def upgraded(database: Database) -> Iterator[tuple[sa.Connection, str | None]]:
    """Upgrade to HEAD in one transaction; gives it, for first rows, with the revision found before.

    Several processes may come at once: the first one upgrades, the others find it done.
    Raises OfficeError when the database was made by a newer program.
    """
    with _unchecked(database), database.write() as con:
        found = revision(con)
        if found != HEAD:
            _run(database, con, found)
        yield con, found


def _run(database: Database, con: sa.Connection, found: str | None) -> None:
    # Imported late: only a new or an old database needs it, and every command opens the office.
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", "yuheng.office:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = con
    try:
        command.upgrade(config, HEAD)
    except CommandError as error:
        raise OfficeError(
            f"{database.shown}: schema {found} is unknown here ({error}).", todo="Open it with the newer Yuheng."
        ) from error
    if database.sqlite and (broken := con.exec_driver_sql("PRAGMA foreign_key_check").first()):
        raise OfficeError(f"{database.shown}: the upgrade would leave a row of {broken[0]} without its parent.")


@contextmanager
def _unchecked(database: Database) -> Iterator[None]:
    """SQLite rebuilds a table to change it, which must not cascade: foreign keys are checked at the end instead."""
    if not database.sqlite:
        yield
        return

    def off(con: sa.Connection) -> None:
        cursor = con.connection.cursor()
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.close()

    # Runs before the hook that begins the transaction; inside one the pragma has no effect.
    sa.event.listen(database.engine, "begin", off, insert=True)
    try:
        yield
    finally:
        sa.event.remove(database.engine, "begin", off)
        database.engine.dispose()  # connections of the pool carry the pragma
