"""A withdrawn month is no longer what later months read, however often and wherever the withdrawal was cut off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.province import END, Province
from yuheng.errors import OfficeError
from yuheng.office import Release
from yuheng.pipeline import Workspace, draft, freeze, rate, usable_models, withdraw
from yuheng.rating import horizon

DAY = END.isoformat()


@pytest.fixture
def ws(province: Province, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(province.copy(tmp_path / "d")) as opened:
        for model in opened.office.models.list():
            if model.state == "draft":
                opened.office.models.approve(model.version, by="处长")
                opened.office.models.activate(model.version, by="处长")
        yield opened


def frozen(ws: Workspace) -> Release:
    made = draft(ws, END, by="甲")
    for check in made.checks:
        if not check.settled:
            ws.office.releases.accept(made.id, check.name, by="丙", reason="样本小")
    for name in ("乙", "丙"):
        ws.office.releases.sign(made.id, by=name)
    return freeze(ws, made.id, by="甲")


def months(ws: Workspace) -> list[str]:
    return ws.lake.table("rating", "grade_released").slices()


def test_later_months_read_a_withdrawn_month_no_more(ws: Workspace, call: Call) -> None:
    number = frozen(ws).id
    assert months(ws) == [DAY]
    args = ("release", "withdraw", number, "--by", "甲", "--reason", "试验", "--dir", ws.deployment.root)
    assert call(*args, "--json").data["state"] == "withdrawn"
    assert months(ws) == []
    again = call(*args)
    assert (again.code, "withdrawn before" in again.err) == (1, True)
    assert months(ws) == []


def test_a_month_withdrawn_and_frozen_anew_stands_there_again(ws: Workspace) -> None:
    first = frozen(ws)
    withdraw(ws, first.id, by="甲", reason="试验")
    second = frozen(ws)
    assert months(ws) == [DAY]
    table = ws.lake.table("rating", "grade_released")
    assert table.rows() == ws.lake.table("rating", "grade").rows(slice=DAY)
    withdraw(ws, second.id, by="甲", reason="试验")
    assert months(ws) == []


def test_a_withdrawal_cut_off_after_the_decision_is_finished_by_repeating_it(ws: Workspace, call: Call) -> None:
    number = frozen(ws).id
    ws.office.releases.withdraw(number, by="甲", reason="试验")  # killed here: the lake still has the month
    assert months(ws) == [DAY]
    args = ("release", "withdraw", number, "--by", "甲", "--reason", "试验", "--dir", ws.deployment.root)
    assert call(*args, "--json").data["state"] == "withdrawn"
    assert months(ws) == []


def test_withdrawing_the_older_of_two_releases_leaves_the_month_of_the_newer(ws: Workspace) -> None:
    first = frozen(ws)
    ws.office.releases.withdraw(first.id, by="甲", reason="cut off before the lake")
    frozen(ws)
    with pytest.raises(OfficeError, match="withdrawn before"):
        withdraw(ws, first.id, by="甲", reason="again")
    assert months(ws) == [DAY]


def test_a_freeze_cut_off_before_its_last_step_can_be_withdrawn(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ws.office.releases, "freeze", killed)
        with pytest.raises(KeyboardInterrupt):
            frozen(ws)
    (release,) = ws.office.releases.list(state="signed")
    assert months(ws) == [DAY]
    withdraw(ws, release.id, by="甲", reason="试验")
    assert months(ws) == []


def test_the_month_after_is_rated_anew_without_it(ws: Workspace) -> None:
    after = horizon(END, 1)
    number = frozen(ws).id
    with ws.engine() as engine:
        rate(ws, engine, after, models=usable_models(ws))
    with ws.engine() as engine:
        assert rate(ws, engine, after, models=usable_models(ws)).skipped
    withdraw(ws, number, by="甲", reason="试验")
    with ws.engine() as engine:
        assert not rate(ws, engine, after, models=usable_models(ws)).skipped
