"""A lake in a temporary folder, an embedded engine, and a lease that can be lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from yuheng.errors import LeaseLost
from yuheng.lake import Engine, Lake, LakeTable, connect

SCHEMA = pa.schema(
    [("ent_id", pa.int64()), ("name", pa.string()), ("amount", pa.decimal128(18, 6)), ("day", pa.date32())]
)


class TestLease:
    """A lease that is held until `lost` is set."""

    __test__ = False

    def __init__(self) -> None:
        self.lost = False

    def check(self) -> None:
        """As `Lease.check`."""
        if self.lost:
            raise LeaseLost("taken by another writer")


@pytest.fixture
def lease() -> TestLease:
    """A held lease."""
    return TestLease()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """DuckDB with one thread."""
    duck = connect(threads=1, memory="1GB", spill=tmp_path / "spill")
    yield duck
    duck.close()


@pytest.fixture
def table(tmp_path: Path) -> LakeTable:
    """A table that does not exist yet."""
    return Lake(tmp_path / "lake").table("derived", "thing")


def put(
    table: LakeTable,
    engine: Engine,
    lease: TestLease,
    sql: str,
    *,
    slice: str | None = None,  # noqa: A002
    number: int = 1,
    schema: pa.Schema = SCHEMA,
) -> int:
    """Writes the rows of `sql` as the (slice of the) table."""
    files = engine.write(sql, table.staging("test"), order_by=["ent_id"])
    return table.replace(
        files,
        schema=schema,
        slice=slice,
        app_id=f"test/{slice}",
        app_version=number,
        lease=lease,
        based_on=table.version(),
    )


def rows(count: int, start: int = 0) -> str:
    """SQL of `count` rows of SCHEMA."""
    return (
        f"select cast(range as bigint) as ent_id, concat('firm ', range) as name, "
        "cast(range as decimal(18,6)) as amount, "
        f"cast(date '2024-01-01' + interval 1 day * (range % 28) as date) as day from range({start}, {start + count})"
    )
