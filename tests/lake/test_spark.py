"""The scale-out engine keeps the same promises as the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.lake.conftest import SCHEMA
from tests.lake.conftest import TestLease as HeldLease
from tests.spark import spark_engine
from yuheng.errors import LakeError, SqlError
from yuheng.lake import Engine, Lake, connect
from yuheng.sql import load_macros

pytestmark = pytest.mark.spark

MACROS = load_macros("-- macro: twice(x)\n-- Doubles.\nx * 2\n;\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine's scratch folder."""
    return tmp_path_factory.mktemp("spill")


@pytest.fixture(scope="module")
def spark(folder: Path) -> Iterator[Engine]:
    """Spark on two threads."""
    engine = spark_engine(MACROS, folder)
    yield engine
    engine.close()
    assert list(folder.glob("steps-*/*")) == []


def table(count: int, start: int = 0) -> pa.Table:
    """`count` rows of SCHEMA."""
    ids = range(start, start + count)
    return pa.table(
        {
            "ent_id": list(ids),
            "name": [f"firm {i}" for i in ids],
            "amount": [Decimal(i) for i in ids],
            "day": [date(2024, 1, 1 + i % 28) for i in ids],
        },
        schema=SCHEMA,
    )


def test_a_name_may_change_what_it_stands_for(spark: Engine, folder: Path) -> None:
    spark.register("x", pa.table({"a": [1]}))
    spark.define("y", "select a + 1 as a from x")
    spark.define("x", "select 2 as a")
    spark.define("x", "select 3 as a", materialise=True)
    assert spark.query("select a from y")["a"].to_pylist() == [4]
    spark.register("x", pa.table({"a": [4]}))
    assert spark.query("select a from x")["a"].to_pylist() == [4]
    assert list(folder.glob("steps-*/*")) == []
    spark.drop("x")
    spark.drop("x")
    with pytest.raises(LakeError, match="x"):
        spark.query("select a from x")
    spark.drop("y")


def test_engines_do_not_see_each_other(spark: Engine, folder: Path) -> None:
    other = spark_engine({}, folder)
    other.register("mine", pa.table({"a": [1]}))
    with pytest.raises(LakeError, match="mine"):
        spark.query("select a from mine")
    other.close()
    assert spark.query("select 1 as a")["a"].to_pylist() == [1]


def test_values_are_bound_and_macros_expanded(spark: Engine) -> None:
    spark.register("one", pa.table({"n": pa.array([0], pa.int64())}))
    found = spark.query("select twice(n) as n, :day as d, hash63('a') as h from one", params={"day": date(2024, 2, 29)})
    assert found.to_pylist() == [{"n": 0, "d": date(2024, 2, 29), "h": int("0cc175b9c0f1b6a", 16)}]
    with pytest.raises(SqlError, match=":day"):
        spark.query("select 1 as a where :day > 1")


def test_types_are_those_of_the_embedded_engine(spark: Engine) -> None:
    data = pa.table(
        {
            "i8": pa.array([1, None], pa.int8()),
            "i16": pa.array([2, None], pa.int16()),
            "i32": pa.array([3, None], pa.int32()),
            "i64": pa.array([4, None], pa.int64()),
            "f": pa.array([0.1, None], pa.float64()),
            "m": pa.array([Decimal("1.234567"), None], pa.decimal128(18, 6)),
            "s": pa.array(["中文", None], pa.string()),
            "d": pa.array([date(2024, 2, 29), None], pa.date32()),
            "t": pa.array([datetime(2024, 2, 29, 1, 2, 3), None], pa.timestamp("us")),  # noqa: DTZ001
            "b": pa.array([True, None], pa.bool_()),
            "n": pa.nulls(2),
            "e": pa.array(["x", None]).dictionary_encode(),
        }
    )
    duck = connect(threads=1)
    sql = (
        "select *, i8 + i16 as i, i64 * 2 as j, m * 2 as m2, d + 1 as d1, null as nothing, "
        "cast(d + interval 1 month as date) as d2 from data order by i8"
    )
    for engine in (spark, duck):
        engine.register("data", data)
        engine.define("step", sql)
        engine.define(
            "kept", "select sum(i32) as s, sum(m) as sm, count(*), max(n) as n, avg(i8) from data", materialise=True
        )
    for text in (sql, "select * from step order by i8", "select * from kept", "select count(*), sum(i8) from data"):
        ours, theirs = spark.query(text), duck.query(text)
        assert ours.schema == theirs.schema
        assert ours.to_pylist() == theirs.to_pylist()
    duck.close()


def test_files_are_read_by_name(spark: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "a [1] {b}*" / "slice=2024-01-31"
    folder.mkdir(parents=True)
    old, new = folder / "old 1.parquet", folder / "new%20.parquet"
    pq.write_table(table(2).select(["name", "ent_id"]), old)
    pq.write_table(table(2, 2), new)
    schema = SCHEMA.append(pa.field("slice", pa.string()))
    spark.scan("mixed", [old, new], schema)
    found = spark.query("select * from mixed order by ent_id")
    assert found.schema == schema
    assert found["name"].to_pylist() == [f"firm {i}" for i in range(4)]
    assert found["amount"].to_pylist() == [None, None, 2, 3]
    assert found["slice"].null_count == 4


def test_columns_are_put_on_behind_the_sort(spark: Engine, tmp_path: Path) -> None:
    """The parts of the union have common tables of the same names."""
    spark.register("numbers", pa.table({"k": [0, 1, 2]}))
    part = "select {} as place, p.* from (with kept as (select k from numbers where k < {}) select k from kept) p"
    sql = " union all ".join(part.format(place, rows) for place, rows in enumerate((3, 2)))
    shown = "t.k, case t.place when 0 then 'A' else 'B' end as letter"
    paths = spark.write(sql, tmp_path / "out", order_by=["k"], shown=shown)
    read = pa.concat_tables([pq.read_table(path) for path in paths]).to_pydict()
    assert read["k"] == [0, 0, 1, 1, 2]
    assert sorted(zip(read["k"], read["letter"], strict=True)) == [(0, "A"), (0, "B"), (1, "A"), (1, "B"), (2, "A")]


def test_written_rows_are_sorted_and_read_back(spark: Engine, tmp_path: Path) -> None:
    spark.register("firms", table(1000))
    paths = spark.write("select * from firms", tmp_path / "out", order_by=["day", "ent_id"])
    assert sorted((tmp_path / "out").iterdir()) == paths
    read = pa.concat_tables([pq.read_table(path) for path in paths])
    assert read.schema == SCHEMA
    keys = list(zip(read["day"].to_pylist(), read["ent_id"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert pq.read_metadata(paths[0]).row_group(0).column(0).compression == "ZSTD"
    spark.scan("again", paths, SCHEMA)
    assert spark.query("select count(*) as n from again")["n"].to_pylist() == [1000]
    assert sum(b.num_rows for b in spark.batches("select * from again", rows=100)) == 1000


def test_rows_said_to_come_in_order_are_sorted_all_the_same(spark: Engine, tmp_path: Path) -> None:
    spark.register("firms", table(1000))
    spark.define("kept", "select ent_id, name from firms order by ent_id desc", materialise=True)
    paths = spark.write("select * from kept", tmp_path / "out", order_by=["ent_id"], in_order=True)
    found = [i for path in paths for i in pq.read_table(path)["ent_id"].to_pylist()]
    assert found == list(range(1000))


def test_row_groups_are_those_of_the_embedded_engine(spark: Engine, tmp_path: Path) -> None:
    spark.register("many", pa.table({"a": range(200_000)}))
    (path,) = spark.write("select a from many", tmp_path, order_by=["a"])
    footer = pq.read_metadata(path)
    assert [footer.row_group(i).num_rows for i in range(footer.num_row_groups)] == [122_880, 77_120]


def test_a_large_table_in_memory_is_registered_through_a_file(spark: Engine, folder: Path) -> None:
    before = set(folder.glob("steps-*/*"))
    spark.register("large", pa.table({"a": range(600_000)}))
    assert len(set(folder.glob("steps-*/*")) - before) == 1
    assert spark.query("select sum(a) as s from large")["s"].to_pylist() == [600_000 * 599_999 // 2]
    spark.drop("large")


def test_no_rows_no_files(spark: Engine, tmp_path: Path) -> None:
    spark.scan("nothing", [], SCHEMA)
    assert spark.query("select * from nothing").schema == SCHEMA
    assert spark.write("select * from nothing", tmp_path / "out", order_by=["ent_id"]) == []
    assert list((tmp_path / "out").iterdir()) == []


def test_a_failed_write_leaves_nothing(spark: Engine, tmp_path: Path) -> None:
    spark.register("words", pa.table({"a": ["1", "x"]}))
    with pytest.raises(LakeError, match="CAST_INVALID_INPUT"):
        spark.write("select cast(a as integer) as a from words", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeError, match="writing Parquet failed"):
        spark.write("select 1 as a", tmp_path / "file" / "out")


def test_a_damaged_file_is_named(spark: Engine, tmp_path: Path) -> None:
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1 no")
    with pytest.raises(LakeError, match=r"bad\.parquet"):
        spark.scan("bad", [bad], SCHEMA)


def test_an_unknown_column_is_found_before_a_job_starts(spark: Engine) -> None:
    spark.register("known", pa.table({"a": [1]}))
    with pytest.raises(LakeError, match="nowhere"):
        spark.define("step", "select nowhere from known")


def test_a_lake_table_goes_through_both_engines(spark: Engine, engine: Engine, tmp_path: Path) -> None:
    target = Lake(tmp_path / "lake").table("derived", "thing")
    spark.register("firms", table(50))
    files = spark.write("select * from firms", target.staging("spark"), order_by=["ent_id"])
    target.replace(files, schema=SCHEMA, slice="2024-01-31", app_id="a", app_version=1, lease=HeldLease(), based_on=-1)
    assert (target.rows(), target.schema()) == (50, SCHEMA)
    for reader in (spark, engine):
        reader.scan("thing", target.files(), target.schema())
    sql = "select * from thing order by ent_id"
    assert spark.query(sql) == engine.query(sql) == table(50)


def test_without_java_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr("yuheng.lake.spark_session._running", {})
    with pytest.raises(LakeError, match="Java 17"):
        connect(engine="spark")


def test_without_pyspark_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    monkeypatch.setattr("yuheng.lake.spark_session._running", {})
    with pytest.raises(LakeError, match=r"yuheng\[spark\]"):
        connect(engine="spark")
