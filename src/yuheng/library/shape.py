"""Arrow schemas of derived and result tables, from their declarations; those of standard tables are content's own."""

from __future__ import annotations

import pyarrow as pa

from yuheng.content.schema import DerivedTable
from yuheng.content.shape import GRADE_RELEASED, RESULTS, SYSTEM, arrow_schema, arrow_type, standard_schema

__all__ = [
    "GRADE_RELEASED",
    "RESULTS",
    "RESULT_LAYER",
    "SYSTEM",
    "arrow_schema",
    "arrow_type",
    "derived_schema",
    "standard_schema",
]

RESULT_LAYER = "rating"


def derived_schema(table: DerivedTable) -> pa.Schema:
    """Schema of a derived table as its header declares it."""
    return arrow_schema(table.columns.values())
