"""The first rows of a file, for people who try a connection."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from yuheng.content.schema import Feed
from yuheng.intake.read import read


def first_rows(path: Path, feed: Feed, rows: int) -> pa.Table:
    """The feed's columns as texts. Raises IntakeError when it is no file of the feed."""
    with path.open("rb") as stream:
        for piece in read(stream, path.name, feed):
            found = piece.table.select(feed.columns).slice(0, rows)
            return pa.table({c: found.column(c).cast(pa.string()) for c in feed.columns})
    return pa.table({c: pa.array([], pa.string()) for c in feed.columns})
