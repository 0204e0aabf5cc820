"""File statistics for a Delta commit, from the Parquet footer: rows, nulls, bounds of whole numbers and dates."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow.parquet as pq

Value = int | str


def statistics(path: Path) -> str:
    """The `stats` text of an add action. Texts and decimals are left out: nothing prunes by them."""
    footer = pq.read_metadata(path)
    nulls: dict[str, int] = {}
    low: dict[str, Value] = {}
    high: dict[str, Value] = {}
    for place, name in enumerate(footer.schema.to_arrow_schema().names):
        columns = [footer.row_group(i).column(place) for i in range(footer.num_row_groups)]
        stats = [c.statistics for c in columns]
        if all(s is not None and s.has_null_count for s in stats):
            nulls[name] = sum(s.null_count for s in stats)
        bounds = [(_value(s.min), _value(s.max)) for s in stats if s is not None and s.has_min_max]
        least = [a for a, _ in bounds if a is not None]
        most = [b for _, b in bounds if b is not None]
        if least and len(least) == len(most) == len(stats):
            low[name], high[name] = min(least, key=_order), max(most, key=_order)
    return json.dumps({"numRecords": footer.num_rows, "minValues": low, "maxValues": high, "nullCount": nulls})


def _value(found: object) -> Value | None:
    if isinstance(found, dt.date) and not isinstance(found, dt.datetime):
        return found.isoformat()
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _order(value: Value) -> tuple[int, str]:
    return (value, "") if isinstance(value, int) else (0, value)
