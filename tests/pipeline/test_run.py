"""The main job on a small province: what it leaves, and that repeating it changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.province import END, Province
from yuheng.errors import DataError
from yuheng.pipeline import Workspace, back_test, ensure_values, rate, run, usable_models


@pytest.fixture
def ws(province: Province, tmp_path: Path) -> Workspace:
    """A workspace on a copy of the province."""
    return Workspace.open(province.copy(tmp_path / "copy"))


def versions(ws: Workspace) -> dict[tuple[str, str], int]:
    """Lake version of every table."""
    return {key: ws.lake.table(*key).version() for key in ws.lake.tables()}


def test_a_repeated_run_changes_nothing(ws: Workspace) -> None:
    before = versions(ws)
    report = run(ws, END)
    assert report.rated is not None
    assert report.rated.skipped
    assert report.fitted == []
    assert versions(ws) == before
    ws.close()


def test_every_firm_of_a_grading_gets_one_grade(ws: Workspace) -> None:
    with ws.engine() as engine:
        rated = rate(ws, engine, END, models=usable_models(ws))
        firms = engine.query("select count(*) as n, count(distinct ent_id) as d, count(grade_final) as g from grade")
        wanted = engine.query(
            "select count(*) as n from ent_base b where "
            + " or ".join(f"({g.population})" for g in ws.store.gradings.values())
        )["n"][0].as_py()
    assert set(firms.to_pylist()[0].values()) == {wanted}
    assert sum(sum(counts.values()) for counts in rated.firms.values()) == wanted
    assert all(min(counts.values()) > 0 for counts in rated.firms.values())


def test_knots_meet_the_targets_on_the_day_of_the_fit(ws: Workspace) -> None:
    for grading in ws.store.gradings.values():
        model = ws.office.models.list(grading=grading.id)[0]
        calibration = json.loads(json.dumps(model.body["metrics"]))["calibration"]
        gaps = [abs(calibration["shares"][g] - share) for g, share in grading.targets.items()]
        # small provinces have few firms: a share moves in steps of one firm, ties aside
        assert max(gaps) <= 12 / calibration["firms"] or calibration["problems"]


def test_the_grades_foretell_violations(ws: Workspace) -> None:
    from yuheng.rating import horizon

    grading = ws.store.gradings["enterprise"]
    day = horizon(END, -6)
    found = back_test(ws, grading, [day], models=usable_models(ws))
    assert found.days[0].as_of == day
    assert found.days[0].validation.auc > 0.55
    with pytest.raises(DataError, match="violations are known until"):
        back_test(ws, grading, [END], models=usable_models(ws))


def test_before_all_data_there_is_nothing(ws: Workspace) -> None:
    from datetime import date

    with ws.engine() as engine, pytest.raises(DataError, match="no registration is known by 1980-01-31"):
        ensure_values(ws, engine, date(1980, 1, 31))


def test_a_second_run_at_the_same_time_is_refused(ws: Workspace) -> None:
    from yuheng.errors import LakeError

    with ws.office.leases.hold("run"), pytest.raises(LakeError, match="run"):
        run(ws, END)
