"""Every macro gives the same answer on both engines, for texts as sources really send them."""

from __future__ import annotations

from itertools import product

import pyarrow as pa
import pytest

from tests.parity.both import Both
from yuheng.content import ContentStore

pytestmark = pytest.mark.spark

DATES = [
    "2024-05-01",
    "20240501",
    "2024/5/1",
    "2024.5.1",
    "2024年5月1日",
    "2024-05-01 12:30:00",
    "2024-05-01T12:30:00Z",
    "2023-02-30",
    "2024-02-29",
    "2023-02-29",
    "9999-12-31",
    "长期",
    "2024-13-01",
    "2024",
    "202405",
    "24-05-01",
    "0000-00-00",
    "2024年05月",
    "1900-01-01",
    "2024-5-1日",
    "2024-05-01\n",
    "+2024-05-01",
    "12024-05-01",
]
NUMBERS = [
    "0",
    "1",
    "-1",
    "1.5",
    "-0.000001",
    "1,234.56",
    "１２３．４",
    "500万",
    "1.2亿元",
    "3000元",
    "100万美元",
    "88 港币",
    "1e5",
    "0x1F",
    "1_000",
    "12.5",
    "999999999",
    "9999999999",
    "123456789012.3456789",
    "1234567890123",
    "99.99%",
    "60",
    "60%",
    "0.6",
    "6０％",
    ".5",
    "5.",
    "--",
    "- 5",
    "+7",
    "NaN",
    "inf",
    "1.0000005",
    "0.0000005",
    "2147483648",
    "007",
    "12 345",
    "人民币100万元整",
]
WORDS = [
    "",
    " ",
    "\u3000",
    "\u00a0 x \u2003",
    "N/A",
    "null",
    "None",
    "无",
    "暂无",
    "/",
    "-",
    "是",
    "否",
    "Y",
    "n",
    "TRUE",
    "f",
    "有",
    "a\tb",
    "tab\t",
    "line\nfeed",
    "\r\n",
    "中　文",
    "Ａｂｃ（１）",
    "o'clock",
    'quo"te',
    "back\\slash",
    "100%_x",
    "😀 emoji",
    "ß",
    "İ",
    "ﬁ",
    "河南省郑州市金水区花园路#1号",
    "郑州某某有限责任公司",
    "河南省 * 公司(普通合伙)",
    "某某合作社",
    "个体工商户",
    "某某厂",
    "分公司",
]
CODES = [
    "91410100MA44K3T25X",
    "91410100ma44k3t25x",
    " 91410100MA44K3T25X ",
    "91410100MA44K3T250",
    "91410100MA44K3T2",
    "91410100MI44K3T25X",
    "11010519491231002X",
    "11010519491231002x",
    "110105194912310021",
    "110105491231002",
    "34052419800101001X",
    "41000",
    "410102",
    "419001",
    "41",
    "440308198001010012",
    "92410100MA44K3T25X",
    "93410100MA44K3T25X",
    "410100000000001",
    "12345678-9",
]
TEXTS: list[str | None] = [None, *DATES, *NUMBERS, *WORDS, *CODES]
DIGITS = [c for c in CODES if len(c) == 18 and c[:17].isdigit()]
VALUES = [
    None,
    0.0,
    -0.0,
    0.5,
    -0.5,
    1 / 3,
    2 / 3,
    1e-9,
    5e-10,
    -5e-10,
    1.0000000005,
    123456.123456789,
    999999.9,
    1e6,
    -1e6,
    1e15,
    1e300,
]


def test_macros_of_texts(both: Both, store: ContentStore) -> None:
    """Parameters named x are numbers, `code` of the check-sum macros has its digits; everything else is any text."""
    taken = {n: m for n, m in store.macros.items() if "x" not in m.params and n not in ("pid_sum", "pid_18")}
    second = ["元", "万元", None, "公司", "餐饮服务", "有限责任公司"]
    pairs = list(product(TEXTS, second))
    both.register("texts", pa.table({"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}))
    calls = [
        f"{name}({', '.join(['a', 'b', 'a', 'b'][: len(macro.params)])}) as {name}" for name, macro in taken.items()
    ]
    found = both.agree(f"select a, b, {', '.join(calls)} from texts")
    assert found.num_rows == len(pairs)
    assert [n for n in taken if found[n].null_count == len(pairs)] == []


def test_macros_of_digits_and_numbers(both: Both, store: ContentStore) -> None:
    both.register("digits", pa.table({"code": DIGITS}))
    both.agree(
        "select code, pid_sum(code) as s, pid_18(concat(substr(code, 1, 6), substr(code, 9, 9))) as p from digits"
    )
    both.register("numbers", pa.table({"x": pa.array(VALUES, pa.float64())}))
    calls = [f"{n}(x) as {n}" for n, m in store.macros.items() if m.params == ("x",)]
    assert calls
    both.agree(f"select {', '.join(calls)} from numbers")
