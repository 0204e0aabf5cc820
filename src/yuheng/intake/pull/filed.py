"""Files fetched from folders, near or far: which are new, and under which name they are delivered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

from yuheng.content.schema import Feed
from yuheng.intake.files import expects
from yuheng.intake.pull.connector import Mark, Value
from yuheng.intake.pull.writer import file_name
from yuheng.transport.sftp import RemoteFile

_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_PACKED = (".gz", ".zip")


@dataclass(frozen=True)
class Due:
    """A file to fetch, the name it gets in the inbox, and the mark that holds once it is there."""

    file: RemoteFile
    name: str
    mark: Mark


def due(files: Iterable[RemoteFile], feed: Feed, pattern: str | None, mark: Mark | None) -> Iterator[Due]:
    """What is new or was changed since the mark, by name. Hidden and unfinished files are passed over."""
    known = _known(mark)
    there = [f for f in sorted(files) if _wanted(f.name, feed, pattern)]
    held: dict[str, Value] = {f.name: list(known[f.name]) for f in there if f.name in known}
    for file in there:
        now = (file.size, file.changed)
        if known.get(file.name) == now:
            continue
        held = {**held, file.name: list(now)}
        yield Due(file, _delivered(file, feed, again=file.name in known), {"files": held})


def _known(mark: Mark | None) -> dict[str, tuple[int, int]]:
    files = (mark or {}).get("files")
    if not isinstance(files, dict):
        return {}
    return {str(name): (int(pair[0]), int(pair[1])) for name, pair in files.items() if isinstance(pair, list)}


def _wanted(name: str, feed: Feed, pattern: str | None) -> bool:
    if name.startswith(".") or name.endswith(_UNFINISHED):
        return False
    return expects(feed, name) if pattern is None else fnmatch(name, pattern)


def _delivered(file: RemoteFile, feed: Feed, *, again: bool) -> str:
    """Its own name where the feed expects it; a changed file gets its time into the name, lest it replaces the first
    one in the inbox."""
    path = PurePosixPath(file.name)
    packed = path.suffix if path.suffix in _PACKED else ""
    if expects(feed, file.name) and not again:
        return file.name
    label = path.name.removesuffix(packed)
    label = label.removesuffix(PurePosixPath(label).suffix) + (f".{file.changed}" if again else "")
    own = f"{label}{PurePosixPath(path.name.removesuffix(packed)).suffix}{packed}"
    return own if expects(feed, own) else file_name(feed, label) + packed
