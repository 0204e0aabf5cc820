"""Every test of the office runs on a SQLite file and, where one can be started, on a real PostgreSQL."""

from __future__ import annotations

import itertools
import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import sqlalchemy as sa

from yuheng.office import Office, open_office
from yuheng.office.database import Database

from .postgres import NoPostgres, server

KEY = bytes(range(32))

_numbers = itertools.count(1)
_TEMPLATE = "office_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of the server's first database; skips where no PostgreSQL can be started."""
    running = server()
    try:
        url = running.__enter__()
    except NoPostgres as problem:
        pytest.skip(f"no PostgreSQL: {problem}")
    yield url
    running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new office in a SQLite file, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("office") / "office.db"
    open_office(f"sqlite:///{path}", audit_key=KEY).close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The same in PostgreSQL: the name of a database."""
    open_office(_new_database(postgres, _TEMPLATE), audit_key=KEY).close()
    return _TEMPLATE


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a new database: with an office in it for tests that ask for `office`, else empty."""
    filled = "office" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "office.db"
        if filled:
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    template = request.getfixturevalue("postgres_template") if filled else "template1"
    return _new_database(request.getfixturevalue("postgres"), f"office_{next(_numbers)}", template=template)


def _new_database(first: str, name: str, *, template: str = "template1") -> str:
    engine = sa.create_engine(first.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as con:
        con.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()
    return first.replace("/postgres?", f"/{name}?")


def workers() -> ForkServerContext:
    """Processes that start with the office imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["yuheng.office", "alembic.command", "sqlalchemy.dialects.sqlite", "pytest"])
    return context


@pytest.fixture
def office(url: str) -> Iterator[Office]:
    with open_office(url, audit_key=KEY) as opened:
        yield opened


Attack = Callable[[str], None]


@pytest.fixture
def attack(url: str, office: Office) -> Iterator[Attack]:
    """Run SQL as somebody who has the database but not the program, with the triggers in force."""
    database = Database(url)

    def run(sql: str) -> None:
        with database.engine.begin() as con:
            con.exec_driver_sql(sql)

    yield run
    database.close()


@pytest.fixture
def disarm(url: str, attack: Attack) -> Callable[[str], None]:
    """Remove the triggers of a table first, as an administrator could."""

    def run(table: str) -> None:
        if url.startswith("sqlite"):
            for event in ("update", "delete"):
                attack(f"DROP TRIGGER guard_{table}_{event}")
        else:
            attack(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    return run
