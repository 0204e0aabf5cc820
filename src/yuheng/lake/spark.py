"""The scale-out engine: Spark on lists of Parquet files, so that it needs no Delta library.

It answers content SQL as DuckDB does: the text is carried over by `yuheng.sql`, and the columns of every result and of
every named step get the names and types DuckDB gives them (`yuheng.lake.spark_types`).
"""

from __future__ import annotations

import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from yuheng.errors import LakeError
from yuheng.lake.engine import ROW_GROUP, EngineName
from yuheng.lake.spark_session import failing, new_session
from yuheng.lake.spark_types import Shapes, spark_schema, spark_type
from yuheng.lake.text import Compiler
from yuheng.sql import Macro, Scalar, identifier

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType


_PARQUET: dict[str, str | int] = {"compression": "zstd", "parquet.block.row.count.limit": ROW_GROUP}
_SMALL = 4 * 2**20
"""Bytes up to which a table in memory travels inside the query plan."""
_PATTERN = re.compile(r"[\[\]{}*?\\]")


class SparkEngine:
    """`Engine` on Spark. Engines of a process share one Spark, each with names of its own."""

    name: EngineName = "spark"

    def __init__(
        self,
        *,
        macros: Mapping[str, Macro] | None = None,
        master: str = "local[*]",
        memory: str = "6GB",
        spill: Path | None = None,
    ) -> None:
        """`spill` holds stored steps and shuffle files; a cluster must reach it under the same path."""
        self._session = new_session(master, memory=memory, spill=spill)
        self._compile = Compiler("spark", macros or {})
        self._shapes = Shapes(macros or {})
        self._scratch = Path(tempfile.mkdtemp(prefix="steps-", dir=spill))
        self._names: set[str] = set()
        self._stored: dict[str, Path] = {}

    def scan(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        """See `Engine.scan`."""
        for path in files:
            _readable(path)
        with failing(f"reading the files of {name}", ""):
            self._files(files, schema).createOrReplaceTempView(name)
        self._forget(name)
        self._shapes.table(name, schema)

    def register(self, name: str, table: pa.Table) -> None:
        """See `Engine.register`."""
        plain = _plain(table)
        folder = self._scratch / uuid.uuid4().hex if plain.nbytes > _SMALL else None
        with failing(f"registering {name}", ""):
            if folder is None:
                frame = self._session.createDataFrame(plain)
            else:  # a large table inside a plan would be sent along with every task
                folder.mkdir()
                pq.write_table(plain, folder / "part.parquet", compression="zstd", row_group_size=ROW_GROUP)
                frame = self._files([folder / "part.parquet"], plain.schema)
            frame.createOrReplaceTempView(name)
        self._forget(name, folder)
        self._shapes.table(name, table.schema)

    def define(
        self, name: str, sql: str, *, params: Mapping[str, Scalar] | None = None, materialise: bool = False
    ) -> None:
        """See `Engine.define`. What is kept is written to the scratch folder and read from there."""
        if materialise:
            self._keep(name, sql, params)
            return
        schema = self._shapes.of(sql, params)
        text = self._compile(sql, params)
        with failing(f"defining {name}", text):
            columns = _casts(self._session.sql(text).schema, schema)
            if columns:
                text = f"select {', '.join(columns)} from ({text}) as q({', '.join(map(_quoted, schema.names))})"
            # As text, not as a frame: a view follows the names it reads when these come to stand for something else.
            self._session.sql(f"create or replace temporary view {_quoted(name)} as {text}")
        self._forget(name)
        self._shapes.view(name, sql, params)

    def _keep(self, name: str, sql: str, params: Mapping[str, Scalar] | None) -> None:
        shape = self._shapes.of(sql, params)
        schema = _storable(shape)
        text = self._compile(sql, params)
        folder = self._scratch / uuid.uuid4().hex
        with failing(f"defining {name}", text):
            self._frame(text, schema).write.options(**_PARQUET).parquet(str(folder))
            self._files(sorted(folder.glob("*.parquet")), schema).createOrReplaceTempView(name)
        self._forget(name, folder)
        self._shapes.table(name, shape)

    def drop(self, name: str) -> None:
        """See `Engine.drop`."""
        self._session.catalog.dropTempView(name)
        self._forget(name)
        self._names.discard(name)
        self._shapes.drop(name)

    def query(self, sql: str, *, params: Mapping[str, Scalar] | None = None) -> pa.Table:
        """See `Engine.query`."""
        schema = self._shapes.of(sql, params)
        text = self._compile(sql, params)
        with failing("query", text):
            return self._frame(text, schema).toArrow().cast(schema)

    def batches(
        self, sql: str, *, params: Mapping[str, Scalar] | None = None, rows: int = 100_000
    ) -> Iterator[pa.RecordBatch]:
        """See `Engine.batches`. The result passes through files, so that neither side holds it as a whole."""
        schema = self._shapes.of(sql, params)
        folder = self._scratch / uuid.uuid4().hex
        try:
            for path in self.write(sql, folder, params=params):
                for batch in pq.ParquetFile(path).iter_batches(batch_size=rows):
                    yield batch.cast(schema)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

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
        """See `Engine.write`. Tasks take rows as they come, so everything is sorted."""
        del in_order
        if shown != "*":
            # a view of its own: put into one text, the common tables of a union's parts would share their names
            name = f"shown_{uuid.uuid4().hex}"
            self.define(name, sql, params=params)
            try:
                return self.write(f"select {shown} from {name} t", directory, order_by=order_by)
            finally:
                self.drop(name)
        schema = _storable(self._shapes.of(sql, params))
        text = self._compile(sql, params)
        folder = directory / f"_spark-{uuid.uuid4().hex}"
        try:
            with failing("writing Parquet", text):
                directory.mkdir(parents=True, exist_ok=True)
                frame = self._frame(text, schema)
                if order_by:
                    frame = frame.sort(*(frame[_quoted(c)].asc_nulls_first() for c in order_by))
                frame.write.options(**_PARQUET).parquet(str(folder))
                written = [p for p in sorted(folder.glob("*.parquet")) if pq.read_metadata(p).num_rows]
                return [p.rename(directory / f"part-{n}.parquet") for n, p in enumerate(written)]
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def prepare(
        self,
        sql: str,
        *,
        params: Mapping[str, Scalar] | None = None,
        order_by: Sequence[str] = (),
        shown: str = "*",
        in_order: bool = False,
    ) -> None:
        """See `Engine.prepare`. Sorting is done on the frame and columns on a view, so the text is the query's own."""
        del order_by, shown, in_order
        self._compile(sql, params)

    def close(self) -> None:
        """See `Engine.close`. Spark itself runs on until the process ends."""
        for name in sorted(self._names):
            self._session.catalog.dropTempView(name)
        self._shapes.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _files(self, files: Sequence[Path], schema: pa.Schema) -> DataFrame:
        if not files:
            return self._session.createDataFrame(_plain(schema.empty_table()))
        # Spark reads paths as patterns, and a folder may hold brackets.
        paths = [_PATTERN.sub(r"\\\g<0>", str(path.resolve())) for path in files]
        return self._session.read.schema(spark_schema(schema)).parquet(*paths)

    def _frame(self, text: str, schema: pa.Schema) -> DataFrame:
        """The query, its columns named and typed as in `schema`."""
        frame = self._session.sql(text)
        columns = _casts(frame.schema, schema)
        return frame.toDF(*schema.names).selectExpr(*columns) if columns else frame

    def _forget(self, name: str, folder: Path | None = None) -> None:
        """Deletes the files of what the name stood for before; now it stands for those in `folder`, if any."""
        self._names.add(name)
        old = self._stored.pop(name, None)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
        if folder is not None:
            self._stored[name] = folder


def _casts(have: StructType, want: pa.Schema) -> list[str]:
    """The columns of a SELECT that gives them the wanted names and types; none when they have them already."""
    found = [(f.name, f.dataType.simpleString().upper()) for f in have.fields]
    wanted = [(f.name, spark_type(f.type)) for f in want]
    if found == wanted:
        return []
    return [_cast(name, kind, had) for (name, kind), (_, had) in zip(wanted, found, strict=True)]


def _cast(name: str, kind: str, had: str) -> str:
    column = _quoted(name)
    if kind == had:
        return column
    return f"null as {column}" if kind == "VOID" else f"cast({column} as {kind}) as {column}"


def _quoted(name: str) -> str:
    return identifier(name, dialect="spark")


def _readable(path: Path) -> None:
    try:
        pq.read_schema(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise LakeError(f"{path} cannot be read: {error}", todo="Restore the lake from its backup.") from error


def _storable(schema: pa.Schema) -> pa.Schema:
    """A bare NULL has no type of its own in a file: DuckDB stores it as INTEGER."""
    return pa.schema([f.with_type(pa.int32()) if pa.types.is_null(f.type) else f for f in schema])


def _plain(table: pa.Table) -> pa.Table:
    """The table in the Arrow types Spark takes (no dictionaries, views or unsigned numbers)."""
    return table.cast(pa.schema([pa.field(f.name, _plain_type(f.type)) for f in table.schema]))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_large_string(kind) or kind == pa.string_view():
        return pa.string()
    if pa.types.is_unsigned_integer(kind):
        widened = {8: pa.int16(), 16: pa.int32(), 32: pa.int64(), 64: pa.decimal128(20, 0)}
        return widened[kind.bit_width]
    return pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) else kind
