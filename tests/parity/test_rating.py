"""All SQL the rating generates gives the same points, scores, grades, labels and reports on both engines."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from tests.parity import world
from tests.parity.both import Both
from tests.parity.conftest import Derived
from tests.rating.conftest import make_model, random_cells, values_table
from yuheng.content import ContentStore
from yuheng.rating import (
    ScoreInputs,
    bands_sql,
    calibration_sql,
    card_of,
    label_sql,
    migration_sql,
    outcome_sql,
    points_sql,
    sample_sql,
    score_sql,
    shares_sql,
)

pytestmark = pytest.mark.spark

FIRMS = 300
INPUTS = ScoreInputs("vals", "spine", "previous", "manual", "national", "t.ent_id % 10 <> 0")


@pytest.fixture(scope="module")
def rated(both: Both, store: ContentStore) -> Both:
    """Random values, the tables a scoring run reads, and two months of grades made from them."""
    grading = store.gradings["enterprise"].model_copy(update={"hysteresis": 20.0})
    card = card_of(grading, store.indicators)
    ids = list(range(1, FIRMS + 1))
    both.register("vals", values_table(card, random_cells(card, FIRMS, 5)))
    both.register("spine", pa.table({"ent_id": ids, "uscc": [f"U{i}" for i in ids], "region_code": ["410102"] * FIRMS}))
    both.register(
        "previous", pa.table({"ent_id": ids[::2], "grade_model": (["A", "B", "C", "D", None] * FIRMS)[: FIRMS // 2]})
    )
    both.register(
        "manual",
        pa.table(
            {
                "ent_id": [1, 1, 2, 3, 4],
                "grade": ["C", "A", "D", "B", "A"],
                "valid_from": [
                    date(2025, 1, 31),
                    date(2025, 1, 31),
                    date(2024, 6, 30),
                    date(2025, 6, 30),
                    date(2025, 7, 1),
                ],
                "valid_to": [date(2026, 1, 1)] * 5,
                "decision_id": [1, 2, 3, 4, 5],
            }
        ),
    )
    months = [date(2025, 4, 30), date(2025, 5, 31)]
    both.register(
        "national",
        pa.table(
            {
                "ent_id": ids[:50] * 2,
                "grade": [*"ABCD", None] * 20,
                "grade_month": [m for m in months for _ in range(50)],
            }
        ),
    )
    model = make_model(card, {i: store.indicators[i].expert_weight for i in card.ids})
    for name, day in (("before", date(2025, 5, 31)), ("after", world.AS_OF)):
        inputs = INPUTS if name == "after" else ScoreInputs("vals", where="t.ent_id > 20")
        sql = score_sql(card, model, grading, inputs, as_of=day)
        both.define(name, sql, materialise=True)
    return both


@pytest.mark.timeout(900)
def test_grades(rated: Both) -> None:
    found = rated.agree("select * from after")
    assert found.num_rows == FIRMS * 9 // 10
    assert set(found["grade_final"].to_pylist()) >= {"A", "B", "C", "D"}
    rated.agree("select * from before")


@pytest.mark.timeout(900)
def test_points_and_calibration(rated: Both, store: ContentStore) -> None:
    for grading in store.gradings.values():
        card = card_of(grading, store.indicators)
        weights = make_model(card, {i: store.indicators[i].expert_weight for i in card.ids}).weights
        points = rated.agree(points_sql(card, ScoreInputs("vals")))
        assert points.num_rows == FIRMS
        rated.agree(calibration_sql(card, weights, ScoreInputs("vals")))
        assert rated.agree(sample_sql(card, weights, ScoreInputs("vals"), 50)).num_rows == 50


def test_reports_on_two_months(rated: Both) -> None:
    rated.agree(bands_sql("after", 50.0))
    rated.agree(shares_sql("after"))
    assert rated.agree(migration_sql("before", "after")).num_rows > 4


@pytest.mark.timeout(900)
def test_labels(rated: Both, derived: Derived, store: ContentStore) -> None:
    before = date(2024, 12, 31)
    for name, rows in derived.versions.items():
        rated.register(f"{name}__all", rows)
    for grading in store.gradings.values():
        label = grading.label.model_copy(
            update={"events": [e.model_copy(update={"table": f"{e.table}__all"}) for e in grading.label.events]}
        )
        for known_at in (None, world.AS_OF):
            rows = rated.agree(label_sql(label, "spine", as_of=before, known_at=known_at))
            assert set(rows["y"].to_pylist()) == {0, 1}
        rated.define("label", label_sql(label, "spine", as_of=before), materialise=True)
        assert rated.agree(outcome_sql("after", "label")).num_rows > 0
