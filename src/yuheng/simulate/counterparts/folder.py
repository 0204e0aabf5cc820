"""The counterpart of shared folders: a world's files under the paths the feeds name."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from yuheng.content.schema import FolderPull
from yuheng.simulate.counterparts.base import Access, Counterpart
from yuheng.simulate.counterparts.world import World


def counterparts(world: World) -> list[Counterpart]:
    """One per source with feeds from a folder."""
    by_source: dict[str, dict[str, tuple[str, Path]]] = {}
    for source, feed in world.feeds("folder"):
        assert isinstance(feed.pull, FolderPull)
        by_source.setdefault(source.id, {})[feed.id] = (feed.pull.folder, world.inbox / source.id / feed.id)
    return [FolderCounterpart(source, feeds) for source, feeds in by_source.items()]


class FolderCounterpart:
    """A share of one source, made of links to the world's files. `feeds`: the path on the share, and the files."""

    def __init__(self, source: str, feeds: dict[str, tuple[str, Path]]) -> None:
        self.source = source
        self._feeds = feeds
        self._share: Path | None = None

    def start(self) -> list[Access]:
        """Makes the share."""
        self._share = Path(tempfile.mkdtemp(prefix="yuheng-share-"))
        for shown, place in self._feeds.values():
            target = self._share / shown.strip("/")
            target.mkdir(parents=True, exist_ok=True)
            for path in sorted(place.iterdir()) if place.is_dir() else []:
                (target / path.name).symlink_to(path)
        return [Access(f"{self.source}.{feed}", {"url": self._share.as_uri()}) for feed in self._feeds]

    def close(self) -> None:
        """Takes the share away; the world's files stay."""
        if self._share is not None:
            shutil.rmtree(self._share, ignore_errors=True)
