"""Values remembered from one segment to the next are those of the plain way, and only new texts are computed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yuheng.intake import memo
from yuheng.intake.atoms import Atoms
from yuheng.intake.memo import Memo
from yuheng.intake.shorts import to_place, to_text
from yuheng.lake import DuckEngine, connect
from yuheng.sql import Scalar


class _Counting(DuckEngine):
    """Counts the texts that are computed."""

    computed = 0

    def query(self, sql: str, *, params: Mapping[str, Scalar] | None = None) -> pa.Table:
        found = super().query(sql, params=params)
        self.computed += found.num_rows
        return found


def _raw(*pieces: list[str | None]) -> pa.Table:
    return pa.table({"A": pa.chunked_array([pa.array(p, pa.string()).dictionary_encode() for p in pieces])})


@pytest.mark.parametrize("kept", [200_000, 4])
def test_each_text_is_computed_once(monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    monkeypatch.setattr(memo, "_KEPT", kept)
    engine = _Counting(threads=1)
    atoms = Atoms(["A"], (), "test")
    atoms.rewrite("regexp_extract(A, '[0-9]+')")
    (name,) = (atom.name for atom in atoms.by_column()["A"])
    memory = Memo(engine, atoms)
    for pieces in ([["a1", "b2"], ["b2", None, "a1"]], [["c3", "b2", None]], [["a1", "c3"]]):
        filled, given = memory.fill(_raw(*pieces))
        assert given == {name: None}
        texts = [text for piece in pieces for text in piece]
        assert filled["A"].to_pylist() == texts
        assert filled[name].to_pylist() == [text and text[1:] for text in texts]
    assert engine.computed == (4 if kept > 4 else 3 + 3 + 3)
    engine.close()


def test_an_atom_with_one_value_is_a_constant() -> None:
    engine = connect(threads=1)
    atoms = Atoms(["A"], (), "test")
    texts = ("A is not null", "regexp_matches(A, '^[ab]')", "A || ''", "cast(length(A) as decimal(18,6))")
    names = [atoms.single(text).strip('"') for text in texts]
    memory = Memo(engine, atoms)
    filled, given = memory.fill(_raw(["a1", "b2"], ["b2"]))
    types = ("boolean", "boolean", None, "decimal(18,6)")
    for name, kind, value in zip(names, types, (True, True, None, 2), strict=True):
        assert (name in filled.column_names) is (kind is None)
        assert kind is None or engine.query(f"select {given[name]} as v, typeof({given[name]}) as t").to_pylist() == [
            {"v": value, "t": kind.upper()}
        ]
    filled, given = memory.fill(_raw(["a1", None]))
    assert given == dict.fromkeys(names)
    assert filled[names[0]].to_pylist() == [True, False]
    engine.close()


def test_texts_as_numbers_come_back_as_texts(tmp_path: Path) -> None:
    engine = connect(threads=1)
    texts = ("it's", "乙", "c")
    engine.register("rows", pa.table({"n": [1, 2, 3, 4], "t": ["c", "it's", None, "乙"]}))
    numbers = f"(select n, {to_place('t', texts)} as p from rows)"
    for enum in (False, True):
        (file,) = engine.write(
            f"select n, {to_text('p', texts, enum=enum)} as t from {numbers} x", tmp_path / str(enum), order_by=("n",)
        )
        read = pq.read_table(file)
        assert read.schema.field("t").type == pa.string()
        assert read["t"].to_pylist() == ["c", "it's", None, "乙"]
    engine.close()
