"""Which files lie in an inbox, and which feed each belongs to."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from yuheng.content import ContentStore
from yuheng.content.schema import Feed, Source
from yuheng.errors import IntakeError
from yuheng.settings import Deployment

_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")


@dataclass(frozen=True, order=True)
class Found:
    """A delivered file and its feed."""

    source: str
    feed: str
    path: Path


@dataclass
class Inbox:
    """Files that belong to a feed, sorted; others with the reason why they do not."""

    files: list[Found] = field(default_factory=list)
    strange: dict[str, str] = field(default_factory=dict)


def files_in(folder: Path, store: ContentStore, *, sources: Sequence[str] | None = None) -> Inbox:
    """Looks through `folder`/<source>/<feed>/<file>. Hidden files and unfinished transfers are passed over."""
    inbox = Inbox()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.name.startswith(".") or path.suffix in _UNFINISHED:
            continue
        parts = path.relative_to(folder).parts
        if sources is not None and parts[0] not in sources:
            continue
        reason = _misplaced(parts, store)
        if reason:
            inbox.strange["/".join(parts)] = reason
        else:
            inbox.files.append(Found(parts[0], parts[1], path))
    inbox.files.sort()
    return inbox


def add_files(deployment: Deployment, store: ContentStore, source: str, paths: Iterable[Path]) -> list[Path]:
    """Copies files from elsewhere into the inbox of the feed of `source` whose pattern fits; the originals stay.

    Folders stand for the files in them. Returns the copies. Raises IntakeError for a file no feed expects.
    """
    if source not in store.sources:
        known = ", ".join(store.sources)
        raise IntakeError(f"no source {source!r} in the content.", path=source, todo=f"Known: {known}.")
    files = [f for p in paths for f in (sorted(p.iterdir()) if p.is_dir() else [p]) if f.is_file()]
    targets = [(path, _target(deployment, store.sources[source], path)) for path in files]
    for path, target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        try:
            shutil.copyfile(path, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return [target for _, target in targets]


def expects(feed: Feed, name: str) -> bool:
    """True when `name` fits the feed's pattern, compressed or not; an archive may leave the ending out."""
    pattern = feed.pattern.removesuffix(".gz")
    if name.endswith(".zip"):
        inner = name.removesuffix(".zip")
        return fnmatch(inner, pattern) or fnmatch(inner, Path(pattern).stem)
    return fnmatch(name.removesuffix(".gz"), pattern)


def _target(deployment: Deployment, source: Source, path: Path) -> Path:
    fits = [feed for feed in source.feeds if expects(feed, path.name)]
    if len(fits) != 1:
        patterns = ", ".join(feed.pattern for feed in source.feeds)
        which = "no feed expects it" if not fits else "several feeds expect it"
        raise IntakeError(f"{which} in {source.id}.", path=path, todo=f"File names there: {patterns}.")
    return deployment.inbox / source.id / fits[0].id / path.name


def _misplaced(parts: tuple[str, ...], store: ContentStore) -> str:
    if len(parts) != 3:
        return "files belong into <source>/<feed>/"
    source = store.sources.get(parts[0])
    if source is None:
        return f"no source {parts[0]}"
    feed = next((f for f in source.feeds if f.id == parts[1]), None)
    if feed is None:
        return f"no feed {parts[1]} in {parts[0]}"
    return "" if expects(feed, parts[2]) else f"its name does not fit {feed.pattern}"
