"""A small simulated province, deployments, and servers that are closed after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.connect.site import Site
from tests.intake.world import World
from tests.province import make_inbox, once
from yuheng.content import ContentStore
from yuheng.crypto import KeyRing
from yuheng.lake import Lake, connect
from yuheng.office import open_office
from yuheng.settings import create
from yuheng.simulate.counterparts import api, web
from yuheng.simulate.counterparts.world import World as Simulated


@pytest.fixture(scope="session")
def store() -> ContentStore:
    return ContentStore.load()


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory, store: ContentStore) -> Simulated:
    """80 enterprises with three months of deliveries."""
    folder = once(tmp_path_factory, "pulled", lambda room: make_inbox(room, enterprises=80, months=3, others=0.1))
    return Simulated.open(folder, store)


@pytest.fixture(scope="session")
def served(simulated: Simulated) -> dict[str, dict[str, api.Served]]:
    """What the interfaces give, by source and feed."""
    made = [c for c in api.counterparts(simulated) if isinstance(c, api.ApiCounterpart)]
    return {one.source: one.feeds for one in made}


@pytest.fixture
def make_site(tmp_path: Path, store: ContentStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Site]]:
    """Deployments that share one master key."""
    monkeypatch.setenv("YUHENG_MASTER_KEY", "11" * 32)
    made: list[World] = []

    def make(name: str = "here", content: ContentStore | None = None) -> Site:
        deployment = create(tmp_path / name)
        office = open_office(deployment.office_url, audit_key=KeyRing(deployment.master_key()).key("audit"))
        content = content or store
        engine = connect(macros=content.macros, threads=2, memory="1GB", spill=deployment.work / "spill")
        made.append(World(deployment, office, Lake(deployment.lake), engine, content))
        return Site(made[-1], {})

    yield make
    for world in made:
        world.engine.close()
        world.office.close()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def interfaces(served: dict[str, dict[str, api.Served]]) -> Iterator[dict[str, api.ApiCounterpart]]:
    """The interfaces of the sources, not yet serving."""
    made = {name: api.ApiCounterpart(name, dict(feeds), api.login_of(name)) for name, feeds in served.items()}
    yield made
    for one in made.values():
        one.close()


@pytest.fixture
def notices() -> Iterator[web.WebCounterpart]:
    """The site of public notices: three lists of articles."""
    made = web.WebCounterpart("S-WEB", [_article(number) for number in range(45, 0, -1)])
    yield made
    made.close()


def _article(number: int) -> web.Article:
    day = f"2026-{1 + number // 28:02d}-{1 + number % 28:02d}"
    return web.Article(
        f"/notice/{number:04x}.html", f"第{number}号公告 <&>", "模拟日报", day, f"模拟日报讯：第{number}号。"
    )
