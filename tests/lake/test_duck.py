"""The embedded engine: names, parameters, macros, files, errors."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.lake.conftest import SCHEMA, rows
from yuheng.errors import LakeError, SqlError
from yuheng.lake import Engine, connect
from yuheng.lake.duck import DuckEngine
from yuheng.lake.engine import ROW_GROUP
from yuheng.lake.parts import in_order
from yuheng.sql import load_macros


def test_a_name_may_change_what_it_stands_for(engine: Engine) -> None:
    engine.register("x", pa.table({"a": [1]}))
    engine.define("x", "select 2 as a")
    engine.define("x", "select 3 as a", materialise=True)
    engine.register("x", pa.table({"a": [4]}))
    assert engine.query("select a from x")["a"].to_pylist() == [4]
    engine.drop("x")
    engine.drop("x")
    with pytest.raises(LakeError, match="x"):
        engine.query("select a from x")


def test_values_are_bound_and_macros_expanded() -> None:
    macros = load_macros("-- macro: twice(x)\n-- Doubles.\nx * 2\n;\n")
    engine = connect(macros=macros, threads=1)
    found = engine.query(
        "select twice(n) as n, :day as d, hash63('a') as h from range(1) t(n)", params={"day": date(2024, 2, 29)}
    )
    assert found.to_pylist() == [{"n": 0, "d": date(2024, 2, 29), "h": int("0cc175b9c0f1b6a", 16)}]
    with pytest.raises(SqlError, match=":day"):
        engine.query("select 1 as a where :day > 1")


def test_written_rows_are_sorted_and_read_back(engine: Engine, tmp_path: Path) -> None:
    (path,) = engine.write(rows(1000), tmp_path / "out", order_by=["day", "ent_id"])
    read = pq.read_table(path)
    assert read.schema == SCHEMA
    keys = list(zip(read["day"].to_pylist(), read["ent_id"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    engine.scan("again", [path], SCHEMA)
    assert engine.query("select count(*) as n from again")["n"].to_pylist() == [1000]
    assert sum(b.num_rows for b in engine.batches("select * from again", rows=100)) == 1000


def test_columns_are_put_on_behind_the_sort(engine: Engine, tmp_path: Path) -> None:
    """The parts of the union have common tables of the same names."""
    engine.register("numbers", pa.table({"k": [0, 1, 2]}))
    part = "select {} as place, p.* from (with kept as (select k from numbers where k < {}) select k from kept) p"
    sql = " union all ".join(part.format(place, rows) for place, rows in enumerate((3, 2)))
    shown = "t.k, case t.place when 0 then 'A' else 'B' end as letter"
    paths = engine.write(sql, tmp_path / "out", order_by=["k"], shown=shown)
    read = pa.concat_tables([pq.read_table(path) for path in paths]).to_pydict()
    assert read["k"] == [0, 0, 1, 1, 2]
    assert sorted(zip(read["k"], read["letter"], strict=True)) == [(0, "A"), (0, "B"), (1, "A"), (1, "B"), (2, "A")]


def test_no_rows_no_files(engine: Engine, tmp_path: Path) -> None:
    assert engine.write(rows(0), tmp_path / "out") == []
    engine.scan("nothing", [], SCHEMA)
    assert engine.query("select * from nothing").schema == SCHEMA


def test_a_failed_write_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="Conversion"):
        engine.write("select cast('x' || range as integer) as a from range(10)", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeError, match="writing Parquet failed"):
        engine.write("select 1 as a", tmp_path / "file" / "out")


def test_a_damaged_file_is_named(engine: Engine, tmp_path: Path) -> None:
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1 no")
    with pytest.raises(LakeError, match=r"bad\.parquet"):
        engine.scan("bad", [bad], SCHEMA)


def test_nothing_is_fetched_from_outside(engine: Engine) -> None:
    with pytest.raises(LakeError, match=r"(?i)extension"):
        engine.query("select * from read_xlsx('x.xlsx')")


def joined(engine: Engine, firms: str) -> str:
    """Firms stored as `firms` picks them, and a query that looks each up in a table in another order."""
    engine.define("firm", firms, materialise=True)
    engine.define(
        "fact",
        "select cast(range * 3 as bigint) as ent_id, range * 0.37 as amount, concat('n ', range % 100) as name "
        "from range(100000) order by hash(range)",
        materialise=True,
    )
    return (
        "select b.ent_id, coalesce(f.amount, 0) as amount, f.name from firm b left join fact f on f.ent_id = b.ent_id"
    )


FIRMS = "select cast(range as bigint) as ent_id from range(300000) order by {}"


@pytest.mark.parametrize("threads", [1, 2])
def test_rows_stored_in_order_are_written_in_order_without_a_sort(
    tmp_path: Path, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = connect(threads=threads, memory="1GB")
    ran: list[str] = []
    copy = DuckEngine._copy
    monkeypatch.setattr(DuckEngine, "_copy", lambda self, text, *more: ran.append(text) or copy(self, text, *more))
    sql = joined(engine, FIRMS.format("range"))
    files = engine.write(sql, tmp_path / "out", order_by=["ent_id"], in_order=True)
    assert len(ran) == 1
    assert "order by" not in ran[0]
    assert sorted((tmp_path / "out").iterdir()) == files
    assert [pq.read_metadata(f).num_rows for f in files] == [ROW_GROUP, ROW_GROUP, 300_000 - 2 * ROW_GROUP]
    assert pq.ParquetDataset(files).read()["ent_id"].to_pylist() == list(range(300_000))
    (whole,) = engine.write(sql, tmp_path / "whole", order_by=["ent_id"])
    assert pq.ParquetDataset(files).read().equals(pq.read_table(whole))
    engine.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_rows_stored_in_another_order_are_sorted_into_the_same_bytes(tmp_path: Path, threads: int) -> None:
    bodies = []
    for order in ("range", "hash(range)"):
        engine = connect(threads=threads, memory="1GB")
        sql = joined(engine, FIRMS.format(order))
        files = engine.write(sql, tmp_path / order, order_by=["ent_id"], in_order=True)
        bodies.append([path.read_bytes() for path in files])
        engine.close()
    assert len(bodies[0]) == 3
    assert bodies[0] == bodies[1]


def test_rows_that_come_twice_are_sorted_into_one_file(engine: Engine, tmp_path: Path) -> None:
    twice = "select cast(range // 2 as bigint) as ent_id from range(300000) order by range"
    (path,) = engine.write(joined(engine, twice), tmp_path / "out", order_by=["ent_id"], in_order=True)
    assert list((tmp_path / "out").iterdir()) == [path]
    assert pq.read_table(path)["ent_id"].to_pylist() == [k // 2 for k in range(300_000)]


def test_a_small_or_empty_result_in_order(engine: Engine, tmp_path: Path) -> None:
    (path,) = engine.write(rows(10), tmp_path / "out", order_by=["ent_id"], in_order=True)
    assert pq.read_table(path).num_rows == 10
    assert engine.write(rows(0), tmp_path / "none", order_by=["ent_id"], in_order=True) == []
    assert list((tmp_path / "none").iterdir()) == []
    with pytest.raises(LakeError, match="Conversion"):
        engine.write("select cast('x' || range as integer) as a from range(10)", tmp_path / "bad", order_by=["a"])
    assert list((tmp_path / "bad").iterdir()) == []


def test_files_fit_together_only_in_order_and_full(tmp_path: Path) -> None:
    def file(name: str, ids: list[int | None]) -> Path:
        pq.write_table(pa.table({"ent_id": pa.array(ids, pa.int64())}), tmp_path / name)
        return tmp_path / name

    first = file("b", list(range(ROW_GROUP)))
    last = file("a", [ROW_GROUP, ROW_GROUP + 1])
    assert in_order([last, first], "ent_id") == [first, last]
    assert in_order([first, file("low", [-2, -1])], "ent_id") is None  # a short one before a full one
    assert in_order([first, file("within", [5, 6])], "ent_id") is None
    assert in_order([file("down", [2, 1])], "ent_id") is None
    assert in_order([file("equal", [1, 1])], "ent_id") is None
    assert in_order([file("missing", [None, 1])], "ent_id") is None
