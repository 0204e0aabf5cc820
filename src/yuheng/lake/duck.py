"""The embedded engine: DuckDB, one connection, spilling to the deployment's scratch folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from yuheng.errors import LakeError
from yuheng.lake.engine import ROW_GROUP, EngineName
from yuheng.lake.parts import in_order as put_in_order
from yuheng.lake.text import Compiler
from yuheng.sql import Macro, Scalar, identifier, literal


class DuckEngine:
    """`Engine` on DuckDB. Not for several threads at once: make one per thread."""

    name: EngineName = "duckdb"

    def __init__(
        self,
        *,
        macros: Mapping[str, Macro] | None = None,
        threads: int = 0,
        memory: str = "6GB",
        spill: Path | None = None,
    ) -> None:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "block_allocator_memory": memory,  # what is freed is kept: giving it back and forth costs a tenth of a run
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if threads:
            config["threads"] = threads
        if spill is not None:
            spill.mkdir(parents=True, exist_ok=True)
            config["temp_directory"] = str(spill)
        try:
            self._con = duckdb.connect(config=config)
            self._con.execute("set enable_progress_bar = false")  # on a terminal its bar would write over ours
        except duckdb.Error as error:
            raise LakeError(f"DuckDB does not start: {error}", todo="Check memory_limit and threads.") from error
        self._compile = Compiler("duckdb", macros or {})
        self._kinds: dict[str, Literal["arrow", "view", "table"]] = {}

    def scan(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        """See `Engine.scan`."""
        if not files:
            self.register(name, schema.empty_table())
            return
        self._name(name, "view", f"create view {identifier(name)} as {_scan_sql(files, schema)}")

    def register(self, name: str, table: pa.Table) -> None:
        """See `Engine.register`."""
        self.drop(name)
        self._con.register(name, table)
        self._kinds[name] = "arrow"

    def define(
        self, name: str, sql: str, *, params: Mapping[str, Scalar] | None = None, materialise: bool = False
    ) -> None:
        """See `Engine.define`."""
        text = self._compile(sql, params)
        if materialise:
            self._name(name, "table", f"create temporary table {identifier(name)} as {text}")
        else:
            self._name(name, "view", f"create view {identifier(name)} as {text}")

    def drop(self, name: str) -> None:
        """See `Engine.drop`."""
        match self._kinds.pop(name, None):
            case "arrow":
                self._con.unregister(name)
            case "view":
                self._con.execute(f"drop view if exists {identifier(name)}")
            case "table":
                self._con.execute(f"drop table if exists {identifier(name)}")

    def query(self, sql: str, *, params: Mapping[str, Scalar] | None = None) -> pa.Table:
        """See `Engine.query`."""
        text = self._compile(sql, params)
        try:
            return self._con.sql(text).to_arrow_table()
        except duckdb.Error as error:
            raise _failed("query", text, error) from error

    def batches(
        self, sql: str, *, params: Mapping[str, Scalar] | None = None, rows: int = 100_000
    ) -> Iterator[pa.RecordBatch]:
        """See `Engine.batches`. The connection is busy until the last piece was taken."""
        text = self._compile(sql, params)
        try:
            yield from self._con.sql(text).to_arrow_reader(rows)
        except duckdb.Error as error:
            raise _failed("query", text, error) from error

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
        """See `Engine.write`."""
        target = directory / "part-0.parquet"
        text = sql
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with self._writing():
                for keys in ((), order_by) if in_order and order_by else ():  # the bytes are the same either way
                    text = self._compile(_written(sql, keys, shown), params)
                    parts = self._copy_parts(text, directory, order_by[0])
                    if parts is not None:
                        return parts
                text = self._compile(_written(sql, order_by, shown), params)
                count = self._copy(text, target)
        except (duckdb.Error, OSError) as error:
            if target.exists():
                target.unlink()
            raise _failed("writing Parquet", text, error) from error
        if count:
            return [target]
        target.unlink()
        return []

    def _copy(self, text: str, target: Path, options: str = "") -> int:
        """Writes the rows of a query; returns how many."""
        options = f"format parquet, compression zstd, compression_level 1, row_group_size {ROW_GROUP}{options}"
        return int(self._con.execute(f"copy ({text}) to {literal(str(target))} ({options})").fetchall()[0][0])

    def _copy_parts(self, text: str, directory: Path, column: str) -> list[Path] | None:
        """Writes a file per row group, put in the order of `column`; None when that does not sort the rows.

        A thread takes one row group of a stored table at a time and looks its rows up in turn: what was sorted stays
        so within the row group, whichever file it gets into.
        """
        folder = directory / "_parts"
        try:
            if not self._copy(text, folder, ", row_groups_per_file 1"):
                return []
            files = put_in_order(folder.glob("*.parquet"), column)
            return files and [path.rename(directory / f"part-{n}.parquet") for n, path in enumerate(files)]
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Estimates are poor behind as-of filters; without them no wide table becomes the side kept in memory.

        Nobody waits for rows in their order of arrival; an ORDER BY is kept.
        """
        self._con.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
        self._con.execute("set preserve_insertion_order = false")
        try:
            yield
        finally:
            self._con.execute("reset disabled_optimizers")
            self._con.execute("reset preserve_insertion_order")

    def prepare(
        self,
        sql: str,
        *,
        params: Mapping[str, Scalar] | None = None,
        order_by: Sequence[str] = (),
        shown: str = "*",
        in_order: bool = False,
    ) -> None:
        """See `Engine.prepare`."""
        self._compile(_written(sql, () if in_order else order_by, shown), params)

    def close(self) -> None:
        """See `Engine.close`."""
        self._con.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The session's own connection, for what only DuckDB can do (reading CSV, the serving store)."""
        return self._con

    def _name(self, name: str, kind: Literal["view", "table"], statement: str) -> None:
        self.drop(name)
        try:
            self._con.execute(statement)
        except duckdb.Error as error:
            raise _failed(f"defining {name}", statement, error) from error
        self._kinds[name] = kind


def _written(sql: str, order_by: Sequence[str], shown: str) -> str:
    """What `write` puts into its files, as one query."""
    keys = ", ".join(f"{identifier(c)} nulls first" for c in order_by)
    rows = f"(select * from ({sql}) q order by {keys})" if order_by else f"({sql})"
    return f"select {shown} from {rows} t" if order_by or shown != "*" else sql


def _scan_sql(files: Sequence[Path], schema: pa.Schema) -> str:
    """One SELECT over the files, grouped by which of the columns they have."""
    groups: dict[frozenset[str], list[Path]] = {}
    wanted = set(schema.names)
    for path in files:
        try:
            present = frozenset(pq.read_schema(path).names) & wanted
        except (OSError, pa.ArrowInvalid) as error:
            raise LakeError(f"{path} cannot be read: {error}", todo="Restore the lake from its backup.") from error
        groups.setdefault(present, []).append(path)
    return " union all by name ".join(_group_sql(present, paths, schema) for present, paths in groups.items())


def _group_sql(present: frozenset[str], files: Sequence[Path], schema: pa.Schema) -> str:
    nothing = duckdb.from_arrow(schema.empty_table())
    kinds = dict(zip(nothing.columns, map(str, nothing.types), strict=True))
    columns = [identifier(c) if c in present else f"cast(null as {kinds[c]}) as {identifier(c)}" for c in schema.names]
    listed = ", ".join(literal(str(path)) for path in files)
    return f"select {', '.join(columns)} from read_parquet([{listed}], hive_partitioning = false)"


def _failed(doing: str, sql: str, error: Exception) -> LakeError:
    shown = sql if len(sql) <= 400 else f"{sql[:400]} …"
    return LakeError(f"{doing} failed: {error}\nSQL: {shown}", todo="See the message above for what to change.")
