import json
import subprocess
import sys
from pathlib import Path


def yuheng(*args: str) -> subprocess.CompletedProcess[str]:
    code = "from yuheng.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=False)


def test_content_list_gives_5_25_81() -> None:
    done = yuheng("content", "list", "--json")
    assert done.returncode == 0, done.stderr
    listing = json.loads(done.stdout)
    assert [listing[kind]["count"] for kind in ("indicator_l1", "indicator_l2", "indicator")] == [5, 25, 81]
    assert listing["indicator"]["ids"][0] == "operating_years"


def test_shipped_content_has_no_problem() -> None:
    done = yuheng("content", "check", "--json")
    assert (done.returncode, json.loads(done.stdout)["problems"]) == (0, [])


def test_a_broken_overlay_is_named_with_file_and_line(tmp_path: Path) -> None:
    assert yuheng("init", str(tmp_path / "d")).returncode == 0
    overlay = tmp_path / "d" / "content" / "gradings"
    overlay.mkdir(parents=True)
    (overlay / "enterprise.yaml").write_text("id: enterprise\nname_zh: 企业\ncolour: red\n", encoding="utf-8")
    done = yuheng("content", "check", "--dir", str(tmp_path / "d"), "--json")
    problems = json.loads(done.stdout)["problems"]
    assert done.returncode == 1
    assert ("gradings/enterprise.yaml", 3) in {(p["file"], p["line"]) for p in problems}


def test_exit_codes_and_messages(tmp_path: Path) -> None:
    missing = yuheng("content", "check", "--dir", str(tmp_path))
    assert (missing.returncode, "yuheng init" in missing.stderr) == (1, True)
    assert yuheng("content", "list", "--kind", "nothing").returncode == 2
    assert yuheng("no-such-command").returncode == 2
