"""Formats that are read from their end (zip, Parquet, workbooks) need a file one can go back in."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

_IN_MEMORY = 32 << 20
_STEP = 4 << 20


@contextmanager
def spooled(stream: BinaryIO) -> Iterator[tuple[BinaryIO, int]]:
    """The bytes of `stream` as a seekable file (nameless on the disk when large), and how many there are."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        shutil.copyfileobj(stream, file, _STEP)
        size = file.tell()
        file.seek(0)
        yield cast(BinaryIO, file), size
