"""Texts compiled once per process: shared by engines of the same macros, told apart by values that only look equal."""

from __future__ import annotations

import pytest

from yuheng.lake import text
from yuheng.lake.text import Compiler
from yuheng.sql import Macro, Scalar


def macro(body: str) -> dict[str, Macro]:
    return {"twice": Macro("twice", ("a",), body, "", "test.sql")}


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was really compiled."""
    done: list[str] = []
    real = text.compile_sql

    def spy(sql: str, **given: object) -> str:
        done.append(sql)
        return real(sql, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(text, "compile_sql", spy)
    return done


def test_a_second_engine_does_not_compile_the_text_again(compiled: list[str]) -> None:
    sql = "select twice(x) + :n as shared_once from t"
    texts = [Compiler("duckdb", macro("2 * a"))(sql, {"n": 1}) for _ in range(3)]
    assert len(set(texts)) == 1
    assert compiled == [sql]


def test_other_macros_and_dialects_give_other_texts(compiled: list[str]) -> None:
    sql = "select twice(x) as told_apart from t"
    found = {
        Compiler("duckdb", macro("2 * a"))(sql), Compiler("duckdb", macro("a + a"))(sql),
        Compiler("spark", macro("a / 2"))(sql), Compiler("duckdb", macro("a / 2"))(sql),
    }  # fmt: skip
    assert len(found) == len(compiled) == 4


def test_equal_values_of_other_types_are_other_texts() -> None:
    values: list[Scalar] = [1, True, 1.0, "1", 0.0, -0.0]
    assert len({Compiler("duckdb", {})("select 0 + :v as typed", {"v": v}) for v in values}) == len(values)
