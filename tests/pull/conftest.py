"""Servers and content that live as long as the tests run, and deployments that pull."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from tests.pull import servers
from tests.pull.desk import MASTER, Desk, desk
from yuheng.content import ContentStore
from yuheng.simulate.counterparts.base import Access

Open = Callable[..., Desk]


def _running(server: AbstractContextManager[str]) -> Iterator[str]:
    try:
        url = server.__enter__()
    except servers.NoServer as problem:
        pytest.skip(str(problem))
    yield url
    server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    yield from _running(servers.postgres())


@pytest.fixture(scope="session")
def mariadb() -> Iterator[str]:
    yield from _running(servers.mariadb())


@pytest.fixture(scope="session")
def mosquitto() -> Iterator[str]:
    yield from _running(servers.mosquitto())


@pytest.fixture(scope="session")
def store() -> ContentStore:
    return ContentStore.load()


@pytest.fixture
def opened(tmp_path: Path, store: ContentStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens deployments with connections; equal names are the same deployment."""
    monkeypatch.setenv("YUHENG_MASTER_KEY", MASTER)
    with ExitStack() as stack:

        def make(*accesses: Access, content: ContentStore = store, name: str = "here") -> Desk:
            return stack.enter_context(desk(tmp_path / name, content, accesses))

        yield make
