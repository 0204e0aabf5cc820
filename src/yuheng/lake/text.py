"""From the SQL callers give to the text an engine runs, remembered per text, values and macros."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping

from yuheng.sql import Dialect, Macro, Scalar, compile_sql

_CALL = re.compile(r"\b([a-z][a-z0-9_]*)\s*\(", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"(?<![:\w]):[a-z_]\w*", re.IGNORECASE)
_KEPT = 512


class Compiler:
    """Compiles for one dialect; compiling a wide plan takes tens of milliseconds, so the last 512 texts are kept."""

    def __init__(self, dialect: Dialect, macros: Mapping[str, Macro]) -> None:
        self._dialect = dialect
        self._macros = macros
        self._ours = {*macros, "hash63"}
        self._kept: OrderedDict[tuple[str, tuple[tuple[str, Scalar], ...]], str] = OrderedDict()

    def __call__(self, sql: str, params: Mapping[str, Scalar] | None = None) -> str:
        """The engine's text. DuckDB gets SQL that needs nothing from us as it is."""
        if self._dialect == "duckdb" and not params and not self._needs_us(sql):
            return sql
        key = (sql, tuple(sorted((params or {}).items())))
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        text = compile_sql(sql, params=params, macros=self._macros, dialect=self._dialect)
        self._kept[key] = text
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return text

    def _needs_us(self, sql: str) -> bool:
        called = {name.lower() for name in _CALL.findall(sql)}
        return bool(called & self._ours) or _PLACEHOLDER.search(sql) is not None
