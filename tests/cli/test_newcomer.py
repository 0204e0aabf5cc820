"""What a person meets who is new here: messages, wrong names and regions, empty deliveries, progress."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.province import END, Province
from yuheng.content import ContentStore
from yuheng.errors import IntakeError, YuhengError, sentence
from yuheng.lake import DuckEngine
from yuheng.pipeline import Workspace

DAY = END.isoformat()


@pytest.fixture(scope="module")
def root(province: Province, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return province.copy(tmp_path_factory.mktemp("newcomer") / "d")


@pytest.fixture
def here(root: Path) -> tuple[str, Path]:
    return "--dir", root


# ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_and_todo_are_two_sentences() -> None:
    assert str(YuhengError("no firm X", todo="Ask.")) == "no firm X. Ask."
    assert str(YuhengError("no firm X.", todo="Ask.")) == "no firm X. Ask."
    assert str(YuhengError("没有。", todo="Ask.")) == "没有。 Ask."
    assert str(YuhengError("no firm X")) == "no firm X"
    assert str(IntakeError("cut off", path="a.csv", todo="Ask again.")) == "a.csv: cut off. Ask again."
    assert sentence("") == ""


def test_every_message_of_a_command_ends_with_a_stop(call: Call, tmp_path: Path) -> None:
    done = call("release", "list", "--dir", tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.strip().endswith(".")


# ── init ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("given", "code"), [("41", "410000"), ("4101", "410100"), ("410105", "410105")])
def test_a_region_may_be_given_short(call: Call, tmp_path: Path, given: str, code: str) -> None:
    assert call("init", tmp_path / "d", "--region", given, "--json").data["region"] == code


@pytest.mark.parametrize("region", ["99", "419999", "41x", "河南", "410211", "4"])
def test_a_region_nobody_knows_leaves_nothing(call: Call, tmp_path: Path, region: str) -> None:
    done = call("init", tmp_path / "d", "--region", region)
    assert done.code == 2
    assert region in done.err
    assert not (tmp_path / "d").exists()


def test_a_former_region_names_the_present_one(call: Call, tmp_path: Path) -> None:
    assert "410202" in call("init", tmp_path / "d", "--region", "410211").err


def test_a_name_may_hold_any_character(call: Call, tmp_path: Path) -> None:
    name = 'a "b"\\c\n豫'
    assert call("init", tmp_path / "d", "--name", name).code == 0
    with Workspace.open(tmp_path / "d") as ws:
        assert ws.deployment.settings.name == name


def test_a_place_that_cannot_be_written_is_told(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = call("init", tmp_path / "file" / "d")
    assert done.code == 1
    assert done.err.startswith("yuheng: ")
    assert "Traceback" not in done.err


# ── intake ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", ["run", "report"])
def test_an_unknown_source_is_refused_with_what_was_meant(call: Call, here: tuple[str, Path], command: str) -> None:
    done = call("intake", command, "--source", "S-PUM", *here)
    assert (done.code, done.out) == (2, "")
    assert "Did you mean S-PUN" in done.err
    assert "S-HNREG" in done.err


def test_replay_tells_a_misspelt_feed_from_one_the_content_lost(call: Call, here: tuple[str, Path]) -> None:
    assert "Did you mean penalty?" in call("intake", "replay", "S-PUN", "penalti", *here).err
    assert "Did you mean S-PUN" in call("intake", "replay", "S-PUM", "penalty", *here).err


def test_empty_months_are_no_repeats(call: Call, tmp_path: Path) -> None:
    assert call("init", tmp_path / "d").code == 0
    args = ("--enterprises", 20, "--months", 4, "--end", DAY, "--dir", tmp_path / "d")
    assert call("simulate", *args).code == 0
    files = sorted((tmp_path / "d" / "inbox" / "S-PUN" / "penalty").iterdir())
    heading = files[0].read_bytes().splitlines(keepends=True)[0]
    for path in files[-3:]:
        path.write_bytes(heading)
    here = ("--dir", tmp_path / "d")
    done = call("intake", "run", "--source", "S-PUN", *here, "--json").data
    landed = call("intake", "batches", "--source", "S-PUN", "--state", "taken", *here, "--json").data["batches"]
    (first,) = [b["file"] for b in landed if b["records"] == 0 and b["feed"] == "penalty"]  # type: ignore[attr-defined]
    others = sorted({path.name for path in files if path.name >= files[-3].name} - {first})
    assert done["repeated"] == []
    assert set(others) <= set(done["empty"])  # type: ignore[call-overload]
    folder = files[0].parent
    (folder / others[0]).write_bytes(heading)  # read by now, so the number of its records tells
    (folder / str(first)).write_bytes(heading)  # the very file that was landed: a repeat
    done = call("intake", "run", "--source", "S-PUN", *here, "--json").data
    assert (done["repeated"], done["empty"]) == ([first], [others[0]])
    (folder / others[0]).write_bytes(heading)
    assert "空文件（没有记录）：1 个" in call("intake", "run", "--source", "S-PUN", *here).out


def test_the_report_names_its_worst_quality(call: Call, here: tuple[str, Path]) -> None:
    assert "最低质量" in call("intake", "report", *here).out.splitlines()[0]


def test_a_batch_is_found_and_shredded(call: Call, province: Province, tmp_path: Path) -> None:
    here = ("--dir", province.copy(tmp_path / "d"))
    batches = call("intake", "batches", "--source", "S-PUN", *here, "--json").data["batches"]
    assert isinstance(batches, list)
    number = batches[0]["id"]
    who = ("--by", "张三", "--reason", "依法删除")
    assert call("intake", "shred", number, *who, *here, "--json").data["shredded"] is True
    with Workspace.open(tmp_path / "d") as ws:
        assert ws.office.batches.get(number).shredded
        assert ws.office.audit.entries(limit=1)[0].action == "batch.shred"
    again = call("intake", "shred", number, *who, *here)
    assert (again.code, "before" in again.err) == (1, True)
    unknown = call("intake", "shred", "nothing", *who, *here)
    assert (unknown.code, "yuheng intake batches" in unknown.err) == (1, True)


def test_a_batch_that_waits_is_not_shredded(call: Call, province: Province, tmp_path: Path) -> None:
    root = province.copy(tmp_path / "d")
    with Workspace.open(root) as ws:
        batch = ws.office.batches.list(source="S-PUN")[0].id
        ws.office.batches.set_state(batch, "landed")
    done = call("intake", "shred", batch, "--by", "张三", "--reason", "x", "--dir", root)
    assert (done.code, "intake run" in done.err) == (2, True)
    with Workspace.open(root) as ws:
        assert not ws.office.batches.get(batch).shredded


# ── models ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fit_learns_from_the_newest_day_whose_violations_are_known(call: Call, here: tuple[str, Path]) -> None:
    day = "2025-12-31"  # of the province's own model, so its training days are at hand
    made = call("rating", "fit", "--as-of", day, "--by", "甲", *here, "--json").data
    assert made["trained_as_of"] == "2025-06-30"
    assert made["note"] == ""
    plain = call("rating", "fit", "--as-of", day, "--by", "甲", "--train", "none", *here, "--json").data
    assert plain["trained_as_of"] is None


def test_a_fit_before_any_training_day_says_so(call: Call, province: Province, tmp_path: Path) -> None:
    root = province.copy(tmp_path / "d")
    text = ContentStore.load().files.text("weighting/standard.yaml")
    (root / "content" / "weighting").mkdir(parents=True)
    changed = re.sub(r"(?m)^training_days: .*$", "training_days: 1", text)
    (root / "content" / "weighting" / "standard.yaml").write_text(changed, encoding="utf-8")
    here = ("--dir", root)
    done = call("rating", "fit", "--as-of", "2000-06-30", "--by", "甲", *here, "--json").data
    assert done["trained_as_of"] is None
    assert "1999-12-31" in str(done["note"])
    assert "没有用 1999-12-31" in call("rating", "fit", "--as-of", "2000-06-30", "--by", "甲", *here).out


def test_drafts_of_another_card_are_named(call: Call, province: Province, tmp_path: Path) -> None:
    root = province.copy(tmp_path / "d")
    name = "indicators/administrative_penalty.yaml"
    text, former = ContentStore.load().files.text(name), "[[0, 0], [1, 35], [2, 55]"
    assert former in text
    (root / "content" / "indicators").mkdir(parents=True)
    changed = text.replace(former, former.replace("35", "36"), 1)
    (root / "content" / name).write_text(changed, encoding="utf-8")
    done = call("rate", "--as-of", DAY, "--dir", root)
    assert done.code == 1
    assert "another version of its card" in done.err
    assert "yuheng rating fit --as-of D --grading enterprise" in done.err


# ── explain ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_yes_and_no_are_words(call: Call, here: tuple[str, Path]) -> None:
    uscc = call("rating", "top", "--limit", 1, *here, "--json").data["firms"][0]["uscc"]  # type: ignore[index]
    lines = call("explain", uscc, *here).out.splitlines()
    row = next(line for line in lines if line.startswith("登记状态异常"))
    assert row.split()[1] in ("是", "否")


# ── progress ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_terminal_nothing_but_the_answer_is_printed(call: Call, here: tuple[str, Path]) -> None:
    done = call("rate", "--as-of", DAY, *here, "--json")
    assert done.data["as_of"] == DAY
    assert done.err == ""


def test_the_engine_draws_no_bar_of_its_own() -> None:
    engine = DuckEngine()
    try:
        assert engine.query("select current_setting('enable_progress_bar') as shown")["shown"][0].as_py() is False
    finally:
        engine.close()


def test_on_a_terminal_the_answer_stays_alone_on_standard_output(here: tuple[str, Path]) -> None:
    code = "import yuheng.cli.output as o; o._PATIENCE = 0.0; from yuheng.cli import main; main()"
    above, below = pty.openpty()
    shown: list[bytes] = []

    def drain() -> None:
        while True:
            try:
                shown.append(os.read(above, 65536))
            except OSError:
                return
            if not shown[-1]:
                return

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    args = [sys.executable, "-c", code, "library", "build", "--as-of", DAY, "--json", *map(str, here)]
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=below, check=True)
    os.close(below)
    reader.join(5)
    os.close(above)
    assert json.loads(done.stdout)["tables"]
    assert shown
