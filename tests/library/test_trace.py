"""The tracer against SELECTs whose answer is known."""

from __future__ import annotations

import pytest

from yuheng.library.trace import ROWS, Tracer, schema_of

SCHEMA = schema_of({"a": ["id", "x", "y"], "b": ["id", "z"], "c": ["id", "w"]})


def traced(sql: str, column: str) -> set[str]:
    found = Tracer(sql, SCHEMA, origin="test").leaves(column)
    return {f"{table}.{name}" for table, name in found}


@pytest.mark.parametrize(
    ("sql", "column", "wanted"),
    [
        ("select x from a", "x", {"a.x"}),
        ("select x + y as s from a", "s", {"a.x", "a.y"}),
        ("select 1 as one, x from a", "one", set()),
        ("select a.x, b.z from a join b on b.id = a.id", "z", {"b.z"}),
        ("select x from a union all select z from b", "x", {"a.x", "b.z"}),
        ("with t as (select id, max(y) as m from a group by id) select t.m from t", "m", {"a.y"}),
        ("with t as (select * from a) select q.x from (select * from t) q", "x", {"a.x"}),
        ("with t as (select id, x as k from a), u as (select k as l from t) select l from u", "l", {"a.x"}),
        ("select count(*) as n from a join b on b.id = a.id", "n", {f"a.{ROWS}", f"b.{ROWS}"}),
        ("select sum(case when z = 1 then 1 else 0 end) as n from b", "n", {"b.z"}),
        ("select row_number() over (partition by x order by y) as r from a", "r", {"a.x", "a.y"}),
        ("select (select max(w) from c) as m from a", "m", {"c.w"}),
        ("select (select max(c.w) from c where c.id = a.id) as m from a", "m", {"c.w"}),
        ("select x as k, upper(k) as u from a", "u", {"a.x"}),
        ("select own_macro(x, y) as m from a", "m", {"a.x", "a.y"}),
        ("select id from a qualify row_number() over (partition by x order by y) = 1", "id", {"a.id"}),
        ("with t as (select id from a union all (select id from b union select w from c)) select id from t", "id",
         {"a.id", "b.id", "c.w"}),
    ],
)  # fmt: skip
def test_a_column_is_followed_to_the_tables(sql: str, column: str, wanted: set[str]) -> None:
    assert traced(sql, column) == wanted


def test_the_outputs_are_those_of_the_select() -> None:
    assert Tracer("select *, 1 as one from a", SCHEMA, origin="test").columns() == ["id", "x", "y", "one"]
