"""Files of one row group each that may follow one another in the order of a column."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from yuheng.lake.engine import ROW_GROUP


def in_order(files: Iterable[Path], column: str) -> list[Path] | None:
    """The files in the order of `column`, when their rows, read in turn, rise in it without a repetition.

    None when they do not, when a value is missing, or when any file but the last is not one full row group. Only that
    column is read, one file at a time.
    """
    found = []
    for path in files:
        values = pq.read_table(path, columns=[column], partitioning=None)[column]
        keys = values.to_numpy()
        if values.null_count or not len(keys) or bool(np.any(keys[1:] <= keys[:-1])):
            return None
        found.append((keys[0], keys[-1], len(keys), path))
    found.sort(key=lambda part: part[0])
    full = all(rows == ROW_GROUP for _, _, rows, _ in found[:-1])
    apart = all(one[1] < other[0] for one, other in pairwise(found))
    return [path for *_, path in found] if full and apart else None
