"""`yuheng intake industry`: a file of firms, with labels or without; a deployment; what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call

LINES = "甲置业有限公司\t房地产开发\tK7010\n乙贸易有限公司\t钢材销售\t建材批发\n丙有限公司\t其他\t没有的\n"


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "firms.tsv"
    path.write_text(text, encoding=encoding)
    return path


def test_a_labelled_file_is_judged(call: Call, tmp_path: Path) -> None:
    data = call("intake", "industry", "--file", write(tmp_path, LINES), "--json").data
    assert (data["rows"], data["told"], data["labelled"], data["unknown_labels"]) == (3, 2, 2, 1)
    assert data["accuracy"] == {"section": 1.0, "division": 1.0, "group": 1.0, "class": 0.5}
    lines = data["predictions"]
    assert isinstance(lines, list)
    assert [line["code"] for line in lines] == ["7010", "5164", None]
    assert lines[0]["name_zh"] == "房地产开发经营"
    text = call("intake", "industry", "--file", write(tmp_path, LINES)).out
    assert "金属及金属矿批发" in text
    assert "小类" in text


def test_a_file_without_labels_tells_no_accuracy(call: Call, tmp_path: Path) -> None:
    plain = "\ufeff" + "\n".join(line.rsplit("\t", 1)[0] for line in LINES.splitlines())
    data = call("intake", "industry", "--file", write(tmp_path, plain), "--scope-only", "--json").data
    assert "accuracy" not in data
    lines = data["predictions"]
    assert isinstance(lines, list)
    assert lines[0]["basis"] == "SCOPE"


@pytest.mark.parametrize("text", ["", "甲\t乙\t丙\n丁\n", "只有名称\n"])
def test_a_file_of_another_shape_is_refused(call: Call, tmp_path: Path, text: str) -> None:
    called = call("intake", "industry", "--file", write(tmp_path, text))
    assert called.code == 2
    assert "firms.tsv" in called.err


def test_another_encoding_is_named(call: Call, tmp_path: Path) -> None:
    called = call("intake", "industry", "--file", write(tmp_path, LINES, "gb18030"))
    assert called.code == 2
    assert "UTF-8" in called.err


def test_neither_file_nor_day(call: Call) -> None:
    assert call("intake", "industry").code == 2


REGISTER = """企业名称,统一社会信用代码,注册日期,企业类型,法人代表,注册资金,经营范围,所在省份,地区,注册地址
甲置业有限公司,91410100MA3X1ABC3C,2010-05-01,N/A,张三,100(万元),房地产开发,河南省,郑州市,郑州市金水区花园路1号
乙某有限公司,91410100MA3X1ABD1A,2011-05-01,N/A,李四,100(万元),其他,河南省,郑州市,郑州市金水区花园路2号
"""


def test_a_deployment_is_judged_once(call: Call, tmp_path: Path) -> None:
    root, file = tmp_path / "d", tmp_path / "2010.csv"
    file.write_text(REGISTER, encoding="utf-8")
    for command in (
        ("init", root),
        ("intake", "add", "S-HNREG", file, "--dir", root),
        ("intake", "run", "--dir", root),
    ):
        assert call(*command).code == 0
    first = call("intake", "industry", "--as-of", "2012-01-01", "--dir", root, "--json").data
    again = call("intake", "industry", "--as-of", "2012-01-01", "--dir", root, "--json").data
    assert (first["firms"], first["told"], first["skipped"], again["skipped"]) == (2, 1, False, True)
    assert first["sections"] == again["sections"]
    assert "房地产业" in call("intake", "industry", "--as-of", "2012-01-01", "--dir", root).out
    early = call("intake", "industry", "--as-of", "1901-01-01", "--dir", root)
    assert early.code == 1
    assert "1901-01-01" in early.err
