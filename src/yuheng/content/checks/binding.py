"""What the database would say: content SQL bound to empty tables, never run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

import duckdb
import pyarrow as pa
from sqlglot import exp

from yuheng.errors import SqlError
from yuheng.sql import Macro, Scalar, compile_sql, identifier, parse

DAY = date(2024, 1, 31)
"""Any day: it stands for :as_of and :received while SQL is bound."""

TypeClass = Literal["number", "text", "date", "timestamp", "boolean", "null", "other"]

_MISSING = re.compile(r'(?:Referenced column|column named|Referenced table) "([^"]+)"')
_CLASSES: Mapping[str, TypeClass] = {
    "VARCHAR": "text",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BOOLEAN": "boolean",
    '"NULL"': "null",
    "NULL": "null",
    "INTEGER": "number",
    "BIGINT": "number",
    "SMALLINT": "number",
    "TINYINT": "number",
    "HUGEINT": "number",
    "DOUBLE": "number",
    "FLOAT": "number",
}


class BindError(Exception):
    """The database refuses; `name` is the column or table it could not find, when it says so."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        found = _MISSING.search(message)
        self.name = found[1] if found else None


class Binder:
    """A database in memory with empty tables."""

    def __init__(self, macros: Mapping[str, Macro]) -> None:
        self._connection = duckdb.connect(config={"threads": 1})
        waiting = list(macros.values())
        while left := [macro for macro in waiting if not self._macro(macro)]:
            if len(left) == len(waiting):
                break  # told by the check of macros; a call of one of these is then an unknown function
            waiting = left

    def _macro(self, macro: Macro) -> bool:
        """Makes the macro one of the database's own, which binds far faster than a syntax tree with it expanded.

        False when it cannot be made, which may be because it calls one that is not there yet.
        """
        params = ", ".join(identifier(name) for name in macro.params)
        try:
            body = compile_sql(parse(macro.body))
            self._connection.execute(f"create macro {identifier(macro.name)}({params}) as ({body})")
        except (SqlError, duckdb.Error):
            return False
        return True

    def table(self, name: str, schema: pa.Schema) -> None:
        """Declares an empty table, in place of an earlier one of that name."""
        self._connection.register(name, schema.empty_table())

    def columns(self, tree: exp.Expr) -> dict[str, str]:
        """Column -> type of the result. Raises BindError."""
        used = {node.name for node in tree.find_all(exp.Placeholder)}
        given: dict[str, Scalar] = {name: DAY for name in ("as_of", "received") if name in used}
        text = compile_sql(tree, params=given)
        try:
            rows = self._connection.execute(f"describe {text}").fetchall()
        except duckdb.Error as error:
            raise BindError(_plain(str(error))) from error
        return {str(row[0]): str(row[1]) for row in rows}

    def close(self) -> None:
        """Gives the database up."""
        self._connection.close()


def type_class(column_type: str) -> TypeClass:
    """The family of a column type."""
    return "number" if column_type.startswith("DECIMAL") else _CLASSES.get(column_type, "other")


def select(expression: exp.Expr, relation: str, alias: str | None = None) -> exp.Expr:
    """`select (expression) from relation alias`, as a tree."""
    source = f"{identifier(relation)} {alias or ''}"
    return exp.select(exp.paren(expression.copy())).from_(source, dialect="duckdb")


def _plain(message: str) -> str:
    """The database's message without the SQL it shows and without what can change from version to version."""
    first = message.split("\n\nLINE", 1)[0].split("\nLINE", 1)[0]
    return " ".join(first.split())
