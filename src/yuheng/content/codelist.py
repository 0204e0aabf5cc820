"""Code lists: CSV files of national and own codes as Arrow tables.

Every value is text, save columns that are dates (`day`, `*_date`, `valid_from`, `valid_to`) or counts (`level`, `tier`,
`*_year`, `*_days`, `*_months`, `*_level`, `*_num`, `*_rank`, `*_points`, `*_no`, `is_*`): codes such as 0101 must keep
their zeros. An empty cell is NULL.
"""

from __future__ import annotations

import re

import pyarrow as pa
from pyarrow import csv as pa_csv

from yuheng.errors import ContentError

_DATE = re.compile(r".*_date|day|valid_from|valid_to")
_INTEGER = re.compile(r".*_(year|days|months|level|num|rank|points|no)|is_.*|year|days|months|level|tier")


def parse(body: bytes, path: str) -> pa.Table:
    """The list as a table; the first line names the columns."""
    header = body.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace").strip()
    if not header:
        raise ContentError("a code list begins with the names of its columns", path=path, line=1)
    names = header.split(",")
    types = {name: _type(name) for name in names}
    options = pa_csv.ConvertOptions(
        column_types=types, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True
    )
    try:
        return pa_csv.read_csv(pa.BufferReader(body), convert_options=options)
    except pa.ArrowInvalid as error:
        raise ContentError(f"not a code list: {error}", path=path, line=_line(error)) from error


def _type(name: str) -> pa.DataType:
    if _DATE.fullmatch(name):
        return pa.date32()
    return pa.int32() if _INTEGER.fullmatch(name) else pa.string()


def _line(error: pa.ArrowInvalid) -> int:
    found = re.search(r"[Rr]ow #(\d+)", str(error))
    return int(found[1]) if found else 1
