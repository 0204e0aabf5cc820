"""Arrow schemas of derived and result tables, from their declarations; those of standard tables are content's own."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from yuheng.content.schema import DerivedTable
from yuheng.content.shape import SYSTEM, arrow_schema, arrow_type, standard_schema

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

GRADE_RELEASED = pa.schema(
    [
        ("ent_id", pa.int64()),
        ("grading", pa.string()),
        ("grade_final", pa.string()),
        ("as_of", pa.date32()),
        ("model_version", pa.string()),
    ]
)
"""The result table read lagged: released grades of past months. Further columns are allowed."""

RESULT_LAYER = "rating"
RESULTS: Mapping[str, pa.Schema] = {"grade_released": GRADE_RELEASED}


def derived_schema(table: DerivedTable) -> pa.Schema:
    """Schema of a derived table as its header declares it."""
    return arrow_schema(table.columns.values())
