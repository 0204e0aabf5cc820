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
