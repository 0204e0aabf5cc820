"""A deployment that pulls from servers of the tests, and deliveries as their sources hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from tests.intake.world import RECEIVED, Row, penalty, uscc
from yuheng import intake
from yuheng.content import ContentStore
from yuheng.content.schema import Feed, Pull
from yuheng.content.shape import standard_schema
from yuheng.crypto import KeyRing
from yuheng.intake.pull import PullReport, pull_all
from yuheng.lake import Engine, Lake, connect
from yuheng.office import Office, open_office
from yuheng.settings import Deployment, create, open_deployment
from yuheng.simulate.counterparts.base import Access

MASTER = "11" * 32
OWN = ("batch_id", "src_file", "src_row")
"""Columns that say which file a row came in: they differ between transports."""


@dataclass
class Desk:
    """One deployment with what a pull and an intake need."""

    deployment: Deployment
    office: Office
    lake: Lake
    engine: Engine
    store: ContentStore

    def pull(self, *sources: str) -> PullReport:
        """One pull."""
        return pull_all(self.deployment, self.office, self.store, sources=sources or None)

    def take(self) -> intake.IntakeReport:
        """One intake of what lies in the inbox."""
        args = (self.deployment, self.office, self.lake, self.engine, self.store)
        return intake.run(*args, received=RECEIVED)

    def inbox(self, source: str, feed: str) -> list[Path]:
        """Files that wait."""
        folder = self.deployment.inbox / source / feed
        return sorted(p for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else []

    def table(self, name: str) -> pa.Table:
        """A standard table without the columns that name its files."""
        table = self.lake.table("standard", name)
        self.engine.scan("t", table.files() if table.version() >= 0 else [], standard_schema(self.store.standard[name]))
        rows = self.engine.query("select * from t order by source, source_key, known_from, row_hash")
        return rows.drop_columns([c for c in OWN if c in rows.column_names])


@contextmanager
def desk(root: Path, store: ContentStore, accesses: Sequence[Access] | None = None) -> Iterator[Desk]:
    """A deployment in `root` (kept if it is one) with the connections given; None leaves those it has."""
    create(root)
    settings = (root / "yuheng.toml").read_text(encoding="utf-8")
    if accesses is not None:
        settings = settings.partition("\n[connections.")[0]
    for access in accesses or ():
        fields = "".join(f"{k} = {json.dumps(v)}\n" for k, v in access.fields.items())
        settings += f'\n[connections."{access.name}"]\n{fields}'
        secret = root / "keys" / f"{access.name}.secret"
        secret.write_text(access.secret)
        secret.chmod(0o600)
    (root / "yuheng.toml").write_text(settings, encoding="utf-8")
    deployment = open_deployment(root)
    office = open_office(deployment.office_url, audit_key=KeyRing(deployment.master_key()).key("audit"))
    engine = connect(macros=store.macros, threads=2, memory="1GB", spill=deployment.work / "spill")
    try:
        yield Desk(deployment, office, Lake(deployment.lake), engine, store)
    finally:
        engine.close()
        office.close()


def with_pull(store: ContentStore, source: str, feed: str, pull: Pull) -> ContentStore:
    """The content with another way to fetch one feed."""
    old = store.sources[source]
    feeds = [f.model_copy(update={"pull": pull}) if f.id == feed else f for f in old.feeds]
    return replace(store, sources={**store.sources, source: old.model_copy(update={"feeds": feeds})})


def feed_of(store: ContentStore, source: str, feed: str) -> Feed:
    """A feed's declaration."""
    return next(f for f in store.sources[source].feeds if f.id == feed)


def penalties(low: int, high: int, **changes: str | None) -> list[Row]:
    """Penalties with these numbers."""
    return [penalty(n, uscc(n), **changes) for n in range(low, high)]


def rows_of(feed: Feed, rows: Sequence[Row]) -> pa.Table:
    """Rows as a table of texts with all columns of the feed."""
    return pa.table({c: pa.array([row.get(c) for row in rows], pa.string()) for c in feed.columns})
