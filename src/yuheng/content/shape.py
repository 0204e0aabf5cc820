"""Arrow schemas of tables, from their declarations; system columns of standard tables; columns of result tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pyarrow as pa

from yuheng.content.schema import Column, StandardTable

_TYPES: Mapping[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "SMALLINT": pa.int16(),
    "TINYINT": pa.int8(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")

SYSTEM = pa.schema(
    [
        ("ent_id", pa.int64()),
        ("link_basis", pa.string()),
        ("source", pa.string()),
        ("source_key", pa.string()),
        ("event_date", pa.date32()),
        ("known_from", pa.date32()),
        ("known_to", pa.date32()),
        ("op", pa.string()),
        ("known_basis", pa.string()),
        ("is_simulated", pa.int16()),
        ("batch_id", pa.string()),
        ("src_file", pa.string()),
        ("src_row", pa.int64()),
        ("row_hash", pa.int64()),
        ("quality_flag", pa.string()),
    ]
)
"""Columns every standard table begins with: the firm, the two clocks, the origin, the checks the row did not pass."""

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

RESULTS: Mapping[str, pa.Schema] = {"grade_released": GRADE_RELEASED}
"""Tables made above the library that derived tables may read, lagged."""


def arrow_type(column_type: str) -> pa.DataType:
    """The Arrow type of a declared column type such as `DECIMAL(18,6)`."""
    if found := _DECIMAL.fullmatch(column_type):
        return pa.decimal128(int(found[1]), int(found[2]))
    return _TYPES[column_type]


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """Schema of declared columns, in their order."""
    return pa.schema([(c.name, arrow_type(c.type)) for c in columns])


def standard_schema(table: StandardTable) -> pa.Schema:
    """System columns, then the business columns (a business column named like a system column is that column)."""
    system = set(SYSTEM.names)
    return pa.schema([*SYSTEM, *(f for f in arrow_schema(table.columns) if f.name not in system)])
