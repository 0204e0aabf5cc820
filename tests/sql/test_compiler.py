from datetime import date
from decimal import Decimal

import duckdb
import pytest

from yuheng.errors import SqlError
from yuheng.sql import Macro, compile_sql, lint, load_macros, parse, table_names


def answer(sql: str) -> object:
    row = duckdb.connect().execute(sql).fetchone()
    assert row is not None
    return row[0]


def test_values_are_bound_as_typed_literals_and_never_as_text() -> None:
    nasty = "x' or '1'='1"
    assert answer(compile_sql("select (:v)", params={"v": nasty})) == nasty
    assert answer(compile_sql("select (:d) - interval 1 day", params={"d": date(2024, 3, 1)})).date() == date(
        2024, 2, 29
    )  # type: ignore[attr-defined]
    assert answer(compile_sql("select (:v)", params={"v": Decimal("0.10")})) == Decimal("0.10")
    assert answer(compile_sql("select (:v)", params={"v": 0.1})) == 0.1


def test_unbound_and_unused_values_are_errors() -> None:
    with pytest.raises(SqlError, match=":as_of"):
        compile_sql("select (:as_of)")
    with pytest.raises(SqlError, match="nothing asks for: x"):
        compile_sql("select 1", params={"x": 1})


def test_a_syntax_error_names_file_and_line() -> None:
    with pytest.raises(SqlError, match=r"measure\.yaml:2"):
        parse("select (1,\n  from from t", origin="measure.yaml")


def macro(name: str, params: tuple[str, ...], body: str) -> Macro:
    return Macro(name, params, body, "", "m.sql", 1)


def test_macros_nest_and_keep_precedence() -> None:
    macros = {"twice": macro("twice", ("x",), "x * 2"), "four": macro("four", ("x",), "twice(twice(x))")}
    assert answer(compile_sql("select four(1 + 2)", macros=macros)) == 12


def test_macro_cycles_and_arity_are_refused() -> None:
    with pytest.raises(SqlError, match="calls itself: a -> b -> a"):
        compile_sql("select a(1)", macros={"a": macro("a", ("x",), "b(x)"), "b": macro("b", ("x",), "a(x)")})
    with pytest.raises(SqlError, match="takes 1 values, 2 given"):
        compile_sql("select a(1, 2)", macros={"a": macro("a", ("x",), "x")})


def test_macro_files() -> None:
    macros = load_macros("-- macro: inc(x)\n-- one more\nx + 1\n;\n", origin="a.sql")
    assert (macros["inc"].doc, macros["inc"].body) == ("one more", "x + 1")
    with pytest.raises(SqlError, match=r"a\.sql:4: macro inc is declared twice"):
        load_macros("-- macro: inc(x)\nx\n;\n-- macro: inc(x)\nx\n;\n", origin="a.sql")
    with pytest.raises(SqlError, match=r"a\.sql:1: macro inc does not end"):
        load_macros("-- macro: inc(x)\nx\n", origin="a.sql")


def test_hash63_is_the_first_15_hex_digits_of_md5() -> None:
    assert answer(compile_sql("select hash63('abc')")) == int("900150983cd24fb", 16)
    assert "conv" in compile_sql("select hash63('abc')", dialect="spark").lower()


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("select date_diff('month', a, b) from t", "date-diff"),
        ("select a / b from t", "division"),
        ("select cast(a as double) / b from t", "division-by-zero"),
        ("select log(a) from t", "log"),
        ("select quantile_cont(a, 0.5) from t", "quantile"),
        ("select isodow(d) from t", "isodow"),
    ],
)
def test_lint_refuses_what_the_engines_answer_differently(sql: str, rule: str) -> None:
    assert rule in {issue.rule for issue in lint(parse(sql))}


def test_lint_passes_portable_sql() -> None:
    sql = "select cast(a as double) / nullif(b, 0), date_diff('day', c, d) / 365.25 * cast(1 as double) from t"
    assert [i.rule for i in lint(parse(sql)) if i.rule != "division"] == []


def test_table_names_leave_out_common_table_expressions() -> None:
    assert table_names(parse("with x as (select * from a) select * from x join b using (i)")) == {"a", "b"}
