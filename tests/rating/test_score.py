"""The generated SQL and the one-firm arithmetic are the same function."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time

import duckdb
import pyarrow as pa
import pytest

from yuheng.content.schema import Grading
from yuheng.errors import RatingError
from yuheng.rating.card import Card
from yuheng.rating.model import Model
from yuheng.rating.points import ScoreInputs, points_sql
from yuheng.rating.score import score_sql
from yuheng.rating.single import Cell, Rated, points_of, rate_one, round9
from yuheng.rating.units import to_units

from .conftest import AS_OF, make_model, random_cells, values_table

COMPARED = [
    "score_raw",
    "score",
    "coverage",
    "insufficient",
    "trigger_ids",
    "override_grade",
    "grade_model",
    "grade_manual",
    "grade_final",
    "national_grade",
    "grade_merged",
]


def clean(card: Card) -> dict[str, Cell]:
    """A firm without any risk point but those every firm has."""
    return {rule.id: (0.0, 0) for rule in card.rules}


def rate_all(
    con: duckdb.DuckDBPyConnection,
    card: Card,
    model: Model,
    grading: Grading,
    rows: list[dict[str, Cell]],
    inputs: ScoreInputs | None = None,
) -> list[dict[str, object]]:
    con.register("vals", values_table(card, rows))
    sql = score_sql(card, model, grading, inputs or ScoreInputs("vals"), as_of=AS_OF)
    found: list[dict[str, object]] = con.sql(f"select * from ({sql}) order by ent_id").to_arrow_table().to_pylist()
    return found


def assert_same(row: dict[str, object], rated: Rated) -> None:
    assert {n: row[n] for n in COMPARED} == {n: getattr(rated, n) for n in COMPARED}
    assert {n: row[f"p_{n}"] for n in rated.points} == rated.points


def test_sql_and_python_agree_to_the_bit(
    con: duckdb.DuckDBPyConnection, card: Card, model: Model, grading: Grading
) -> None:
    rows = random_cells(card, 600, seed=1)
    rows.append(dict.fromkeys(card.ids, (None, 4)))
    rows.append(dict.fromkeys(card.ids, (None, 5)))
    found = rate_all(con, card, model, grading, rows)
    for row, cells in zip(found, rows, strict=True):
        assert_same(row, rate_one(card, model, grading, cells))
    assert {r["grade_model"] for r in found} == {"A", "B", "C", "D", None}


def test_national_manual_and_previous_grades(con: duckdb.DuckDBPyConnection, card: Card, grading: Grading) -> None:
    held = dataclasses.replace(card, hysteresis=30.0)
    model = make_model(held, dict.fromkeys(card.ids, 1.0))
    rows = random_cells(held, 400, seed=2)
    letters = ["A", "B", "C", "D", None]
    ids = list(range(1, len(rows) + 1))
    previous = [letters[i % 5] for i in ids]
    manual = [letters[(i // 5) % 5] for i in ids]
    national = [letters[(i // 25) % 5] for i in ids]
    con.register("prev", pa.table({"ent_id": ids, "grade_model": pa.array(previous, pa.string())}))
    con.register(
        "nat", pa.table({"ent_id": ids, "grade": pa.array(national, pa.string()), "grade_month": [AS_OF] * len(ids)})
    )
    decided = [(i, g) for i, g in zip(ids, manual, strict=True) if g]
    con.register(
        "man",
        pa.table(
            {
                "ent_id": [i for i, _ in decided],
                "grade": [g for _, g in decided],
                "valid_from": [dt.date(2025, 1, 1)] * len(decided),
                "valid_to": [dt.date(2025, 12, 1)] * len(decided),
                "decision_id": [f"M{i}" for i, _ in decided],
            }
        ),
    )
    inputs = ScoreInputs("vals", previous="prev", manual="man", national="nat")
    for rule in ("stricter", "local", "fused", "none"):
        ours = grading.model_copy(update={"national_merge": rule})
        found = rate_all(con, held, model, ours, rows, inputs)
        for k, row in enumerate(found):
            one = rate_one(held, model, ours, rows[k], previous=previous[k], manual=manual[k], national=national[k])
            assert_same(row, one)


def test_hysteresis_only_holds_back_an_improvement(card: Card, grading: Grading) -> None:
    held = dataclasses.replace(card, hysteresis=30.0)
    model = make_model(held, dict.fromkeys(card.ids, 1.0))
    for cells in random_cells(held, 200, seed=3):
        free = rate_one(held, model, grading, cells)
        for before in "ABCD":
            now = rate_one(held, model, grading, cells, previous=before)
            assert free.grade_model is not None
            assert now.grade_model is not None
            assert now.score == free.score
            assert free.grade_model <= now.grade_model <= max(free.grade_model, before)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "expected"),
    [
        (dt.date(2025, 6, 30), dt.date(2025, 7, 1), "C"),
        (dt.date(2025, 7, 1), dt.date(2025, 9, 1), None),
        (dt.date(2025, 1, 1), dt.date(2025, 6, 30), None),
        (dt.date(2024, 6, 30), dt.date(2030, 1, 1), None),
        (dt.date(2024, 7, 1), dt.date(2030, 1, 1), "C"),
    ],
)
def test_manual_grade_is_in_force_for_at_most_twelve_months(
    con: duckdb.DuckDBPyConnection,
    card: Card,
    model: Model,
    grading: Grading,
    valid_from: dt.date,
    valid_to: dt.date,
    expected: str | None,
) -> None:
    con.register(
        "man",
        pa.table(
            {"ent_id": [1], "grade": ["C"], "valid_from": [valid_from], "valid_to": [valid_to], "decision_id": ["M1"]}
        ),
    )
    [row] = rate_all(con, card, model, grading, [clean(card)], ScoreInputs("vals", manual="man"))
    assert row["grade_manual"] == expected
    assert row["grade_final"] == (expected or row["grade_model"])


def test_open_override_facts_never_give_the_best_grade(card: Card, model: Model, grading: Grading) -> None:
    for rule in card.rules:
        if rule.trigger is None:
            continue
        cells = clean(card) | {rule.id: (rule.trigger[2], 0)}
        rated = rate_one(card, model, grading, cells, manual="A")
        assert rated.override_grade == card.grades[rule.trigger[1]]
        assert rated.grade_model == rated.override_grade
        assert rated.grade_final == "B"
        assert rated.trigger_ids == rule.id


def test_floor_overrides_do_not_add_up(card: Card, model: Model, grading: Grading) -> None:
    floors = {r.id: (r.trigger[2], 0) for r in card.rules if r.trigger and r.trigger[1] == 2}
    assert len(floors) == 7
    few = rate_one(card, model, grading, clean(card) | dict(list(floors.items())[:2]))
    assert (few.score, few.grade_model) == (500.0, "C")


def test_excluded_indicators_renormalise_and_only_unconnected_ones_cost_coverage(
    card: Card, model: Model, grading: Grading
) -> None:
    full = rate_one(card, model, grading, clean(card) | {"penalty_count_3y": (9.0, 0)})
    inapplicable = rate_one(card, model, grading, clean(card) | {"penalty_count_3y": (None, 4)})
    unconnected = rate_one(card, model, grading, clean(card) | {"penalty_count_3y": (None, 5)})
    assert full.coverage == inapplicable.coverage == 1.0
    assert unconnected.coverage == round9(1 - model.share("penalty_count_3y"))
    assert inapplicable.score_raw == unconnected.score_raw
    share = model.share("penalty_count_3y")
    assert full.score_raw == pytest.approx((inapplicable.score_raw or 0) * (1 - share) + 10 * share * 95, abs=1e-5)


def test_contributions_sum_to_the_raw_score(card: Card, model: Model, grading: Grading) -> None:
    for cells in random_cells(card, 50, seed=4):
        rated = rate_one(card, model, grading, cells)
        assert sum(rated.contributions.values()) == pytest.approx(rated.score_raw, abs=1e-6)


def test_a_value_on_a_bound_belongs_to_the_lower_bin(card: Card) -> None:
    rule = next(r for r in card.rules if r.id == "legal_rep_age")
    assert [points_of(rule, (v, 0)) for v in (17.999, 18, 60, 60.0000000004, 60.000000001)] == [80, 35, 0, 0, 15]
    assert points_of(rule, (None, 0)) == points_of(rule, (None, 2)) == rule.missing


def test_percentile_orders_firms_and_ties_share_it(
    con: duckdb.DuckDBPyConnection, card: Card, model: Model, grading: Grading
) -> None:
    worse = clean(card) | {"penalty_count_3y": (9.0, 0)}
    found = rate_all(con, card, model, grading, [clean(card), clean(card), worse])
    assert [r["percentile"] for r in found] == [0.0, 0.0, 100.0]


def test_points_alone_are_the_points_of_the_rating(
    con: duckdb.DuckDBPyConnection, card: Card, model: Model, grading: Grading
) -> None:
    rows = random_cells(card, 50, seed=5)
    found = rate_all(con, card, model, grading, rows)
    alone = (
        con.sql(f"select * from ({points_sql(card, ScoreInputs('vals'))}) order by ent_id").to_arrow_table().to_pylist()
    )
    assert alone == [{k: r[k] for k in alone[0]} for r in found]


def test_a_model_of_another_card_is_refused(card: Card, grading: Grading) -> None:
    model = make_model(card, dict.fromkeys(card.ids, 1.0))
    moved = dataclasses.replace(card, rules=(dataclasses.replace(card.rules[0], missing=51), *card.rules[1:]))
    with pytest.raises(RatingError, match="another version of card"):
        score_sql(moved, model, grading, ScoreInputs("vals"), as_of=AS_OF)


def test_weights_in_units_sum_exactly() -> None:
    units = to_units({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    assert sum(units.values()) == 10**12
    assert max(units.values()) - min(units.values()) == 1


def test_one_firm_is_rated_within_a_few_milliseconds(card: Card, model: Model, grading: Grading) -> None:
    cells = random_cells(card, 1, seed=6)[0]
    start = time.perf_counter()
    for _ in range(20):
        rate_one(card, model, grading, cells)
    assert (time.perf_counter() - start) / 20 < 0.05
