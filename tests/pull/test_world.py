"""A simulated world pulled over its real transports gives the tables its files give; killed on the way, too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.province import END, once
from tests.pull.conftest import Open
from tests.pull.desk import Desk, with_pull
from yuheng.content import ContentStore
from yuheng.intake.pull.writer import WRITABLE, file_name, write
from yuheng.simulate import simulate
from yuheng.simulate.counterparts import database, folder, mqtt, serve, sftp
from yuheng.simulate.counterparts.base import Counterpart
from yuheng.simulate.counterparts.world import World

KINDS = ("table", "sftp", "folder", "mqtt")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, store: ContentStore) -> World:
    """A world of a few firms."""
    made = once(tmp_path_factory, "world_to_pull", lambda p: simulate(p / "inbox", enterprises=80, months=2, end=END))
    return World.open(made, _eager(store))


def _eager(store: ContentStore) -> ContentStore:
    """The content, with messages that are not waited for so long."""
    for source in store.sources.values():
        for feed in source.feeds:
            if feed.pull is not None and feed.pull.kind == "mqtt":
                store = with_pull(store, source.id, feed.id, feed.pull.model_copy(update={"idle_seconds": 0.5}))
    return store


def _by_file(world: World, there: Desk) -> None:
    """The same rows as files, one per feed; files as they are where files are what is pulled."""
    for kind in KINDS:
        for source, feed in world.feeds(kind):
            target = there.deployment.inbox / source.id / feed.id
            target.mkdir(parents=True, exist_ok=True)
            if kind in ("sftp", "folder"):
                for path in world.files(source.id, feed.id):
                    (target / path.name).write_bytes(path.read_bytes())
                continue
            assert feed.format.kind in WRITABLE
            write(world.rows(source.id, feed), feed, target / file_name(feed, "all"))


def _counterparts(world: World, urls: list[str], *, messages: bool) -> list[Counterpart]:
    parts = [*database.counterparts(world, urls), *sftp.counterparts(world), *folder.counterparts(world)]
    return [*parts, *(mqtt.counterparts(world) if messages else [])]


def _equal(here: Desk, there: Desk) -> int:
    """Compares all standard tables; how many rows they have together."""
    names = sorted(name for layer, name in there.lake.tables() if layer == "standard")
    assert names == sorted(name for layer, name in here.lake.tables() if layer == "standard")
    rows = 0
    for name in names:
        ours, theirs = here.table(name), there.table(name)
        assert ours.num_rows == theirs.num_rows, name
        assert ours.equals(theirs), name
        rows += ours.num_rows
    return rows


@pytest.mark.servers
@pytest.mark.slow
def test_equal_tables_over_all_transports(opened: Open, world: World, postgres: str, mariadb: str) -> None:
    with serve.serving(world, _counterparts(world, [postgres, mariadb], messages=True)) as accesses:
        kinds = {str(a.fields["url"]).partition("://")[0] for a in accesses}
        assert kinds >= {"postgresql", "mariadb", "sftp", "mqtt"}
        here, there = opened(*accesses, content=world.store), opened(name="there", content=world.store)
        report = here.pull()
        assert not report.failed, [(one.source, one.feed, one.error) for one in report.failed]
        assert not here.take().refused
    _by_file(world, there)
    assert not there.take().refused
    assert _equal(here, there) > 500


_PULL = """
import os, sys
from pathlib import Path
from tests.pull.desk import desk
from yuheng.content import ContentStore
from yuheng.intake.pull import pull, table

step, left = sys.argv[2], int(sys.argv[3])
def dying(function):
    def act(*args, **more):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return function(*args, **more)
    return act

if step == "place":
    pull.place = dying(pull.place)
elif step == "write":
    pull.write = dying(pull.write)
else:
    table.Database.change = dying(table.Database.change)
with desk(Path(sys.argv[1]), ContentStore.load()) as one:
    one.pull("S-PUN", "S-GSXT", "S-LIC")
print("done")
"""


@pytest.mark.slow
def test_killed_and_resumed_on_an_exchange_database(opened: Open, world: World, postgres: str, tmp_path: Path) -> None:
    """kill -9 while files are written, placed, and before rows are marked; then once more to the end."""
    pulled = ("S-PUN", "S-GSXT", "S-LIC")
    servers = [c for c in database.counterparts(world, [postgres]) if c.source in pulled]  # type: ignore[attr-defined]
    with serve.serving(world, servers) as accesses:
        here = opened(*accesses)
        root = here.deployment.root
        for step, after in (("write", 1), ("place", 2), ("taken", 1), ("taken", 3)):
            _forget_lease(here)
            done = subprocess.run(
                [sys.executable, "-c", _PULL, str(root), step, str(after)], capture_output=True, text=True,
                cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONPATH": "."}, check=False,
            )  # fmt: skip
            assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
        _forget_lease(here)
        report = here.pull(*pulled)
        assert not report.failed, [one.error for one in report.failed]
        assert not here.take().refused
        engine = sa.create_engine(postgres.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as con:
            assert con.execute(sa.text("select count(*) from ex_pun_penalty where taken = 0")).scalar_one() == 0
        engine.dispose()
    there = opened(name="there")
    for source, feed in world.feeds("table"):
        if source.id in pulled:
            target = there.deployment.inbox / source.id / feed.id
            target.mkdir(parents=True)
            write(world.rows(source.id, feed), feed, target / file_name(feed, "all"))
    there.take()
    assert _equal(here, there) > 30


def _forget_lease(here: Desk) -> None:
    """The lease of a killed pull runs out by itself after two minutes; a test does not wait for it."""
    engine = sa.create_engine(here.deployment.office_url)
    with engine.begin() as con:
        con.execute(sa.text("delete from leases where name like 'pull:%'"))
    engine.dispose()
