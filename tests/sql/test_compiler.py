"""Parsing, binding and macros: what is refused, and with which words."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from yuheng.errors import SqlError
from yuheng.sql import Macro, column_refs, compile_sql, identifier, literal, load_macros, parse, table_names


def answer(sql: str) -> object:
    row = duckdb.connect().execute(sql).fetchone()
    assert row is not None
    return row[0]


def macro(name: str, params: tuple[str, ...], body: str) -> Macro:
    return Macro(name, params, body, "", "m.sql", 3)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x' or '1'='1", "VARCHAR"),
        ("中文\\n", "VARCHAR"),
        (7, "INTEGER"),
        (-7, "INTEGER"),
        (0.1, "DOUBLE"),
        (1e300, "DOUBLE"),
        (True, "BOOLEAN"),
        (Decimal("0.10"), "DECIMAL(3,2)"),
        (Decimal("-12345.678"), "DECIMAL(8,3)"),
        (Decimal("1E+3"), "DECIMAL(4,0)"),
        (date(2024, 2, 29), "DATE"),
        (datetime(2024, 2, 29, 1, 2, 3), "TIMESTAMP"),  # noqa: DTZ001
    ],
)
def test_values_are_bound_as_typed_literals(value: str | float | Decimal | date, kind: str) -> None:
    assert answer(compile_sql("select (:v)", params={"v": value})) == value
    assert answer(compile_sql("select typeof((:v))", params={"v": value})) == kind
    assert answer(f"select {literal(value)}") == value


def test_a_value_may_be_asked_for_more_than_once_and_be_null() -> None:
    assert answer(compile_sql("select coalesce((:v), (:w)) = (:w)", params={"v": None, "w": 3})) is True


def test_an_unbound_value_names_its_line() -> None:
    with pytest.raises(SqlError, match=r"measure\.yaml:3: no value for :as_of\. Given: d\.") as caught:
        compile_sql("select a\nfrom t\nwhere d <= :as_of", params={"d": 1}, origin="measure.yaml")
    assert caught.value.line == 3


def test_an_unused_value_is_an_error() -> None:
    with pytest.raises(SqlError, match="nothing asks for: x"):
        compile_sql("select 1", params={"x": 1})


def test_a_syntax_error_names_file_and_line() -> None:
    with pytest.raises(SqlError, match=r"measure\.yaml:2"):
        parse("select (1,\n  from from t", origin="measure.yaml")
    with pytest.raises(SqlError, match=r"measure\.yaml:12"):
        parse("select (1,\n  from from t", origin="measure.yaml", first_line=11)
    with pytest.raises(SqlError, match=r"measure\.yaml:1: cannot read SQL"):
        parse("select 'open", origin="measure.yaml")


@pytest.mark.parametrize(
    "sql", ["select 1; select 2", "create table x as select 1", "drop table x", "insert into x select 1"]
)
def test_only_one_query_or_expression_is_taken(sql: str) -> None:
    with pytest.raises(SqlError, match="one query or expression"):
        parse(sql)


def test_trees_are_the_callers_own() -> None:
    tree = parse("select a from t")
    tree.set("expressions", [])
    assert parse("select a from t").sql() == "SELECT a FROM t"
    given = parse("select hash63(a), :v + 1 from t")
    before = given.sql()
    compile_sql(given, params={"v": 1}, dialect="spark")
    assert given.sql() == before


def test_macros_nest_and_keep_precedence() -> None:
    macros = {"twice": macro("twice", ("x",), "x * 2"), "four": macro("four", ("x",), "twice(twice(x))")}
    assert answer(compile_sql("select four(1 + 2)", macros=macros)) == 12
    assert answer(compile_sql("select 10 - twice(1 + 2) - 1", macros=macros)) == 3
    assert answer(compile_sql("select twice(four(twice(1)))", macros=macros)) == 16


def test_a_macro_parameter_does_not_catch_a_column_of_the_same_name() -> None:
    macros = {"minus": macro("minus", ("a", "b"), "a - b")}
    assert answer(compile_sql("select minus(b, a) from (select 1 as a, 5 as b)", macros=macros)) == 4


def test_a_macro_may_hold_a_named_value() -> None:
    macros = {"shift": macro("shift", ("x",), "x + :step")}
    assert answer(compile_sql("select shift(1)", macros=macros, params={"step": 4})) == 5


def test_macro_cycles_and_arity_are_refused() -> None:
    circle = {"a": macro("a", ("x",), "b(x)"), "b": macro("b", ("x",), "a(x)")}
    with pytest.raises(SqlError, match=r"m\.sql:3: macro a calls itself: a -> b -> a"):
        compile_sql("select a(1)", macros=circle)
    with pytest.raises(SqlError, match=r"q\.sql:1: macro a takes 1 values, 2 given\. It is a\(x\)\."):
        compile_sql("select a(1, 2)", macros={"a": macro("a", ("x",), "x")}, origin="q.sql")


def test_a_macro_names_only_its_parameters() -> None:
    with pytest.raises(SqlError, match="names y, which is not one of its parameters"):
        compile_sql("select a(1)", macros={"a": macro("a", ("x",), "x + y")})


def test_macro_files(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("-- macro: inc(x)\n-- one more,\n-- always\nx + 1\n;\n", encoding="utf-8")
    inc = load_macros(tmp_path)["inc"]
    assert (inc.doc, inc.body, inc.line) == ("one more, always", "x + 1", 4)
    (tmp_path / "b.sql").write_text("-- macro: inc(x)\nx\n;\n", encoding="utf-8")
    with pytest.raises(SqlError, match=r"b\.sql:2: macro inc is declared twice; first at .*a\.sql:4"):
        load_macros(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [("-- macro: Inc(x)\nx\n;\n", "o.sql:1: expected"), ("\n-- macro: inc(x)\nx\n", "o.sql:2: macro inc does not end")],
)
def test_macro_text_with_a_mistake(text: str, words: str) -> None:
    with pytest.raises(SqlError, match=words):
        load_macros(text, origin="o.sql")


def test_hash63_is_the_first_15_hex_digits_of_md5() -> None:
    assert answer(compile_sql("select hash63('abc')")) == int("900150983cd24fb", 16)


def test_names_of_tables_and_columns() -> None:
    tree = parse("with x as (select * from a) select x.i, n from x join b using (i)")
    assert table_names(tree) == {"a", "b"}
    assert column_refs(tree) >= {("x", "i"), (None, "n")}
    assert identifier('a"b') == '"a""b"'
