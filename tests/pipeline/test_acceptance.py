"""The quality of a fitted model in small: exact first shares, grades that foretell, and a fair part of the oracle."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.province import END, deploy, make_inbox, once, opened
from yuheng import intake
from yuheng.content import ContentStore
from yuheng.errors import DataError
from yuheng.pipeline import Fitted, Workspace, back_test, fit, store, usable_models
from yuheng.pipeline.training import training_days
from yuheng.rating import horizon

FIRST = horizon(END, -24)
FIT = horizon(FIRST, 6)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
DAYS = [horizon(FIT, k) for k in (0, 6, 12)]


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """3,000 enterprises: models fitted six months after the first, frozen, tested on three days of the year after.

    `fitted`, `days` and `oracle` (AUC by month), as JSON.
    """

    def make(folder: Path) -> None:
        make_inbox(folder, enterprises=3000, months=25, others=0.05)
        deploy(folder / "deployment", folder / "inbox")
        with opened(folder / "deployment") as ws:
            with ws.engine() as engine:
                intake.run(ws.deployment, ws.office, ws.lake, engine, ws.store)
            fitted = {name: _frozen(ws, name).to_dict() for name in ws.store.gradings}["enterprise"]
            tested = back_test(ws, ws.store.gradings["enterprise"], DAYS, models=usable_models(ws))
        found = {"fitted": fitted, "days": tested.to_dict()["days"]}
        (folder / "found.json").write_text(json.dumps(found), encoding="utf-8")

    folder = once(tmp_path_factory, "acceptance", make)
    months = json.loads((folder / "truth" / "oracle.json").read_text("utf-8"))["months"]
    return {**json.loads((folder / "found.json").read_text("utf-8")), "oracle": {m["as_of"]: m["auc"] for m in months}}


def _frozen(ws: Workspace, name: str) -> Fitted:
    with ws.engine() as engine:
        found = fit(ws, engine, ws.store.gradings[name], FIT, train=FIRST if name == "enterprise" else None)
    version = store(ws, found.model, by="模型员").version
    ws.office.models.approve(version, by="审批员")
    ws.office.models.activate(version, by="审批员")
    return found


def test_the_first_shares_are_the_targets(accepted: dict[str, Any]) -> None:
    first, calibration = accepted["days"][0], accepted["fitted"]["calibration"]
    assert first["as_of"] == FIT.isoformat()
    assert first["shares"] == pytest.approx(calibration["shares"])
    for grade, share in calibration["targets"].items():
        # a few thousand firms: one tied group at a knot moves a share by its size
        assert first["shares"][grade] == pytest.approx(share, abs=10 / calibration["firms"])


def test_the_model_learns_from_several_days_each_known_in_time(accepted: dict[str, Any]) -> None:
    learnt = {date.fromisoformat(d["as_of"]): d for d in accepted["fitted"]["training"]}
    assert list(learnt) == [horizon(FIRST, -6), horizon(FIRST, -3), FIRST]
    assert all(horizon(d, 6) <= FIT for d in learnt)
    supervised = accepted["fitted"]["weights"]["supervised"]
    assert sum(d["firms"] for d in learnt.values()) == supervised["rows"]
    assert sum(d["bad"] for d in learnt.values()) == supervised["bad"]
    assert accepted["fitted"]["weights"]["skipped"] == []


def test_the_grades_foretell_what_the_firms_do_next(accepted: dict[str, Any]) -> None:
    grades = [d["validation"]["grades"] for d in accepted["days"]]
    bad, firms = (np.array([[g[n] for g in day] for day in grades]).sum(axis=0) for n in ("bad", "firms"))
    rates = bad / firms
    assert all(a < b for a, b in pairwise(rates)), rates
    assert rates[-1] / rates[0] >= 8


def test_the_model_gets_most_of_what_can_be_foreseen(accepted: dict[str, Any]) -> None:
    parts = [d["validation"]["auc"] / accepted["oracle"][d["as_of"]] for d in accepted["days"]]
    # in the mean over three days; single days of 3,000 firms have some fifty violations
    assert np.mean(parts) >= 0.9, parts


def test_the_frozen_model_drifts_little_in_a_year(accepted: dict[str, Any]) -> None:
    drift = [d["drift"] for d in accepted["days"]]
    assert drift[0]["score_psi"] == 0
    assert drift[-1]["score_psi"] > 0
    assert {d["state"] for d in drift} <= {"stable", "watch"}


def test_training_days_must_be_over_on_the_day_of_the_fit() -> None:
    content = ContentStore.load()
    grading, weighting = content.gradings["enterprise"], content.weightings["standard"]
    days = training_days(grading, weighting, FIRST, FIT)
    assert days == [horizon(FIRST, -weighting.training_step * k) for k in range(weighting.training_days)]
    with pytest.raises(DataError, match="complete on 2024-12-31, not yet on 2024-11-30"):
        training_days(grading, weighting, FIRST, date(2024, 11, 30))
