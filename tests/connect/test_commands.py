"""The commands, as an operator uses them: a world is served, tried, pulled and taken."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.connect.site import Site
from yuheng.intake.pull import try_source
from yuheng.simulate.counterparts import serve
from yuheng.simulate.counterparts.api import ApiCounterpart
from yuheng.simulate.counterparts.base import Access
from yuheng.simulate.counterparts.world import World as Simulated

MAIN = [sys.executable, "-c", "from yuheng.cli import main; main()"]


def command(*args: str | Path) -> tuple[int, str]:
    """Exit code and output of `yuheng …`."""
    done = subprocess.run([*MAIN, *map(str, args)], capture_output=True, text=True, encoding="utf-8")
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_a_served_world_is_tried_pulled_and_taken(tmp_path: Path, simulated: Simulated) -> None:
    here, log = tmp_path / "here", tmp_path / "serve.log"
    assert command("init", here)[0] == 0
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*MAIN, "simulate", "serve", str(simulated.inbox), "--into", str(here)], stdout=out, stderr=out
        )
    try:
        until = time.monotonic() + 120
        while "Ctrl-C" not in log.read_text(encoding="utf-8") and time.monotonic() < until:
            assert server.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        code, text = command("intake", "test", "S-COURT", "--dir", here, "--json")
        assert code == 0, text
        tested = json.loads(text)
        assert tested["sound"]
        assert {f["step"] for f in tested["feeds"][0]["findings"]} == {
            "resolve",
            "connect",
            "login",
            "clock",
            "columns",
        }
        code, text = command("intake", "run", "--source", "S-COURT", "--dir", here, "--json")
        assert code == 0, text
        taken = json.loads(text)
        assert taken["pulled"]["rows"] == taken["records"] > 20
        code, text = command("intake", "pull", "--source", "S-COURT", "--dir", here)
        assert (code, "失败" in text) == (0, False)
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
    code, text = command("intake", "pull", "--source", "S-COURT", "--dir", here)
    assert code == 1
    assert "失败 S-COURT" in text
    code, text = command("intake", "test", "S-COURT", "--dir", here)
    assert code == 1
    assert "连接不上" in text


def test_a_test_says_what_is_wrong(site: Site, interfaces: dict[str, ApiCounterpart]) -> None:
    served = interfaces["S-COURT"]
    served.gate.auth = "basic"
    site.connect(served.start())
    sound = try_source(site.world.deployment, site.world.store, "S-COURT")
    assert all(t.sound for t in sound)
    assert all(len(t.rows) == min(3, served.feeds[t.feed].rows.num_rows) for t in sound)
    assert "*" in sound[0].rows[0][0]

    def errors() -> list[tuple[str, str]]:
        found = try_source(site.world.deployment, site.world.store, "S-COURT")
        return [(f.step, f.todo) for f in found[0].findings if f.level == "error"]

    served.faults.renamed = {"CASE_NO": "ANHAO"}
    assert errors()[0][0] == "columns"
    served.faults.renamed = {}
    site.secrets["S-COURT"] = "wrong"
    assert errors()[0][0] == "login"
    assert "YUHENG_SECRET" in errors()[0][1]
    site.change("S-COURT", url="http://nowhere.invalid")
    assert errors()[0][0] == "resolve"
    site.change("S-COURT", url="http://127.0.0.1:9")
    assert errors()[0][0] == "connect"
    assert not site.files("S-COURT")
    assert site.world.office.watermarks.list() == []


def test_settings_are_written_where_they_belong(tmp_path: Path, site: Site) -> None:
    accesses = [Access("S-COURT", {"url": "http://127.0.0.1:1", "auth": "key", "rate": 2.5}, "s3cret")]
    path = tmp_path / "out" / "counterparts.toml"
    secrets = serve.write_settings(accesses, path)
    assert "s3cret" not in path.read_text()
    assert secrets.read_text() == "YUHENG_SECRET_S_COURT=s3cret\n"
    assert secrets.stat().st_mode & 0o077 == 0
    root = site.world.deployment.root
    before = (root / "yuheng.toml").read_text()
    for _ in range(2):
        serve.install(accesses, root)
    text = (root / "yuheng.toml").read_text()
    assert text.startswith(before.rstrip("\n"))
    assert text.count("[connections.") == 1
    assert "s3cret" not in text
    assert (root / "keys" / "S-COURT.secret").read_text() == "s3cret\n"
