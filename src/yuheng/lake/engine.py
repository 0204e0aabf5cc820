"""What an engine can do: the narrow seam between content SQL and whatever runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

import pyarrow as pa

from yuheng.sql import Macro, Scalar

EngineName = Literal["duckdb", "spark"]

ROW_GROUP = 122_880
"""Rows of a Parquet row group: DuckDB's own vector group, so that a scan splits evenly over threads."""


class Engine(Protocol):
    """Runs content SQL (DuckDB's dialect; macros are expanded and `:name` values bound on the way in).

    Names are plain and belong to the engine's own session; giving a name again replaces what it stood for.
    """

    @property
    def name(self) -> EngineName:
        """Which engine it is."""
        ...

    def scan(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        """Makes Parquet files readable as a table with exactly the columns of `schema`.

        No files give an empty table; a column older files do not have is NULL in their rows.
        """
        ...

    def register(self, name: str, table: pa.Table) -> None:
        """Makes a table in memory readable."""
        ...

    def define(
        self, name: str, sql: str, *, params: Mapping[str, Scalar] | None = None, materialise: bool = False
    ) -> None:
        """Names a query: computed anew at each use, or once and kept (spilling to disk) with `materialise`."""
        ...

    def drop(self, name: str) -> None:
        """Forgets a name; one that is unknown is no error."""
        ...

    def query(self, sql: str, *, params: Mapping[str, Scalar] | None = None) -> pa.Table:
        """The whole result as an Arrow table."""
        ...

    def batches(
        self, sql: str, *, params: Mapping[str, Scalar] | None = None, rows: int = 100_000
    ) -> Iterator[pa.RecordBatch]:
        """The result in pieces of about `rows` rows."""
        ...

    def write(
        self,
        sql: str,
        directory: Path,
        *,
        params: Mapping[str, Scalar] | None = None,
        order_by: Sequence[str] = (),
        shown: str = "*",
        in_order: bool = False,
    ) -> list[Path]:
        """Writes the result as Parquet (zstd) into the folder, rows in the order of the columns `order_by`.

        Without it rows come in the order of `sql`'s own ORDER BY, or in any: sorting wide rows takes long.

        `shown` is the list of columns to write, as SQL over a row `t` of the result (default: all of it), put on after
        sorting: what is the same for many rows need not be carried along. Columns of `order_by` must be among them.
        `in_order`: the first table `sql` reads is stored in that order and gives one row for each of its rows, told
        apart by the first of those columns; an engine that keeps the order need not sort. There may be several files.
        Joins may run as written: the first table is read through, the others are looked up.
        Returns the files, in order; an empty result gives none. Raises LakeError when the disk refuses.
        """
        ...

    def prepare(
        self,
        sql: str,
        *,
        params: Mapping[str, Scalar] | None = None,
        order_by: Sequence[str] = (),
        shown: str = "*",
        in_order: bool = False,
    ) -> None:
        """Translates the text of a later `write` in advance; may run in a thread beside the engine's work."""
        ...

    def close(self) -> None:
        """Releases memory and scratch files."""
        ...


def connect(
    *,
    engine: EngineName = "duckdb",
    macros: Mapping[str, Macro] | None = None,
    threads: int = 0,
    memory: str = "6GB",
    spill: Path | None = None,
    master: str = "local[*]",
) -> Engine:
    """An engine with a session of its own.

    `threads` 0 = all cores; `memory` caps DuckDB, and the heap of a Spark on this machine; `spill` is the folder for
    what does not fit; `master` is Spark's address. Raises LakeError when the engine is not installed or does not start.
    """
    if engine == "spark":
        from yuheng.lake.spark import SparkEngine  # the extra `spark` is only needed here

        return SparkEngine(macros=macros or {}, master=master, memory=memory, spill=spill)
    from yuheng.lake.duck import DuckEngine

    return DuckEngine(macros=macros or {}, threads=threads, memory=memory, spill=spill)
