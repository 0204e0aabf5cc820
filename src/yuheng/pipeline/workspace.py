"""Everything a run works with, opened together: settings, content, lake, office, keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from yuheng.content import ContentStore
from yuheng.content.check import check
from yuheng.crypto import KeyRing
from yuheng.errors import ContentError
from yuheng.lake import Engine, Lake, Lease, connect
from yuheng.office import Office, open_office
from yuheng.settings import Deployment, open_deployment

LEASE_WAIT = 30.0
"""Seconds a run waits for another writer of the same table."""


class Workspace:
    """One opened deployment. Closing it releases the office database."""

    def __init__(self, deployment: Deployment, store: ContentStore, office: Office, keys: KeyRing) -> None:
        self.deployment = deployment
        self.store = store
        self.office = office
        self.keys = keys
        self.lake = Lake(deployment.lake)

    @classmethod
    def open(cls, root: Path) -> Workspace:
        """Opens the deployment in `root` with its content overlay.

        Raises SettingsError, ContentError or OfficeError when a part is missing or wrong.
        """
        deployment = open_deployment(root)
        keys = KeyRing(deployment.master_key())
        store = ContentStore.load(deployment.content)
        _require_sound(deployment, store)
        office = open_office(deployment.office_url, audit_key=keys.key("audit"))
        return cls(deployment, store, office, keys)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """A session of the engine the settings name, with the content's macros."""
        settings = self.deployment.settings
        engine = connect(
            engine=settings.engine,
            macros=self.store.macros,
            threads=settings.threads,
            memory=settings.memory_limit,
            spill=self.deployment.work / "spill",
            master=settings.spark_master,
        )
        try:
            yield engine
        finally:
            engine.close()

    def lease(self, name: str) -> AbstractContextManager[Lease]:
        """The right to write the lake table `name` (`derived/ent_base`)."""
        return self.office.leases.hold(f"lake/{name}", wait=LEASE_WAIT)

    def close(self) -> None:
        """Releases the office database."""
        self.office.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _require_sound(deployment: Deployment, store: ContentStore) -> None:
    """Refuses an overlay with mistakes of meaning; each version of the content is looked through once.

    Raises ContentError naming file and line. Without an overlay the content is the shipped one, which is sound.
    """
    mark = deployment.work / f"checked-{store.version}"
    if mark.exists() or not any(path.is_file() for path in deployment.content.rglob("*")):
        return
    problems = check(store)
    if problems:
        first, *others = problems
        more = "".join(f"\n{p}" for p in others[:20])
        raise ContentError(first.message + more, path=first.file, line=first.line)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
