"""What a connector is: it reads a feed from its source system and hands over what will be delivery files.

A module of this package is named after the kind of pull it serves (`api`, `table`, …) and has a function
`connector(context)`. A connector writes nothing and remembers nothing: the mark it is given says where to go on.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, cast

import pyarrow as pa

from yuheng.content.schema import Feed, Source
from yuheng.errors import IntakeError
from yuheng.settings import Connection

Value = str | int | float | bool | None | list["Value"] | Mapping[str, "Value"]
Mark = Mapping[str, Value]
"""Where a pull has come to, as JSON; what is in it is the connector's own affair."""


@dataclass(frozen=True)
class Finding:
    """Something seen at a source. `text` and `todo` are for its users (Chinese)."""

    step: Literal["settings", "resolve", "connect", "login", "clock", "columns", "rows"]
    level: Literal["ok", "warning", "error"]
    text: str
    todo: str = ""


@dataclass(frozen=True)
class Fetched:
    """What will be one delivery file, and the mark that holds once it lies in the inbox."""

    label: str
    """Part of the file's name (letters, digits, '.', '-'); the same for the same range, sorting as the ranges do."""
    mark: Mark
    rows: pa.Table | None = None
    """The feed's columns as texts; null is empty. Either these …"""
    file: Path | None = None
    """… or a file in the feed's format, whole, in the folder `work` of the context; it is moved under its own name."""
    taken: Callable[[], None] | None = None
    """Called once the file is safe, before the mark moves: the source may forget the rows. May be called again."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a connector works with."""

    source: Source
    feed: Feed
    connection: Connection
    secret: Callable[[], str]
    """The connection's secret; raises SettingsError when there is none."""
    work: Path
    """An empty folder for unfinished files; it goes when the pull of the feed ends."""
    inbox: Path
    """The feed's folder in the inbox. Hidden files there are the connector's own and stay from pull to pull."""

    @property
    def name(self) -> str:
        """`<source>.<feed>`, for messages."""
        return f"{self.source.id}.{self.feed.id}"


class Connector(Protocol):
    """One feed of one source over its transport."""

    def test(self) -> list[Finding]:
        """What works and what does not: resolve, connect, log in, clock. Does not raise for what it can say."""
        ...

    def sample(self, rows: int) -> pa.Table:
        """The first rows of the source, with the column names found there. Raises what `fetch` raises."""
        ...

    def fetch(self, mark: Mark | None) -> Iterator[Fetched]:
        """Everything after `mark` (None: from the beginning), in the order of delivery.

        Raises TransportError when the source fails, IntakeError when it gives other columns than declared.
        """
        ...

    def close(self) -> None:
        """Ends connections."""
        ...


def connector_for(context: Context) -> Connector:
    """The connector of the feed's kind of pull. IntakeError for a feed without one."""
    pull = context.feed.pull
    if pull is None:
        raise IntakeError("the feed has no `pull`: its files are delivered.", path=context.name)
    module = importlib.import_module(f"yuheng.intake.pull.{pull.kind}")
    return cast("Connector", module.connector(context))
