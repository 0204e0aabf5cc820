"""Runs: an unfinished run is found again, a step is done once per digest of its inputs."""

from __future__ import annotations

import datetime as dt

import pytest

from yuheng.errors import OfficeError
from yuheng.office import Office, open_office

from .conftest import KEY

DAY = dt.date(2026, 3, 31)


def test_an_unfinished_run_is_resumed(office: Office, url: str) -> None:
    run = office.runs.begin("run", as_of=DAY, params={"b": 1, "a": "豫"})
    assert (run.kind, run.as_of, run.params_json, run.state) == ("run", DAY, '{"a":"豫","b":1}', "running")
    with open_office(url, audit_key=KEY) as later:
        assert later.runs.begin("run", as_of=DAY, params={"a": "豫", "b": 1}) == run
        others = [("run", DAY, {}), ("rate", DAY, {"a": "豫", "b": 1}), ("run", None, {"a": "豫", "b": 1})]
        ids = {later.runs.begin(kind, as_of=day, params=params).id for kind, day, params in others}
        assert len(ids | {run.id}) == 4
        assert later.runs.begin("run", params={"a": "豫", "b": 1}).id in ids


@pytest.mark.parametrize("state", ["done", "abandoned"])
def test_a_finished_run_is_not_resumed(office: Office, state: str) -> None:
    run = office.runs.begin("run", as_of=DAY)
    finished = office.runs.finish(run, state=state)  # type: ignore[arg-type]
    assert finished.state == state
    assert finished.finished_at is not None
    assert finished.finished_at >= run.started_at
    assert office.runs.finish(run) == finished
    again = office.runs.begin("run", as_of=DAY)
    assert again.id > run.id
    assert [one.id for one in office.runs.list(kind="run")] == [again.id, run.id]
    with pytest.raises(OfficeError, match="is finished"):
        office.runs.mark(run, "late", state="done")


def test_a_step_is_done_on_its_inputs_only(office: Office) -> None:
    run = office.runs.begin("run")
    assert not office.runs.step_done(run, "intake", "d1")
    office.runs.mark(run, "intake", state="running", digest="d1")
    assert not office.runs.step_done(run, "intake", "d1")
    office.runs.mark(run, "library", state="failed", digest="d1", detail="磁盘已满")
    office.runs.mark(run, "intake", state="done", digest="d1", seconds=1.5)
    assert office.runs.step_done(run, "intake", "d1")
    assert not office.runs.step_done(run, "intake", "d2")
    assert not office.runs.step_done(run, "library", "d1")
    assert not office.runs.step_done(office.runs.begin("other"), "intake", "d1")
    steps = office.runs.steps(run)
    assert [(step.name, step.state, step.seconds) for step in steps] == [
        ("intake", "done", 1.5),
        ("library", "failed", 0.0),
    ]
    assert steps[1].detail == "磁盘已满"


def test_what_does_not_exist(office: Office) -> None:
    with pytest.raises(OfficeError, match="no run 7"):
        office.runs.get(7)
    with pytest.raises(OfficeError, match="kind of run is empty"):
        office.runs.begin(" ")
    with pytest.raises(OfficeError, match="no state of a step"):
        office.runs.mark(office.runs.begin("run"), "x", state="maybe")  # type: ignore[arg-type]
    with pytest.raises(OfficeError, match="JSON"):
        office.runs.begin("run", params={"x": DAY})
