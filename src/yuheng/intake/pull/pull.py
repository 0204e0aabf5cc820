"""The pull: every feed whose source has a connection is fetched from its mark on, into delivery files in the inbox.

A file is written apart, made safe on the disk and renamed into the inbox; then the source is told (`taken`); then the
mark moves. Killed between any two of these steps, the next pull fetches the same range again: the same name and bytes
replace the file that waits, or are recognised by their checksum, and records that come twice count as duplicates.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from yuheng.content import ContentStore
from yuheng.content.schema import Feed, Source
from yuheng.errors import IntakeError, SettingsError, YuhengError
from yuheng.intake.land import Progress
from yuheng.intake.pull.connector import Connector, Context, Fetched, Finding, Mark, connector_for
from yuheng.intake.pull.writer import file_name, place, sync, write
from yuheng.office import Lease, Office
from yuheng.settings import Deployment
from yuheng.transport.address import serves

LEASE = "pull:"
"""One pull of a source at a time."""
_SECONDS = 120.0
_SIDE_BY_SIDE = 4
"""Sources pulled at once; each has its own rate."""


@dataclass
class Pulled:
    """What the pull of one feed did; `error` says why it ended early, what was pulled before stays."""

    source: str
    feed: str
    files: list[str] = field(default_factory=list)
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)
    error: str = ""
    todo: str = ""


@dataclass
class PullReport:
    """All feeds that were pulled, by source and feed."""

    feeds: list[Pulled] = field(default_factory=list)

    @property
    def failed(self) -> list[Pulled]:
        """Those that ended with an error."""
        return [one for one in self.feeds if one.error]


@dataclass(frozen=True)
class Task:
    """A feed with the name of its connection in the settings."""

    source: Source
    feed: Feed
    connection: str


def tasks_of(deployment: Deployment, store: ContentStore, sources: Sequence[str] | None = None) -> list[Task]:
    """The feeds that can be pulled: declared so, and with a connection. By source, then as they are declared.

    Raises SettingsError for a connection of no source or feed.
    """
    connections = deployment.settings.connections
    known = {s.id for s in store.sources.values()} | {f"{s.id}.{f.id}" for s in store.sources.values() for f in s.feeds}
    for name in connections:
        if name not in known:
            raise SettingsError(
                f"the settings have a connection {name!r}, but the content has no such source or feed.",
                todo="Mend its name in yuheng.toml, such as [connections.S-COURT].",
            )
    found = []
    for source in sorted(store.sources.values(), key=lambda s: s.id):
        for feed in source.feeds if sources is None or source.id in sources else ():
            name = f"{source.id}.{feed.id}"
            name = name if name in connections else source.id
            if feed.pull is not None and name in connections and serves(connections[name].url, feed.pull.kind):
                found.append(Task(source, feed, name))
    return found


def pull_all(
    deployment: Deployment,
    office: Office,
    store: ContentStore,
    *,
    sources: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> PullReport:
    """Pulls every feed that has a connection. A source that fails is named in the report; the others go on.

    Raises SettingsError when the connections themselves are wrong.
    """
    tasks = tasks_of(deployment, store, sources)
    by_source: dict[str, list[Task]] = {}
    for task in tasks:
        by_source.setdefault(task.source.id, []).append(task)
    teller = _Teller(progress, len(tasks))
    work = partial(_pull_source, deployment, office, teller)
    if not tasks:
        return PullReport()
    with ThreadPoolExecutor(min(_SIDE_BY_SIDE, len(by_source))) as pool:
        return PullReport([one for part in pool.map(work, by_source.values()) for one in part])


class _Teller:
    """Progress of several sources at once."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._lock = threading.Lock()

    def tell(self, what: str, *, done: int = 0) -> None:
        with self._lock:
            self._done += done
            if self._progress:
                self._progress(what, self._done, self._total)


def _pull_source(deployment: Deployment, office: Office, teller: _Teller, tasks: Sequence[Task]) -> list[Pulled]:
    done = []
    try:
        with office.leases.hold(LEASE + tasks[0].source.id, seconds=_SECONDS) as lease:
            for task in tasks:
                done.append(_Pull(deployment, office, lease, teller, task).run())
                teller.tell(f"pull {task.source.id}.{task.feed.id}", done=1)
    except YuhengError as error:  # another pull of the source is at work, or took over
        done += [Pulled(t.source.id, t.feed.id, error=error.what, todo=error.todo) for t in tasks[len(done) :]]
    return done


class _Pull:
    """The pull of one feed."""

    def __init__(self, deployment: Deployment, office: Office, lease: Lease, teller: _Teller, task: Task) -> None:
        self._deployment = deployment
        self._office = office
        self._lease = lease
        self._teller = teller
        self._task = task
        self._work = deployment.work / "pull" / task.source.id / task.feed.id
        self._report = Pulled(task.source.id, task.feed.id)

    def run(self) -> Pulled:
        """Fetches and delivers until there is nothing more, or the source fails."""
        shutil.rmtree(self._work, ignore_errors=True)  # what a killed pull left
        self._work.mkdir(parents=True)
        try:
            with closing(connector_for(context_of(self._deployment, self._task, self._work))) as connector:
                self._deliver_all(connector)
        except YuhengError as error:
            self._report.error, self._report.todo = error.what, error.todo
        except OSError as error:
            self._report.error = f"{error.filename or self._work}: {error.strerror or error}"
            self._report.todo = "Check the rights and the space on the disk, and pull again."
        finally:
            shutil.rmtree(self._work, ignore_errors=True)
        return self._report

    def _deliver_all(self, connector: Connector) -> None:
        mark = self._office.watermarks.get(self._report.source, self._report.feed)
        for fetched in connector.fetch(None if mark is None else _as_mark(mark.value)):
            self._lease.check()
            self._deliver(fetched)
            self._teller.tell(f"pull {self._report.source}.{self._report.feed}: {self._report.rows:,}")

    def _deliver(self, fetched: Fetched) -> None:
        feed = self._task.feed
        rows = 0 if fetched.rows is None else fetched.rows.num_rows
        if fetched.file is not None:
            sync(fetched.file)
            self._place(fetched.file, fetched.file.name)
        elif rows:
            path = self._work / file_name(feed, fetched.label)
            write(fetched.rows, feed, path)
            self._place(path, path.name)
        if fetched.taken is not None:
            fetched.taken()
        self._office.watermarks.move(self._report.source, self._report.feed, fetched.mark, rows=rows)
        self._report.rows += rows
        self._report.findings += [f for f in fetched.findings if f not in self._report.findings]

    def _place(self, path: Path, name: str) -> None:
        place(path, self._deployment.inbox / self._report.source / self._report.feed / name)
        self._report.files.append(name)


def context_of(deployment: Deployment, task: Task, work: Path) -> Context:
    """What the connector of a task works with."""
    connection = deployment.settings.connections[task.connection]
    inbox = deployment.inbox / task.source.id / task.feed.id
    return Context(task.source, task.feed, connection, partial(deployment.secret, task.connection), work, inbox)


def needs_connection(store: ContentStore, source: str, tasks: Iterable[Task]) -> None:
    """Raises when a source has nothing to pull: what is missing is said."""
    if any(True for _ in tasks):
        return
    if not any(feed.pull for feed in store.sources[source].feeds):
        raise IntakeError("it is not pulled: its files are delivered into the inbox.", path=source)
    raise SettingsError(
        f"there is no connection for {source}, or its address is of another transport.",
        todo=f"Write a table [connections.{source}] into yuheng.toml; see docs/connectors.md.",
    )


def _as_mark(value: object) -> Mark:
    assert isinstance(value, dict)
    return value
