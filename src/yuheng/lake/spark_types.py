"""Column types: Arrow's as Spark writes them, and what DuckDB would answer to a query, without any rows."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from yuheng.errors import LakeError
from yuheng.lake.text import Compiler
from yuheng.sql import Macro, Scalar, identifier

_NAMES: Mapping[pa.DataType, str] = {
    pa.null(): "VOID",
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INT",
    pa.int64(): "BIGINT",
    pa.uint8(): "SMALLINT",
    pa.uint16(): "INT",
    pa.uint32(): "BIGINT",
    pa.uint64(): "DECIMAL(20,0)",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.string(): "STRING",
    pa.large_string(): "STRING",
    pa.string_view(): "STRING",
    pa.binary(): "BINARY",
    pa.date32(): "DATE",
}


def spark_type(kind: pa.DataType) -> str:
    """The Spark SQL name of an Arrow type; unsigned numbers take the next wider one. Raises LakeError for others."""
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz else "TIMESTAMP_NTZ"
    if pa.types.is_list(kind):
        return f"ARRAY<{spark_type(kind.value_type)}>"
    if kind not in _NAMES:
        raise LakeError(f"Spark has no column type for {kind}", todo="Cast the column in the SQL.")
    return _NAMES[kind]


def spark_schema(schema: pa.Schema) -> str:
    """The schema as Spark's list of columns."""
    return ", ".join(f"{identifier(f.name, dialect='spark')} {spark_type(f.type)}" for f in schema)


class Shapes:
    """The tables and views of a session without their rows, in DuckDB.

    Content SQL means what DuckDB answers, and that includes names and types: `sum` of an INTEGER is HUGEINT, a day plus
    an interval is TIMESTAMP. Asking DuckDB itself is exact and finds unknown columns before Spark starts a job.
    """

    def __init__(self, macros: Mapping[str, Macro]) -> None:
        self._con = duckdb.connect(config={"threads": 1, "memory_limit": "256MB"})
        self._compile = Compiler("duckdb", macros)
        self._views: set[str] = set()
        self._tables: set[str] = set()

    def table(self, name: str, schema: pa.Schema) -> None:
        """Makes a table of these columns known."""
        self.drop(name)
        empty = schema.empty_table()
        self._con.register("__empty", empty)
        self._con.execute(f"create table {identifier(name)} as from __empty")
        self._con.unregister("__empty")
        self._tables.add(name)

    def view(self, name: str, sql: str, params: Mapping[str, Scalar] | None) -> None:
        """Makes a query known under a name. Raises LakeError when DuckDB would refuse it."""
        text = self._compile(sql, params)
        self.drop(name)
        self._run(f"create view {identifier(name)} as {text}")
        self._views.add(name)

    def of(self, sql: str, params: Mapping[str, Scalar] | None) -> pa.Schema:
        """Names and types of the query's columns in DuckDB."""
        text = self._compile(sql, params)
        try:
            return self._con.sql(text).limit(0).to_arrow_table().schema
        except duckdb.Error as error:
            raise _refused(text, error) from error

    def drop(self, name: str) -> None:
        """Forgets a name, if known."""
        if name in self._views:
            self._con.execute(f"drop view if exists {identifier(name)}")
        if name in self._tables:
            self._con.execute(f"drop table if exists {identifier(name)}")
        self._views.discard(name)
        self._tables.discard(name)

    def close(self) -> None:
        """Ends the session."""
        self._con.close()

    def _run(self, statement: str) -> None:
        try:
            self._con.execute(statement)
        except duckdb.Error as error:
            raise _refused(statement, error) from error


def _refused(text: str, error: Exception) -> LakeError:
    shown = text if len(text) <= 400 else f"{text[:400]} …"
    return LakeError(f"the query is not valid: {error}\nSQL: {shown}", todo="See the message above for what to change.")
