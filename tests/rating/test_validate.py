"""Metrics against hand-made figures and plain definitions; labels read events by their own dates."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from yuheng.content.schema import Grading, Label
from yuheng.errors import RatingError
from yuheng.rating.drift import bands_sql, drift_report, migration, migration_sql, psi, shares_sql
from yuheng.rating.labels import horizon, label_sql, label_tables
from yuheng.rating.validate import (
    Probability,
    auc,
    calibration_slope,
    fit_probability,
    ks,
    outcome_sql,
    outcomes_of,
    top_lift,
    validate,
)

D = dt.date(2025, 6, 30)


def test_auc_and_ks_by_definition() -> None:
    rng = np.random.default_rng(1)
    score = rng.integers(0, 30, 400).astype(float)
    y = (rng.random(400) < score / 60).astype(int)
    found = outcomes_of(score, y)
    bad, good = score[y == 1], score[y == 0]
    pairs = (bad[:, None] > good[None, :]).mean() + 0.5 * (bad[:, None] == good[None, :]).mean()
    assert auc(found) == pytest.approx(pairs)
    gaps = [abs((good <= s).mean() - (bad <= s).mean()) for s in np.unique(score)]
    assert ks(found) == pytest.approx(max(gaps))


def test_lift_of_the_worst_tenth() -> None:
    score = np.arange(100.0)
    y = (score >= 90).astype(int)
    assert top_lift(outcomes_of(score, y)) == pytest.approx(10)
    assert top_lift(outcomes_of(np.zeros(100), y)) == pytest.approx(1)


def test_calibration_slope_sees_an_overconfident_model() -> None:
    rng = np.random.default_rng(2)
    score = rng.uniform(0, 1000, 60_000).round(1)
    true = Probability(-4.0, 0.005)
    found = outcomes_of(score, (rng.random(60_000) < true.of(score)).astype(int))
    fitted = fit_probability(found)
    assert fitted.slope == pytest.approx(0.005, rel=0.05)
    assert calibration_slope(found, fitted) == pytest.approx(1, abs=1e-6)
    assert calibration_slope(found, Probability(-8.0, 0.010)) == pytest.approx(0.5, rel=0.05)


def test_validation_of_a_graded_month(con: duckdb.DuckDBPyConnection, grading: Grading) -> None:
    rng = np.random.default_rng(3)
    n = 20_000
    score = np.round(rng.uniform(0, 1000, n), 6)
    y = (rng.random(n) < 1 / (1 + np.exp(6 - 0.008 * score))).astype(int)
    ranks = np.searchsorted([200, 500, 750], score, side="right")
    con.register("g", pa.table({"ent_id": range(n), "score": score, "grade_model": np.array(list("ABCD"))[ranks]}))
    con.register("l", pa.table({"ent_id": range(n), "y": pa.array(y, pa.int16()), "weight": np.where(y, 2.0, 1.0)}))
    table = con.sql(outcome_sql("g", "l")).to_arrow_table()
    found = validate(table, "ABCD", grading.standards)
    assert found.auc == pytest.approx(auc(outcomes_of(score, y)))
    assert (found.firms, found.bad) == (n, int(y.sum()))
    for k, row in enumerate(found.grades):
        assert row.bad_rate == pytest.approx(y[ranks == k].mean())
        assert row.weighted_rate == pytest.approx(2 * row.bad_rate)
    assert found.monotone
    assert found.failures == ()
    assert found.to_dict()["monotone"] is True
    backwards = validate(table, "DCBA", grading.standards)
    assert any("does not rise" in f for f in backwards.failures)


def test_one_outcome_only_is_an_error() -> None:
    with pytest.raises(RatingError, match="with and without later violations"):
        auc(outcomes_of([1, 2], [0, 0]))


def test_psi_by_hand() -> None:
    base, now = {"a": 50, "b": 50}, {"a": 60, "b": 40}
    assert psi(base, now) == pytest.approx(0.1 * np.log(1.2) - 0.1 * np.log(0.8))
    assert psi(base, {"a": 5, "b": 5}) == pytest.approx(0)
    assert np.isfinite(psi(base, {"c": 1}))


def test_migration_and_drift(con: duckdb.DuckDBPyConnection, grading: Grading) -> None:
    con.register("b", pa.table({"ent_id": [1, 2, 3, 4], "grade_model": list("ABCD"), "score": [10.0, 210, 510, 760]}))
    con.register("a", pa.table({"ent_id": [1, 2, 3, 5], "grade_model": list("AACD"), "score": [10.0, 190, 510, 760]}))
    moved = migration(con.sql(migration_sql("b", "a")).to_arrow_table(), "ABCD")
    assert moved.matrix == ((1, 0, 0, 0), (1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0, 0))
    assert (moved.entered["D"], moved.left["D"], moved.kept) == (1, 1, pytest.approx(2 / 3))
    tables = [con.sql(s).to_arrow_table() for s in (bands_sql("b", 50), bands_sql("a", 50))]
    shares = [con.sql(shares_sql(t)).to_arrow_table() for t in ("b", "a")]
    report = drift_report(*tables, *shares, grading.standards)
    assert report.state == "alarm"
    assert report.shares_now == {"A": 0.5, "C": 0.25, "D": 0.25}
    assert drift_report(tables[0], tables[0], shares[0], shares[0], grading.standards).state == "stable"


@pytest.mark.parametrize(
    ("as_of", "until"),
    [
        (dt.date(2025, 6, 30), dt.date(2025, 12, 31)),
        (dt.date(2024, 8, 31), dt.date(2025, 2, 28)),
        (dt.date(2025, 1, 15), dt.date(2025, 7, 15)),
        (dt.date(2024, 8, 30), dt.date(2025, 2, 28)),
    ],
)
def test_horizon(as_of: dt.date, until: dt.date) -> None:
    assert horizon(as_of, 6) == until


COLUMNS = {
    "ent_penalty": "decide_date DATE",
    "ent_abnormal": "in_date DATE",
    "ent_serious": "in_date DATE",
    "ent_inspection": "check_date DATE, is_random SMALLINT, is_problem SMALLINT, draw_weight DECIMAL(18,6)",
    "food_sampling": "report_date DATE, result VARCHAR, is_responsible SMALLINT",
    "product_spotcheck": "report_date DATE, result VARCHAR, is_responsible SMALLINT",
    "case_12315": "filed_date DATE, case_type VARCHAR",
}
ALWAYS = "DATE '2025-01-01', DATE '9999-12-31', 'upsert'"


@pytest.fixture
def world(con: duckdb.DuckDBPyConnection, grading: Grading) -> duckdb.DuckDBPyConnection:
    for table in label_tables(grading.label):
        clocks = "ent_id BIGINT, known_from DATE, known_to DATE, op VARCHAR"
        con.execute(f"create table {table} ({clocks}, {COLUMNS[table]})")
    con.execute("create table firms as select range + 1 as ent_id from range(20)")
    return con


def labels(con: duckdb.DuckDBPyConnection, label: Label) -> dict[int, tuple[int, float, str | None]]:
    rows = con.sql(label_sql(label, "firms", as_of=D)).fetchall()
    return {ent: (y, weight, reasons) for ent, y, weight, reasons in rows if y}


def test_events_count_by_their_own_date(world: duckdb.DuckDBPyConnection, grading: Grading) -> None:
    for ent, when in enumerate(["2025-06-30", "2025-07-01", "2025-12-31", "2026-01-01"], start=1):
        world.execute(f"insert into ent_penalty values ({ent}, {ALWAYS}, DATE '{when}')")
    assert labels(world, grading.label) == {2: (1, 1.0, "penalty"), 3: (1, 1.0, "penalty")}


def test_withdrawn_and_superseded_events_do_not_count(world: duckdb.DuckDBPyConnection, grading: Grading) -> None:
    world.execute("insert into ent_penalty values (1, '2025-08-01', '9999-12-31', 'withdraw', '2025-08-01')")
    world.execute("insert into ent_penalty values (2, '2025-08-01', '2025-09-01', 'upsert', '2025-08-01')")
    world.execute("insert into ent_penalty values (null, '2025-08-01', '9999-12-31', 'upsert', '2025-08-01')")
    assert labels(world, grading.label) == {}


def test_only_findings_by_lot_count_and_weigh_their_selection(
    world: duckdb.DuckDBPyConnection, grading: Grading
) -> None:
    for ent, random, problem in [(1, 1, 1), (2, 0, 1), (3, 1, 0), (4, 1, 1)]:
        world.execute(f"insert into ent_inspection values ({ent}, {ALWAYS}, '2025-08-01', {random}, {problem}, 50)")
    world.execute(f"insert into ent_abnormal values (4, {ALWAYS}, '2025-08-01')")
    assert labels(world, grading.label) == {
        1: (1, 50.0, "random_inspection"),
        4: (1, 1.0, "abnormal,random_inspection"),
    }


def test_samples_and_reports(world: duckdb.DuckDBPyConnection, grading: Grading) -> None:
    for ent, result, responsible in [(1, "FAIL", 1), (2, "FAIL", 0), (3, "PASS", 1)]:
        world.execute(f"insert into food_sampling values ({ent}, {ALWAYS}, '2025-08-01', '{result}', {responsible})")
    for ent, kind, filed in [(5, "REPORT", "'2025-08-01'"), (6, "COMPLAINT", "'2025-08-01'"), (7, "REPORT", "null")]:
        world.execute(f"insert into case_12315 values ({ent}, {ALWAYS}, {filed}, '{kind}')")
    assert {e: r for e, (_, _, r) in labels(world, grading.label).items()} == {1: "food_sampling", 5: "filed_report"}
