"""From the SQL callers give to the text an engine runs, remembered per text, values and macros."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import ClassVar

from yuheng.sql import Dialect, Macro, Scalar, compile_sql

_CALL = re.compile(r"\b([a-z][a-z0-9_]*)\s*\(", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"(?<![:\w]):[a-z_]\w*", re.IGNORECASE)
_KEPT = 1024
_Values = tuple[tuple[str, str], ...]
"""Name, type and value as text: 1, 1.0 and true are equal, but not the same SQL."""


class Compiler:
    """Compiles for one dialect; compiling a wide plan takes tens of milliseconds, so the last 1,024 texts are kept.

    All engines of a process share them: a run opens one engine after the other and asks for the same texts.
    """

    _kept: ClassVar[OrderedDict[tuple[Dialect, frozenset[Macro], str, _Values], str]] = OrderedDict()
    _lock: ClassVar[Lock] = Lock()

    def __init__(self, dialect: Dialect, macros: Mapping[str, Macro]) -> None:
        self._dialect = dialect
        self._macros = macros
        self._ours = {*macros, "hash63"}
        self._meaning = frozenset(macros.values())

    def __call__(self, sql: str, params: Mapping[str, Scalar] | None = None) -> str:
        """The engine's text. DuckDB gets SQL that needs nothing from us as it is."""
        if self._dialect == "duckdb" and not params and not self._needs_us(sql):
            return sql
        values = tuple((name, f"{type(value).__name__} {value!r}") for name, value in sorted((params or {}).items()))
        key = (self._dialect, self._meaning, sql, values)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        text = compile_sql(sql, params=params, macros=self._macros, dialect=self._dialect)
        with self._lock:
            self._kept[key] = text
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return text

    def _needs_us(self, sql: str) -> bool:
        called = {name.lower() for name in _CALL.findall(sql)}
        return bool(called & self._ours) or _PLACEHOLDER.search(sql) is not None
