"""Every macro against an independent implementation in plain Python."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yuheng
from yuheng.codes import check_character, credit_code_ok, id_check_character, id_number_ok, normal_id_number
from yuheng.codes.credit_code import LETTERS
from yuheng.sql import compile_sql, lint, load_macros, parse

FOLDER = Path(yuheng.__file__).parent / "content" / "macros"
MACROS = {
    name: macro
    for path in sorted(FOLDER.glob("*.sql"))
    for name, macro in load_macros(path.read_text(encoding="utf-8"), origin=path.name).items()
}


def run(call: str, values: list[str | None]) -> list[object]:
    """`call` over a column `v` holding `values`, in order."""
    con = duckdb.connect()
    con.execute("create table t(i integer, v varchar)")
    con.executemany("insert into t values (?, ?)", list(enumerate(values)))
    return [row[0] for row in con.execute(compile_sql(f"select {call} from t order by i", macros=MACROS)).fetchall()]


@pytest.mark.parametrize(
    ("code", "ok"),
    [
        ("91350100M000100Y43", 1),
        ("91210204MA0TX3FC5N", 1),
        ("91371400761856209M", 1),
        ("911310263362986212", 1),
        ("91350100M000100Y4Z", 0),
        ("91110108671717366X", 0),
        ("91410100MA3X1ABC3C", 1),
        ("92410105MA3X1ABC3H", 1),
        ("93411481MA3X1ABC3C", 1),
        ("91350100M0001TGQXM", 0),
        ("9135", 0),
        (None, None),
    ],
)
def test_credit_code_vectors(code: str | None, ok: int | None) -> None:
    assert run("uscc_ok(v)", [code]) == [ok]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(LETTERS, min_size=17, max_size=17), min_size=1, max_size=20))
def test_credit_codes_pass_only_with_their_own_check_character(bodies: list[str]) -> None:
    right = [body + check_character(body) for body in bodies]
    wrong = [body + LETTERS[(LETTERS.index(check_character(body)) + 7) % 31] for body in bodies]
    assert run("uscc_ok(v)", [*right, *wrong]) == [1] * len(bodies) + [0] * len(bodies)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(LETTERS + "IOSVZa 　", max_size=20), min_size=1, max_size=20))
def test_any_text_is_judged_alike_as_a_credit_code(codes: list[str]) -> None:
    assert run("uscc_ok(v)", [*codes]) == [int(credit_code_ok(code)) for code in codes]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text("0123456789", min_size=17, max_size=17), min_size=1, max_size=20))
def test_identity_numbers(bodies: list[str]) -> None:
    right = [body + id_check_character(body) for body in bodies]
    wrong = [body + ("1" if id_check_character(body) != "1" else "2") for body in bodies]
    assert run("pid_ok(v)", [*right, *wrong]) == [1] * len(bodies) + [0] * len(bodies)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text("0123456789X０９Ｘx ", max_size=19), min_size=1, max_size=20))
def test_any_text_is_judged_alike_as_an_identity_number(codes: list[str]) -> None:
    assert run("pid_ok(v)", [*codes]) == [int(id_number_ok(code)) for code in codes]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text("0123456789", min_size=15, max_size=15), min_size=1, max_size=20))
def test_old_identity_numbers_become_new_ones(codes: list[str]) -> None:
    assert run("pid_norm(v)", [*codes]) == [normal_id_number(code) for code in codes]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.dates(date(1949, 10, 1), date(2099, 12, 31)), min_size=1, max_size=10))
def test_every_shape_of_a_date(days: list[date]) -> None:
    shapes = (
        "{0:%Y-%m-%d}",
        "{0:%Y%m%d}",
        "{0.year}/{0.month}/{0.day}",
        "{0.year}年{0.month}月{0.day}日",
        "{0:%Y-%m-%d} 08:30:00",
    )
    for shape in shapes:
        assert run("date_of(v)", [shape.format(day) for day in days]) == days, shape


def test_what_is_no_date_is_null() -> None:
    assert run("date_of(v)", ["长期", "2023-02-30", "20231301", "", None, "N/A", "明天", "2023-1"]) == [None] * 8


@pytest.mark.parametrize(
    ("raw", "wan", "currency"),
    [
        ("100(万元)", "100", "CNY"),
        ("1,000(万元)", "1000", "CNY"),
        ("100万元人民币", "100", "CNY"),
        ("605万美元", "605", "USD"),
        ("1.5亿元", "15000", "CNY"),
        ("50000元", "5", "CNY"),
        ("１２（万元）", "12", "CNY"),
        ("88.5", "88.5", "CNY"),
        ("N/A", None, None),
        ("", None, None),
    ],
)
def test_money_shapes(raw: str, wan: str | None, currency: str | None) -> None:
    assert run("money_wan(v, '万元')", [raw]) == [None if wan is None else Decimal(wan)]
    assert run("money_currency(v)", [raw]) == [currency]


@settings(max_examples=15, deadline=None)
@given(st.decimals(0, 10**9, places=2))
def test_yuan_become_ten_thousandths(amount: Decimal) -> None:
    (value,) = run("money_wan(v, '元')", [f"{amount:,}"])
    assert isinstance(value, Decimal)
    assert abs(value - amount / 10000) < Decimal("0.000001")


@settings(max_examples=15, deadline=None)
@given(st.floats(-1e5, 1e5, allow_nan=False))
def test_round9_keeps_nine_digits_and_is_idempotent(x: float) -> None:
    (once,) = run("round9(cast(v as double))", [repr(x)])
    assert isinstance(once, float)
    assert abs(once - x) <= 1e-9
    assert run("round9(cast(v as double))", [repr(once)]) == [once]


def test_words_for_nothing_and_flags() -> None:
    assert run("text_of(v)", [" 甲 ", "N/A", "null", "-", "", None]) == ["甲", None, None, None, None, None]
    assert run("flag_of(v)", ["是", "N", "1", "假", None]) == [1, 0, 1, None, None]
    assert run("int_of(v)", ["12", "1.5", "x", None, "-3"]) == [12, None, None, None, -3]


def test_macros_are_portable_and_documented() -> None:
    for macro in MACROS.values():
        assert macro.doc, macro.name
        assert not lint(parse(macro.body)), macro.name
        call = f"select {macro.name}({', '.join('v' for _ in macro.params)}) from t"
        text = compile_sql(call, macros=MACROS, dialect="spark")
        assert not re.search(rf"\b({'|'.join(MACROS)})\(", text.lower()), macro.name
