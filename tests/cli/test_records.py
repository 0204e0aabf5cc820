"""Kept out records, officers' own grades and old files: what each command does, refuses, and leaves in the audit."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Call
from tests.province import END, Province
from yuheng.crypto import FieldCipher
from yuheng.intake import QUARANTINE
from yuheng.pipeline import Workspace

DAY = END.isoformat()


@pytest.fixture(scope="module")
def root(province: Province, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return province.copy(tmp_path_factory.mktemp("records") / "d")


@pytest.fixture
def here(root: Path) -> tuple[str, Path]:
    return "--dir", root


# ── quarantine ────────────────────────────────────────────────────────────────────────────────────────────────────────


def listed(call: Call, *args: str | Path) -> list[dict[str, object]]:
    found = call("quarantine", "list", *args, "--json").data["records"]
    assert isinstance(found, list)
    return found


def test_the_quarantine_is_listed_and_filtered(call: Call, here: tuple[str, Path], root: Path) -> None:
    with Workspace.open(root) as ws:
        total = ws.lake.table("intake", "quarantine").rows()
    every = listed(call, *here, "--limit", "100000")
    assert len(every) == total > 0
    one = every[0]
    assert "raw" not in one
    source, table, check = str(one["source"]), str(one["table"]), str(one["reason_codes"]).split(",")[0]
    assert listed(call, *here, "--source", source, "--limit", "100000") == [r for r in every if r["source"] == source]
    assert listed(call, *here, "--table", table, "--limit", "100000") == [r for r in every if r["table"] == table]
    whole = [r for r in every if check in str(r["reason_codes"]).split(",")]
    assert listed(call, *here, "--check", check, "--limit", "100000") == whole
    assert listed(call, *here, "--check", "NO_SUCH_CHECK") == []
    assert call("quarantine", "list", "--source", "S-NONE", *here).code == 2
    assert call("quarantine", "list", "--table", "nothing", *here).code == 2


def put(root: Path, raw: str) -> None:
    """One more quarantined record of the register, with personal values."""
    with Workspace.open(root) as ws:
        table = ws.lake.table("intake", "quarantine")
        sealed = FieldCipher(ws.keys.key("field")).encrypt(pa.array([raw]), context="quarantine")
        row = ["S-REG", "reg_entity", "S-REG.reg_entity.000000000000", "x.csv", 7, "BAD_TYPE:est_date", "类型不符", ""]
        when = [["410105"], [date(2026, 1, 5)]]
        whole = pa.table([*([v] for v in row), sealed, *when], schema=QUARANTINE)
        folder = table.staging("test")
        pq.write_table(whole, folder / "a.parquet")
        with ws.lease("intake/quarantine") as lease:
            table.append(
                [folder / "a.parquet"], schema=QUARANTINE, slice="S-REG.reg_entity", app_id="test", app_version=1,
                lease=lease, based_on=table.version(),
            )  # fmt: skip


def test_personal_values_are_masked_unless_somebody_answers(call: Call, province: Province, tmp_path: Path) -> None:
    root = province.copy(tmp_path / "d")
    with Workspace.open(root) as ws:
        feed = next(f for f in ws.store.sources["S-REG"].feeds if f.id == "reg_entity")
    known = {"LEREP": "张三丰", "CERNO": "41010519900101123X", "TEL": "13800001234"}
    assert set(known) <= set(feed.columns)
    raw = {feed.columns[0]: "4100000000000315", **known, "UNDECLARED": "李四四"}
    put(root, json.dumps(raw, ensure_ascii=False))
    args = ("quarantine", "show", "S-REG.reg_entity.000000000000", 7, "--dir", root)
    shown = call(*args, "--json").data
    texts = shown["raw"]
    assert isinstance(texts, dict)
    assert texts[feed.columns[0]] == "4100000000000315"
    assert set(texts.values()).isdisjoint({*known.values(), "李四四"})
    assert shown["unmasked"] is False
    plain = call(*args).out
    assert all(value not in plain for value in (*known.values(), "李四四"))
    for half in (("--by", "甲"), ("--reason", "核对")):
        assert call(*args, "--unmask", *half).code == 2
    whole = call(*args, "--unmask", "--by", "甲", "--reason", "核对", "--json").data
    assert whole["raw"] == raw
    with Workspace.open(root) as ws:
        first = ws.office.audit.entries(limit=1)[0]
        looks = [e.action for e in ws.office.audit.entries(limit=3)]
    assert (first.actor, first.action, first.reason) == ("甲", "quarantine.show", "核对")
    assert first.detail == {"row": 7, "unmasked": True}
    assert looks == ["quarantine.show"] * 3


def test_a_line_that_could_not_be_split_is_hidden_whole(call: Call, province: Province, tmp_path: Path) -> None:
    root = province.copy(tmp_path / "d")
    put(root, "张三丰,41010519900101123X")
    args = ("quarantine", "show", "S-REG.reg_entity.000000000000", 7, "--dir", root, "--json")
    assert set(call(*args).data["raw"]) == {""}  # type: ignore[call-overload]
    assert set(call(*args).data["raw"][""]) == {"*"}  # type: ignore[index]


def test_a_record_that_is_not_there_is_told(call: Call, here: tuple[str, Path]) -> None:
    done = call("quarantine", "show", "S-PUN.penalty.x", 1, *here)
    assert (done.code, "quarantine list" in done.err) == (1, True)


# ── adjustments ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_adjustment_needs_two_persons_and_changes_the_grade(call: Call, province: Province, tmp_path: Path) -> None:
    here = ("--dir", province.copy(tmp_path / "d"))
    firm = call("rating", "top", "--limit", 1, *here, "--json").data["firms"][0]  # type: ignore[index]
    uscc, before = str(firm["uscc"]), str(firm["grade_final"])
    wanted = "B" if before != "B" else "C"
    why = ("--code", "FIX", "--evidence", "文号1", "--from", "2026-06-01")
    add = ("adjust", "add", uscc, wanted, "--by", "张三", *why)
    made = call(*add, *here, "--json").data
    assert (made["state"], made["grading"], made["valid_to"]) == ("proposed", "enterprise", "2027-06-01")
    number = str(made["decision_id"])
    own = call("adjust", "approve", number, "--by", " 张三 ", *here)
    assert (own.code, "Another person" in own.err) == (1, True)
    approved = call("adjust", "approve", number, "--by", "李四", "--on", "2026-06-15", *here, "--json").data
    assert approved["state"] == "approved"
    assert call("rate", "--as-of", DAY, *here).code == 0
    assert call("explain", uscc, *here, "--json").data["grade_final"] == wanted
    found = call("adjust", "list", "--uscc", uscc, "--state", "approved", *here, "--json").data["adjustments"]
    assert [(a["decision_id"], a["uscc"]) for a in found] == [(int(number), uscc)]  # type: ignore[attr-defined]
    assert uscc in call("adjust", "list", "--by", "丁", "--reason", "复查", *here).out
    with Workspace.open(here[1]) as ws:
        looks = [(e.actor, e.action, e.reason) for e in ws.office.audit.entries(limit=3)]
    assert looks == [
        ("丁", "adjustment.list", "复查"),
        ("command line", "adjustment.list", ""),
        ("command line", "firm.find", ""),
    ]
    back = ("--by", "王五", "--reason", "误", "--on", "2026-06-20")
    assert call("adjust", "withdraw", number, *back, *here, "--json").data["state"] == "revoked"
    assert call("rate", "--as-of", DAY, *here).code == 0
    assert call("explain", uscc, *here, "--json").data["grade_final"] == before
    other = str(call(*add, *here, "--json").data["decision_id"])
    assert call("adjust", "withdraw", other, *back, *here, "--json").data["state"] == "rejected"


def test_an_adjustment_of_nothing_known_is_refused(call: Call, here: tuple[str, Path]) -> None:
    more = ("--by", "甲", "--code", "FIX", "--evidence", "x", *here)
    assert call("adjust", "add", "91410000MA00000000", "B", *more).code == 1
    uscc = call("rating", "top", "--limit", 1, *here, "--json").data["firms"][0]["uscc"]  # type: ignore[index]
    wrong = call("adjust", "add", uscc, "Z", *more)
    assert (wrong.code, "A, B, C, D" in wrong.err) == (2, True)
    assert call("adjust", "add", uscc, "B", "--to", "2099-01-01", *more).code == 1
    assert call("adjust", "approve", 99, "--by", "甲", *here).code == 1


# ── the lake ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_vacuum_counts_first_and_deletes_when_told(call: Call, province: Province, tmp_path: Path) -> None:
    root = province.copy(tmp_path / "d")
    here = ("--dir", root)
    assert call("rating", "fit", "--as-of", DAY, "--by", "甲", "--train", "none", *here).code == 0
    assert call("rate", "--as-of", DAY, *here).code == 0  # another model: the former grades are replaced
    before = sorted((root / "lake").rglob("*.parquet"))
    assert call("lake", "vacuum", *here, "--json").data["files"] == 0  # younger than a day
    counted = call("lake", "vacuum", "--hours", 0, *here, "--json").data
    assert counted["deleted"] is False
    assert int(str(counted["files"])) > 0
    assert sorted((root / "lake").rglob("*.parquet")) == before
    done = call("lake", "vacuum", "--hours", 0, "--delete", "--by", "甲", *here, "--json").data
    assert (done["files"], done["bytes"]) == (counted["files"], counted["bytes"])
    left = sorted((root / "lake").rglob("*.parquet"))
    assert len(left) == len(before) - int(str(counted["files"]))
    assert call("lake", "vacuum", "--hours", 0, *here, "--json").data["files"] == 0
    assert call("rating", "top", *here).code == 0
    with Workspace.open(root) as ws:
        assert "lake.vacuum" in {e.action for e in ws.office.audit.entries(limit=5)}


def test_vacuum_deletes_nothing_beside_a_run(call: Call, root: Path, here: tuple[str, Path]) -> None:
    with Workspace.open(root) as ws, ws.office.leases.hold("run"):
        done = call("lake", "vacuum", "--delete", *here)
    assert (done.code, "'run'" in done.err) == (1, True)
