"""Versions, slices, conflicts, leases and leftovers of a lake table."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.lake.conftest import SCHEMA, TestLease, put, rows
from yuheng.errors import CommitConflict, LakeError, LeaseLost
from yuheng.lake import Engine, Lake, LakeTable


def test_a_table_that_was_never_written(table: LakeTable) -> None:
    assert not table.exists()
    assert (table.version(), table.files(), table.slices(), table.rows(), table.landed("x")) == (-1, [], [], 0, None)
    with pytest.raises(LakeError, match="derived/thing"):
        table.schema()


def test_slices_are_replaced_alone_and_old_versions_stay(table: LakeTable, engine: Engine, lease: TestLease) -> None:
    put(table, engine, lease, rows(5), slice="2024-01-31")
    put(table, engine, lease, rows(7), slice="2024-02-29")
    put(table, engine, lease, rows(2), slice="2024-01-31", number=2)
    assert table.version() == 2
    assert table.slices() == ["2024-01-31", "2024-02-29"]
    assert (table.rows(), table.rows(slice="2024-01-31"), table.rows(version=1)) == (9, 2, 12)
    assert [pq.read_metadata(f).num_rows for f in table.files(version=0)] == [5]
    assert (table.landed("test/2024-01-31"), table.landed("test/2024-02-29"), table.landed("other")) == (2, 1, None)
    assert table.schema() == SCHEMA


def test_an_empty_replacement_removes_the_slice(table: LakeTable, engine: Engine, lease: TestLease) -> None:
    put(table, engine, lease, rows(5), slice="a")
    put(table, engine, lease, rows(0), slice="a", number=2)
    assert table.exists()
    assert (table.slices(), table.rows()) == ([], 0)


def test_a_first_commit_may_be_empty(table: LakeTable, engine: Engine, lease: TestLease) -> None:
    put(table, engine, lease, rows(0))
    assert (table.version(), table.rows(), table.schema()) == (0, 0, SCHEMA)


def test_append_keeps_what_is_there(table: LakeTable, engine: Engine, lease: TestLease) -> None:
    put(table, engine, lease, rows(5))
    files = engine.write(rows(3, 5), table.staging("more"))
    table.append(files, schema=SCHEMA, app_id="a", app_version=1, lease=lease, based_on=0, also={"batch-1": 1})
    assert (table.rows(), len(table.files()), table.landed("batch-1")) == (8, 2, 1)


def test_files_of_a_slice_stay_in_their_order(table: LakeTable, lease: TestLease) -> None:
    folder = table.staging("parts")
    files = [folder / f"part-{n}.parquet" for n in range(12)]
    for number, path in enumerate(files):
        pq.write_table(pa.table({"ent_id": pa.array([number], pa.int64())}), path)
    schema = pa.schema([("ent_id", pa.int64())])
    table.replace(files, schema=schema, slice="m", app_id="a", app_version=1, lease=lease, based_on=-1)
    found = [pq.read_table(path, partitioning=None)["ent_id"][0].as_py() for path in table.files(slice="m")]
    assert found == list(range(12))


def test_a_stale_writer_is_refused(table: LakeTable, engine: Engine, lease: TestLease) -> None:
    put(table, engine, lease, rows(5))
    files = engine.write(rows(3), table.staging("late"))
    with pytest.raises(CommitConflict, match="at version 0, not -1"):
        table.replace(files, schema=SCHEMA, app_id="a", app_version=1, lease=lease, based_on=-1)
    assert table.rows() == 5


def test_a_lost_lease_commits_nothing(table: LakeTable, engine: Engine, lease: TestLease) -> None:
    put(table, engine, lease, rows(5))
    files = engine.write(rows(3), table.staging("late"))
    lease.lost = True
    with pytest.raises(LeaseLost):
        table.replace(files, schema=SCHEMA, app_id="a", app_version=1, lease=lease, based_on=0)
    assert (table.version(), table.rows()) == (0, 5)


def test_columns_are_only_added(table: LakeTable, engine: Engine, lease: TestLease) -> None:
    put(table, engine, lease, rows(2), slice="old")
    wider = SCHEMA.append(pa.field("extra", pa.int16()))
    put(table, engine, lease, f"select *, cast(7 as smallint) as extra from ({rows(1)})", slice="new", schema=wider)
    engine.scan("thing", table.files(), wider)
    found = engine.query("select ent_id, extra from thing order by extra nulls first, ent_id").to_pydict()
    assert found == {"ent_id": [0, 1, 0], "extra": [None, None, 7]}
    with pytest.raises(LakeError, match=r"disappeared.*extra"):
        put(table, engine, lease, rows(1), slice="old", number=3)
    with pytest.raises(LakeError, match=r"another type.*day"):
        put(table, engine, lease, rows(1), number=4, schema=wider.set(3, pa.field("day", pa.string())))


def test_vacuum_keeps_live_versions(table: LakeTable, engine: Engine, lease: TestLease) -> None:
    for number in (1, 2, 3):
        put(table, engine, lease, rows(number), slice="m", number=number)
    unfinished = table.staging("killed")
    (unfinished / "part-0.parquet").write_bytes(b"half")
    os.utime(unfinished, (0, 0))
    assert table.vacuum(keep=[0], hours=0) == 1
    assert [pq.read_metadata(f).num_rows for f in (*table.files(version=0), *table.files())] == [1, 3]
    assert not unfinished.exists()
    assert not any(f.exists() for f in table.files(version=1))


def test_statistics_stand_in_the_commit(table: LakeTable, engine: Engine, lease: TestLease) -> None:
    from deltalake import DeltaTable

    put(table, engine, lease, f"select ent_id, nullif(name, 'firm 3') as name, amount, day from ({rows(40)})")
    action = pa.table(DeltaTable(table.path).get_add_actions(flatten=True)).to_pylist()[0]
    assert (action["num_records"], action["min.ent_id"], action["max.ent_id"], action["null_count.name"]) == (
        40,
        0,
        39,
        1,
    )
    assert (action["min.day"].isoformat(), action["max.day"].isoformat()) == ("2024-01-01", "2024-01-28")


def test_the_lake_lists_its_tables(tmp_path: Path, engine: Engine, lease: TestLease) -> None:
    lake = Lake(tmp_path / "lake")
    for layer, name in (("standard", "b"), ("derived", "a")):
        put(lake.table(layer, name), engine, lease, rows(1))
    assert lake.tables() == [("derived", "a"), ("standard", "b")]
