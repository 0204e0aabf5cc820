"""Work orders on the command line: opened by a check, answered, closed, opened anew while the data are as they are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.cli.conftest import Call
from tests.province import END, Province

LATE = (END + timedelta(days=400)).isoformat()


def test_an_order_from_the_check_to_its_end(call: Call, province: Province, tmp_path: Path) -> None:
    here = ("--dir", province.copy(tmp_path / "d"))
    first = call("quality", "check", "--on", LATE, "--source", "S-PUN", *here, "--json").data
    assert first["opened"] + first["seen"] >= 1
    late = next(o for o in first["orders"] if (o["source"], o["kind"]) == ("S-PUN", "late"))
    assert (late["level"], late["owner"]) == ("red", "执法稽查局")
    number = str(late["id"])
    assert call("quality", "answer", number, "--by", "李娜", "--note", "系统停机，下周补报", *here).code == 0
    again = call("quality", "check", "--on", LATE, "--source", "S-PUN", *here, "--json").data
    assert again["opened"] == 0
    shown = call("quality", "order", number, *here)
    assert "已答复" in shown.out
    assert "系统停机，下周补报" in shown.out
    assert call("quality", "close", number, "--by", "王强", "--note", "改为按月", *here).code == 0
    assert call("quality", "close", number, "--by", "王强", "--note", "改为按月", *here).code == 1
    assert number not in {str(o["id"]) for o in call("quality", "orders", *here, "--json").data["orders"]}
    told = call("quality", "order", number, *here, "--json").data
    assert [s["step"] for s in told["steps"]][-2:] == ["answered", "closed"]
    assert call("quality", "check", "--on", LATE, "--source", "S-PUN", *here, "--json").data["opened"] == 1
    assert call("quality", "order", "9999", *here).code == 1
    assert call("quality", "check", "--source", "S-NONE", *here).code == 2
