"""Landing: a delivered file becomes a batch: sealed under its own key, known by its checksum, never changed again."""

from __future__ import annotations

import datetime as dt
import errno
import gzip
import hashlib
import os
import secrets
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from yuheng.content import ContentStore
from yuheng.crypto import KeyRing, Sealed, encrypt_file, new_key
from yuheng.errors import IntakeError
from yuheng.intake.files import Found, files_in
from yuheng.intake.landed import LandedFiles
from yuheng.office import Batch, Office
from yuheng.settings import Deployment

Progress = Callable[[str, int, int], None]
"""(what is going on, done, of how many)."""
_TOGETHER = 64
"""Files recorded in one transaction."""
_HEADING = 64 << 10
"""Bytes of a file that may be a heading without records."""


@dataclass(frozen=True)
class Landed:
    """What became of one file: a new batch, one known already (the same bytes), one that is tried again, or an empty
    one: under another name the feed delivered the same bytes without any record before, and nothing is repeated."""

    file: str
    batch_id: str
    status: Literal["new", "repeated", "again", "empty"]


@dataclass(frozen=True)
class _Sealed:
    """A file's batch and its sealed copy that has no place yet (None: the batch was known before)."""

    batch: Batch
    part: Path | None


@dataclass(frozen=True)
class _Known:
    """The batches of the office, as a landing asks for them."""

    by_sha: dict[tuple[str, str, str], Batch]
    sizes: set[tuple[str, str, str, int]]

    @classmethod
    def of(cls, office: Office) -> _Known:
        known = cls({}, set())
        for batch in office.batches.list():
            known.add(batch)
        return known

    def add(self, batch: Batch) -> None:
        self.by_sha[batch.source, batch.feed, batch.sha256] = batch
        self.sizes.add((batch.source, batch.feed, batch.file, batch.size))


def land_all(
    deployment: Deployment,
    office: Office,
    store: ContentStore,
    *,
    sources: Sequence[str] | None = None,
    received: dt.date | None = None,
    progress: Progress | None = None,
    files: LandedFiles | None = None,
) -> list[Landed]:
    """Lands every file of the inbox that belongs to a feed, in the order of their paths.

    `files`: where large new ones stay open, to be read again soon.
    The inbox file goes once it is landed, unless the settings keep it. Killed at any moment, it goes on where it was.
    Raises IntakeError when a file cannot be read or the disk is full; what was landed before stays.
    """
    found = files_in(deployment.inbox, store, sources=sources).files
    day = received or dt.date.today()  # noqa: DTZ011  the office's own calendar day
    landing = _Landing(deployment, office, store, day, files)
    done: list[Landed] = []
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for low in range(0, len(found), _TOGETHER):
            part = found[low : low + _TOGETHER]
            done += landing.settle(part, list(pool.map(landing.seal, part)))
            if progress:
                progress("land", len(done), len(found))
    return done


def sweep(landing: Path) -> None:
    """Removes sealed copies that a killed landing left without a place; only for the holder of the intake's lease."""
    for path in landing.glob("*/*/.*.seal*"):
        path.unlink(missing_ok=True)


class _Landing:
    """Seals files side by side and records them together."""

    def __init__(
        self,
        deployment: Deployment,
        office: Office,
        store: ContentStore,
        received: dt.date,
        files: LandedFiles | None,
    ) -> None:
        self._files = files
        self._kinds = {(s.id, f.id): f.format.kind for s in store.sources.values() for f in s.feeds}
        self._deployment = deployment
        self._office = office
        self._received = received
        self._ring = KeyRing(deployment.master_key())
        self._known = _Known.of(office)

    def seal(self, found: Found) -> _Sealed | OSError:
        """The file's batch: a known one, or a new one whose sealed copy lies beside its place in the landing zone."""
        try:
            known = self._same(found)
            return self._sealed(found) if known is None else _Sealed(known, None)
        except OSError as error:
            return error

    def settle(self, files: Sequence[Found], sealed: Sequence[_Sealed | OSError]) -> list[Landed]:
        """Records what is new, clears the inbox; a file that failed is an IntakeError after those before it are safe.

        Those behind it wait: of files with the same bytes the first one gives the batch its name, whatever failed.
        """
        landed: list[tuple[Found, Landed]] = []
        new: list[Batch] = []
        failed: tuple[Found, OSError] | None = None
        for found, one in zip(files, sealed, strict=True):
            if failed or isinstance(one, OSError):
                if isinstance(one, _Sealed):
                    self._place(one, new=False)
                elif not failed:
                    failed = found, one
                continue
            status = self._status(one.batch, found)
            if status == "new":
                self._known.add(one.batch)
                new.append(one.batch)
            self._place(one, new=status == "new")
            landed.append((found, Landed(found.path.name, one.batch.id, status)))
        self._office.batches.add_all(new)
        again = {one.batch_id: {"state": "landed", "reason": ""} for _, one in landed if one.status == "again"}
        self._office.batches.set_states(again)
        if not self._deployment.settings.keep_inbox:
            for found, _ in landed:
                found.path.unlink(missing_ok=True)
        if failed:
            raise _refused(*failed)
        return [one for _, one in landed]

    def _place(self, one: _Sealed, *, new: bool) -> None:
        """The sealed copy at its place; one of a file that came twice goes."""
        if one.part is None:
            return
        if new:
            one.part.replace(self._deployment.landing / one.batch.stored)
        else:
            one.part.unlink(missing_ok=True)

    def _status(self, batch: Batch, found: Found) -> Literal["new", "repeated", "again", "empty"]:
        known = self._known.by_sha.get((batch.source, batch.feed, batch.sha256))
        if known is None:
            return "new"
        if known.state == "refused" and not known.shredded:
            return "again"
        return "empty" if known.file != found.path.name and self._empty(known, found) else "repeated"

    def _empty(self, known: Batch, found: Found) -> bool:
        """Whether a file of these bytes holds no record: as it was read, or before that a heading at most."""
        if known.records is not None:
            return known.records == 0
        kind = self._kinds.get((found.source, found.feed))
        if kind != "csv" or known.size > _HEADING or found.path.suffix == ".zip":
            return False
        body = found.path.read_bytes()
        try:
            body = gzip.decompress(body) if found.path.suffix == ".gz" else body
        except (EOFError, OSError, zlib.error):
            return False
        return len(body.splitlines()) <= 1

    def _same(self, found: Found) -> Batch | None:
        """A file of the name and size of a known batch is compared by checksum before anything is sealed."""
        if (found.source, found.feed, found.path.name, found.path.stat().st_size) not in self._known.sizes:
            return None
        with found.path.open("rb") as file:
            sha = hashlib.file_digest(file, "sha256").hexdigest()
        return self._known.by_sha.get((found.source, found.feed, sha))

    def _sealed(self, found: Found) -> _Sealed:
        folder = self._deployment.landing / found.source / found.feed
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{secrets.token_hex(8)}.seal"
        key = new_key()
        with ExitStack() as opened:
            file = opened.enter_context(found.path.open("rb"))
            seen = os.fstat(file.fileno())
            sealed = encrypt_file(file, part, key)
            batch = self._batch(found, sealed, key)
            if self._files is not None and self._files.keep(batch, file, seen):
                opened.pop_all()
        return _Sealed(batch, part)

    def _batch(self, found: Found, sealed: Sealed, key: bytes) -> Batch:
        batch_id = f"{found.source}.{found.feed}.{sealed.sha256[:12]}"
        return Batch(
            id=batch_id,
            source=found.source,
            feed=found.feed,
            file=found.path.name,
            sha256=sealed.sha256,
            size=sealed.size,
            stored=f"{found.source}/{found.feed}/{batch_id}.seal",
            received=self._received,
            wrapped_key=self._ring.wrap(key, context=batch_id),
        )


def _refused(found: Found, error: OSError) -> IntakeError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        what, todo = "the disk is full; nothing of the file was taken.", "Make room and run again."
    else:
        what, todo = f"it cannot be landed: {error}.", "Check the rights and run again."
    return IntakeError(what, path=found.path, todo=todo)
