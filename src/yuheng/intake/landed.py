"""The bytes of landed files: unsealed, or out of the inbox file itself while it is still open from its landing.

Decrypting and decompressing a file that was sealed a moment ago costs a tenth of an intake. So a large inbox file stays
open when it has landed, though it has no name any more, and is read once again; its checksum tells that these are the
bytes that were sealed. A run that was killed finds the sealed copies alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from yuheng.crypto import KeyRing, open_encrypted
from yuheng.errors import IntakeError
from yuheng.office import Batch

_LEAST = 4 << 20
"""Smaller files are not worth a handle."""
_FILES, _BYTES = 64, 4 << 30
"""Files at most, and bytes, that stay open and on the disk until they are taken."""


class LandedFiles:
    """Opens landed files for reading; what stays open is closed with it. Several threads may `keep`."""

    def __init__(self, landing: Path, keys: KeyRing) -> None:
        self._landing = landing
        self._keys = keys
        self._open: dict[str, tuple[BinaryIO, os.stat_result]] = {}
        self._room = _BYTES
        self._lock = Lock()

    def keep(self, batch: Batch, file: BinaryIO, seen: os.stat_result) -> bool:
        """Takes over an inbox file that was sealed as `batch`, if it is worth it; `seen`: how it looked before."""
        with self._lock:
            if not _LEAST <= batch.size <= self._room or len(self._open) >= _FILES or batch.id in self._open:
                return False
            self._room -= batch.size
            self._open[batch.id] = (file, seen)
            return True

    @contextmanager
    def open(self, batch: Batch) -> Iterator[BinaryIO]:
        """The bytes of `batch`. Raises CryptoError when the sealed file is broken.

        Reading to the end raises IntakeError when an inbox file that stayed open was changed meanwhile.
        """
        file, seen = self._open.pop(batch.id, (None, None))
        if file is not None and seen is not None:
            with closing(file):
                self._room += batch.size
                if _alike(os.fstat(file.fileno()), seen):
                    file.seek(0)
                    yield _Checked(file, batch)  # type: ignore[misc]
                    return
        key = self._keys.unwrap(batch.wrapped_key, context=batch.id)
        with closing(open_encrypted(self._landing / batch.stored, key)) as stream:
            yield stream

    def close(self) -> None:
        """Closes what was not read."""
        for file, _ in self._open.values():
            file.close()
        self._open.clear()


class _Checked:
    """A file whose checksum is that of the batch, or reading its end fails."""

    def __init__(self, file: BinaryIO, batch: Batch) -> None:
        self._file = file
        self._batch = batch
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        if (size < 0 or not data) and self._digest.hexdigest() != self._batch.sha256:
            raise IntakeError(
                "the inbox file was changed while it was read; what was sealed is whole.",
                path=self._batch.file,
                todo="Take it again from the landing zone: yuheng intake replay.",
            )
        return data


def _alike(now: os.stat_result, then: os.stat_result) -> bool:
    return (now.st_size, now.st_mtime_ns) == (then.st_size, then.st_mtime_ns)
