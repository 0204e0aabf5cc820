"""A deployment that pulls from counterparts, and one that gets the same rows as files."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tests.intake.world import World
from tests.province import END
from yuheng import intake
from yuheng.content.shape import standard_schema
from yuheng.intake.pull import Pulled, PullReport, pull_all
from yuheng.settings import Connection, Deployment
from yuheng.simulate.counterparts.base import Access
from yuheng.simulate.counterparts.world import World as Simulated

OWN = ("batch_id", "src_file", "src_row")
"""Columns that say by which file a row came."""


@dataclass
class Site:
    """A deployment with everything a pull and an intake need."""

    world: World
    secrets: dict[str, str]

    def connect(self, accesses: Iterable[Access], **changes: object) -> None:
        """Connections to counterparts; waits between tries are left out."""
        found = dict(self.world.deployment.settings.connections)
        for access in accesses:
            fields: Mapping[str, object] = {**access.fields, "rate": 1000, "wait": 0.0, **changes}
            found[access.name] = Connection.model_validate(fields)
            self.secrets[access.name] = access.secret
        self._settings(found)

    def change(self, name: str, **changes: object) -> None:
        """Another value in a connection."""
        found = dict(self.world.deployment.settings.connections)
        found[name] = Connection.model_validate({**found[name].model_dump(), **changes})
        self._settings(found)

    def _settings(self, connections: Mapping[str, Connection]) -> None:
        old = self.world.deployment
        settings = old.settings.model_copy(update={"connections": connections})
        self.world.deployment = Opened(old.root, settings, self.secrets)

    def pull(self, *sources: str) -> PullReport:
        """One pull."""
        world = self.world
        return pull_all(world.deployment, world.office, world.store, sources=list(sources) or None)

    def one(self, source: str, feed: str) -> Pulled:
        """One pull of one source; the report of one of its feeds."""
        return next(p for p in self.pull(source).feeds if p.feed == feed)

    def take(self, received: dt.date = END) -> intake.IntakeReport:
        """The inbox into the tables, as of the end of the simulation."""
        return self.world.run(received=received)

    def files(self, source: str) -> list[Path]:
        """What lies in the inbox of a source."""
        return sorted(p for p in (self.world.deployment.inbox / source).rglob("*") if p.is_file())

    def deliver(self, simulated: Simulated, *sources: str) -> None:
        """The files of sources, or of single feeds of theirs, as they were written."""
        for source in sources:
            shutil.copytree(simulated.inbox / source, self.world.deployment.inbox / source, dirs_exist_ok=True)

    def rows(self, source: str, feed: str) -> pa.Table:
        """The standard table of a feed, the rows of its source, without what tells the file; in a fixed order."""
        name = self.world.feed(source, feed).table
        table = self.world.lake.table("standard", name)
        files = table.files() if table.version() >= 0 else []
        self.world.engine.scan("t", files, standard_schema(self.world.store.standard[name]))
        columns = [c for c in standard_schema(self.world.store.standard[name]).names if c not in OWN]
        listed = ", ".join(f'"{c}"' for c in columns)
        return self.world.engine.query(f"select {listed} from t where source = '{source}' order by {listed}")


class Opened(Deployment):
    """A deployment whose secrets the test holds."""

    def __init__(self, root: Path, settings: object, secrets: Mapping[str, str]) -> None:
        super().__init__(root, settings)  # type: ignore[arg-type]
        self._secrets = secrets

    def secret(self, name: str) -> str:
        """The secret given to the test."""
        return self._secrets[name]
