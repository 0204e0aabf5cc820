"""The macros of the source mappings, by example."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pytest

from yuheng.content import ContentStore
from yuheng.sql import compile_sql, lint, parse

MACROS = ContentStore.read()[0].macros


@pytest.mark.parametrize(
    ("call", "raw", "value"),
    [
        ("pid_norm", "110105491231002", "11010519491231002X"),
        ("pid_norm", " 11010519491231002x ", "11010519491231002X"),
        ("pid_norm", None, None),
        ("name_norm", "河南 某某（集团）有限责任公司", "河南某某(集团)有限公司"),
        ("name_norm", "N/A", None),
        ("addr_norm", "河南省郑州市 金水区１２#*", "郑州市金水区12号"),
        ("open_date_of", "9999-12-31", None),
        ("open_date_of", "长期", None),
        ("open_date_of", "2024年5月1日", dt.date(2024, 5, 1)),
        ("month_end", "202402", dt.date(2024, 2, 29)),
        ("month_end", "202413", None),
        ("wan_of_yuan", "12345.67", Decimal("1.234567")),
        ("ratio_of", "60", Decimal("0.6")),
        ("ratio_of", "60%", Decimal("0.6")),
        ("ratio_of", "0.6", Decimal("0.6")),
        ("city_of", "419001", "419001"),
        ("city_of", "410105", "410100"),
        ("date_ok", "长期", 1),
        ("date_ok", "2023-02-30", 0),
        ("date_ok", None, 1),
        ("number_ok", "万人民币", 0),
        ("number_ok", "1,000(万元)", 1),
    ],
)
def test_value(call: str, raw: str | None, value: object) -> None:
    connection = duckdb.connect()
    connection.execute("create table t as select cast($1 as varchar) as v", [raw])
    found = connection.execute(compile_sql(f"select {call}(v) from t", macros=MACROS)).fetchone()
    assert found == (value,)


def test_portable() -> None:
    found = {m.name: lint(parse(m.body)) for m in MACROS.values() if m.origin == "macros/mapping.sql"}
    assert len(found) > 10
    assert {name: issues for name, issues in found.items() if issues} == {}
