"""The leak test's world: the same versions as if nothing after D had ever been received."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

OPEN = date(9999, 12, 31)


def truncate_known_after(tables: Mapping[str, pa.Table], as_of: date) -> dict[str, pa.Table]:
    """Standard tables without the versions known after `as_of`.

    Versions closed later are open again, as they were that day.

    What is built from this world as of any day up to `as_of` must equal what is built from the full one.
    """
    day = pa.scalar(as_of, pa.date32())
    out: dict[str, pa.Table] = {}
    for name, rows in tables.items():
        kept = rows.filter(pc.less_equal(rows["known_from"], day))
        known_to = pc.if_else(pc.greater(kept["known_to"], day), pa.scalar(OPEN, pa.date32()), kept["known_to"])
        out[name] = kept.set_column(kept.schema.get_field_index("known_to"), "known_to", known_to)
    return out
