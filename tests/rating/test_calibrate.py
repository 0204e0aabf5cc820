"""Final shares meet the targets, overrides included; impossible targets are reported, not forced."""

from __future__ import annotations

import numpy as np
import pytest

from yuheng.content.schema import Grading
from yuheng.errors import RatingError
from yuheng.rating.calibrate import calibrate, grade_ranks
from yuheng.rating.card import Card
from yuheng.rating.model import Knots, Model

TARGETS = {"A": 0.5142, "B": 0.3530, "C": 0.0881, "D": 0.0447}


def scores(firms: int, seed: int, digits: int = 6) -> np.ndarray:
    return np.round(np.random.default_rng(seed).gamma(4.0, 30.0, firms).clip(0, 999), digits)


def triggers(firms: int, seed: int, c: float = 0.03, d: float = 0.02) -> np.ndarray:
    u = np.random.default_rng(seed + 1000).random(firms)
    return np.where(u < d, 3, np.where(u < c + d, 2, 0))


@pytest.mark.parametrize("firms", [1_000, 400_000])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_final_shares_are_the_targets_within_one_firm(card: Card, firms: int, seed: int) -> None:
    fit = calibrate(card, TARGETS, scores(firms, seed), triggers(firms, seed))
    if firms > 10_000:
        assert not fit.problems
        assert all(abs(fit.shares[g] - TARGETS[g]) <= 1.0 / firms for g in TARGETS)


def test_shares_are_those_of_the_mapped_scores(card: Card) -> None:
    raw, trigger = scores(20_000, 4), triggers(20_000, 4)
    fit = calibrate(card, TARGETS, raw, trigger)
    lowers = np.array(card.lowers)
    final = [max(fit.knots.map(float(s)), float(lowers[t])) for s, t in zip(raw, trigger, strict=True)]
    ranks = np.array([card.rank(s) for s in final])
    assert np.array_equal(ranks, grade_ranks(card, fit.knots, raw, trigger))
    assert np.bincount(ranks).tolist() == [round(fit.shares[g] * 20_000) for g in card.grades]


def test_knots_follow_the_three_steps_of_the_specification(card: Card) -> None:
    n = 100_000
    raw, trigger = scores(n, 5), triggers(n, 5)
    fit = calibrate(card, TARGETS, raw, trigger)
    q_a, q_b, q_c = fit.knots.raw[1:4]
    o_d, free = float((trigger == 3).mean()), raw[trigger == 0]
    f = len(free) / n
    assert (raw[trigger < 3] >= q_c).mean() == pytest.approx((0.0447 - o_d) / (1 - o_d), abs=2 / n)
    assert (free >= q_b).mean() == pytest.approx(1 - (0.5142 + 0.3530) / f, abs=3 / n)
    assert (free < q_a).mean() == pytest.approx(0.5142 / f, abs=3 / n)


def test_a_target_below_the_override_share_is_reported_not_forced(card: Card) -> None:
    raw, trigger = scores(10_000, 6), triggers(10_000, 6, c=0.0, d=0.10)
    fit = calibrate(card, TARGETS, raw, trigger)
    assert fit.problems[0].startswith("D: overrides alone")
    assert fit.shares["D"] == (trigger == 3).mean()
    assert fit.shares["A"] == pytest.approx(TARGETS["A"], abs=1e-4)


def test_more_floor_firms_than_the_target_allows_are_reported(card: Card) -> None:
    raw, trigger = scores(10_000, 7), triggers(10_000, 7, c=0.2, d=0.01)
    fit = calibrate(card, TARGETS, raw, trigger)
    assert any(p.startswith("C: overrides alone") for p in fit.problems)
    assert fit.shares["D"] == pytest.approx(TARGETS["D"], abs=1e-4)
    ranks = grade_ranks(card, fit.knots, raw, trigger)
    assert not np.any((ranks == 2) & (trigger == 0))


def test_ties_come_as_near_as_they_can_and_are_reported(card: Card) -> None:
    raw = np.repeat([10.0, 20.0, 30.0, 40.0, 50.0], [300, 300, 300, 60, 40])
    fit = calibrate(card, TARGETS, raw, np.zeros(1000, dtype=int))
    assert fit.shares == {"A": 0.6, "B": 0.3, "C": 0.06, "D": 0.04}
    assert any("ties" in p for p in fit.problems)


def test_everybody_equal(card: Card) -> None:
    fit = calibrate(card, TARGETS, np.full(50, 33.0), np.zeros(50, dtype=int))
    assert fit.shares["A"] == 1.0
    assert fit.problems


def test_no_firms_is_an_error(card: Card) -> None:
    with pytest.raises(RatingError, match="no firm has a raw score"):
        calibrate(card, TARGETS, np.array([np.nan]), np.array([0]))


def test_mapping_is_monotone_and_never_rounds_over_a_cut() -> None:
    knots = Knots((0.0, 311.222333, 512.0, 780.9, 1000.0), (0.0, 200.0, 500.0, 750.0, 1000.0))
    for knot, cut in zip(knots.raw[1:], knots.score[1:], strict=True):
        assert knots.map(knot) == cut
        assert knots.map(round(knot - 1e-6, 6)) < cut
    grid = [knots.map(round(x * 0.37, 6)) for x in range(2700)]
    assert grid == sorted(grid)


def test_model_survives_json_and_shows_tampering(model: Model, grading: Grading) -> None:
    text = model.to_json()
    assert Model.from_json(text) == model
    with pytest.raises(RatingError, match="was altered"):
        Model.from_json(text.replace("118.123456", "118.2"))
    with pytest.raises(RatingError, match="must sum"):
        Model.from_json(text.replace('["operating_years", ', '["operating_years", 1'))
    assert grading.targets == TARGETS
