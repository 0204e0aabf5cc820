"""Code lists: what translates must be unique, what is named must have one name."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from yuheng.content.checks.context import Checker

KEYS = ("code", "local")
"""Columns a list is looked up by where nothing else is said."""


def check_codes(checker: Checker) -> None:
    """Every list by itself."""
    for name, rows in checker.store.code_lists.items():
        if "local" in rows.column_names:
            _unique(checker, name, rows, "local")
        elif {"code", "name_zh"} <= set(rows.column_names):
            _unique(checker, name, rows, "code")
        if {"valid_from", "valid_to"} <= set(rows.column_names):
            wrong = pc.greater_equal(rows["valid_from"], rows["valid_to"])
            for line in _lines(wrong):
                checker.at(f"codes/{name}.csv", line, "valid_to must lie after valid_from")


def _unique(checker: Checker, name: str, rows: pa.Table, column: str) -> None:
    for key, line in repeated(rows, column):
        checker.at(f"codes/{name}.csv", line, f"{column} {key!r} stands twice in the list")


def repeated(rows: pa.Table, column: str) -> list[tuple[str, int]]:
    """Values of a column that stand there more than once, each with the line of its last row."""
    values = rows[column].to_pylist()
    counts = Counter(value for value in values if value is not None)
    last = {value: line for line, value in enumerate(values, 2)}
    return [(str(value), last[value]) for value, n in counts.items() if n > 1]


def values_of(checker: Checker, code_list: str, column: str) -> set[str]:
    """The values of a column of a code list, without null; empty when there is no such list or column."""
    rows = checker.store.code_lists.get(code_list)
    if rows is None or column not in rows.column_names:
        return set()
    return {str(value) for value in rows[column].to_pylist() if value is not None}


def _lines(mask: pa.ChunkedArray) -> list[int]:
    return [line for line, wrong in enumerate(mask.to_pylist(), 2) if wrong]
