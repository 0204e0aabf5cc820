"""The command line as a process of its own, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Call


def test_as_a_process_it_lists_5_25_81() -> None:
    code = "from yuheng.cli import main; main()"
    args = [sys.executable, "-c", code, "content", "list", "--json"]
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    listing = json.loads(done.stdout)
    assert [listing[kind]["count"] for kind in ("indicator_l1", "indicator_l2", "indicator")] == [5, 25, 81]
    assert listing["indicator"]["ids"][0] == "operating_years"


def test_shipped_content_has_no_problem(call: Call) -> None:
    assert call("content", "check", "--json").data["problems"] == []


def test_a_broken_overlay_is_named_with_file_and_line(call: Call, tmp_path: Path) -> None:
    assert call("init", tmp_path / "d").code == 0
    overlay = tmp_path / "d" / "content" / "gradings"
    overlay.mkdir(parents=True)
    (overlay / "enterprise.yaml").write_text("id: enterprise\nname_zh: 企业\ncolour: red\n", encoding="utf-8")
    done = call("content", "check", "--dir", tmp_path / "d", "--json")
    problems = json.loads(done.out)["problems"]
    assert done.code == 1
    assert ("gradings/enterprise.yaml", 3) in {(p["file"], p["line"]) for p in problems}


def test_exit_codes_and_messages(call: Call, tmp_path: Path) -> None:
    missing = call("content", "check", "--dir", tmp_path)
    assert (missing.code, "yuheng init" in missing.err) == (1, True)
    assert call("content", "list", "--kind", "nothing").code == 2
    assert call("no-such-command").code == 2
