"""The office says of a run what it took in altogether, however often it was stopped."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.province import END, deploy, make_inbox
from yuheng import intake
from yuheng.errors import LakeError
from yuheng.pipeline import Workspace, run

KEPT = ("S-REG", "S-PUN", "S-ABN")
REFUSED = Path("S-PUN/penalty/penalty_202604.csv")


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sources of forty firms, and a file that is refused."""
    folder = tmp_path_factory.mktemp("taken")
    make_inbox(folder, enterprises=40, months=2)
    for source in (folder / "inbox").iterdir():
        if source.name not in KEPT:
            shutil.rmtree(source)
    (folder / "inbox" / REFUSED).write_bytes(b"A,B\n1,2\n")
    return folder / "inbox"


@pytest.fixture
def ws(inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A deployment whose runs take in and do nothing else."""
    for step in ("_fit", "_rate", "_back_test"):
        monkeypatch.setattr(sys.modules[run.__module__], step, lambda *_: {})
    deploy(tmp_path / "d", inbox)
    return Workspace.open(tmp_path / "d")


def told(ws: Workspace) -> dict[str, object]:
    """The intake step of the last run."""
    job = ws.office.runs.list(kind="run", limit=1)[0]
    detail = next(s.detail for s in ws.office.runs.steps(job) if s.name == "intake")
    return dict(json.loads(detail))


def test_a_run_killed_and_failed_tells_what_an_undisturbed_one_tells(
    ws: Workspace, inbox: Path, tmp_path: Path
) -> None:
    for at, how in (("land", KeyboardInterrupt()), ("ent_penalty", LakeError("the disk is full"))):

        def stop(what: str, done: int, _: int, at: str = at, how: BaseException = how) -> None:
            if what == at and done:
                raise how

        with pytest.raises(type(how)):
            run(ws, END, progress=stop)
    last = run(ws, END)
    assert last.resumed
    assert last.intake is not None
    own, whole = sum(last.intake.counts[f] for f in intake.FATES), told(ws)
    assert last.intake.landed == []
    assert 0 < own < int(str(whole["records"]))
    deploy(tmp_path / "calm", inbox)
    with Workspace.open(tmp_path / "calm") as calm:
        report = run(calm, END).intake
        assert told(calm) == whole
    assert report is not None
    assert whole == {
        "files": sum(one.status == "new" for one in report.landed),
        "records": sum(report.counts[fate] for fate in intake.FATES),
        "fates": {fate: report.counts[fate] for fate in intake.FATES},
        "refused": report.refused,
    }
    assert len(report.refused) == 1
    ws.close()


def test_a_later_run_tells_what_came_since(ws: Workspace, inbox: Path) -> None:
    run(ws, END)
    first = told(ws)
    run(ws, END)
    nothing = {"files": 0, "records": 0, "fates": dict.fromkeys(intake.FATES, 0), "refused": {}}
    assert told(ws) == nothing != first
    shutil.copytree(inbox / "S-PUN", ws.deployment.inbox / "S-PUN", dirs_exist_ok=True)
    path = next(p for p in (ws.deployment.inbox / "S-PUN" / "penalty").iterdir() if p.name != REFUSED.name)
    path.write_bytes(path.read_bytes() + b"cut,off\n")
    run(ws, END)
    assert told(ws)["files"] == 1, "what was delivered before and the refused file are nothing new"
    ws.close()
