"""Fixtures of the intake's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.intake.world import World
from yuheng.content import ContentStore
from yuheng.crypto import KeyRing
from yuheng.lake import Lake, connect
from yuheng.office import open_office
from yuheng.settings import create

MASTER = "11" * 32


@pytest.fixture(scope="session")
def store() -> ContentStore:
    return ContentStore.load()


@pytest.fixture
def make_world(tmp_path: Path, store: ContentStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Makes deployments that share one master key, so that their tables can be compared."""
    monkeypatch.setenv("YUHENG_MASTER_KEY", MASTER)
    made: list[World] = []

    def make(name: str = "here", content: ContentStore | None = None) -> World:
        deployment = create(tmp_path / name)
        office = open_office(deployment.office_url, audit_key=KeyRing(deployment.master_key()).key("audit"))
        content = content or store
        engine = connect(macros=content.macros, threads=2, memory="1GB", spill=deployment.work / "spill")
        made.append(World(deployment, office, Lake(deployment.lake), engine, content))
        return made[-1]

    yield make
    for world in made:
        world.engine.close()
        world.office.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()
