"""The risk drives events at the rates of the content."""

from __future__ import annotations

import numpy as np
import pytest

from yuheng.simulate import hazard
from yuheng.simulate.block import Block
from yuheng.simulate.params import Params

from .world_case import registered_block


@pytest.fixture
def block() -> Block:
    return registered_block()[0]


@pytest.mark.parametrize("name", ["penalty", "lost_contact", "plaintiff", "complaint"])
def test_the_mean_rate_of_living_enterprises_is_the_target(block: Block, name: str) -> None:
    years = block.exposure()
    rate = hazard.rate(block, name)
    chosen = block.enterprise
    mean = (rate * years)[chosen].sum() / years[chosen].sum()
    assert mean == pytest.approx(block.params.number("hazards", name, "target"), rel=1e-9)
    assert (rate[years == 0] == 0).all()


def test_rates_rise_with_the_slope_of_the_risk(block: Block) -> None:
    rate = hazard.rate(block, "penalty")
    cell = block.clock.cells - 1
    alive = block.enterprise & (rate[:, cell] > 0)
    slope = np.polyfit(block.z[alive, cell], np.log(rate[alive, cell]), 1)[0]
    assert slope == pytest.approx(block.params.number("hazards", "penalty", "slope"), rel=1e-6)


def test_others_have_their_share_of_the_rate(block: Block) -> None:
    rate = hazard.rate(block, "penalty")
    cell = block.clock.cells - 1
    scaled = rate[:, cell] / np.exp(block.params.number("hazards", "penalty", "slope") * block.z[:, cell])
    firm, other = scaled[block.enterprise & (scaled > 0)], scaled[~block.enterprise & (scaled > 0)]
    assert np.allclose(other, firm[0] * block.params.number("others_rate"))


def test_events_lie_in_life_and_window_and_are_as_many_as_expected(block: Block) -> None:
    since = block.clock.start - 500
    firm, day = hazard.occur(block, "lawsuit", since=since)
    assert (day >= since).all()
    assert (day <= block.clock.end).all()
    assert block.alive(day, firm).all()
    expected = float((hazard.rate(block, "lawsuit") * block.exposure(since)).sum())
    assert abs(len(firm) - expected) < 5 * np.sqrt(expected)
    again = hazard.occur(block, "lawsuit", since=since)
    assert (again[0] == firm).all()
    assert (again[1] == day).all()


def test_events_keep_to_business_days(block: Block) -> None:
    _, day = hazard.occur(block, "complaint")
    weekday = (day + 3) % 7
    assert (weekday >= 5).mean() < 0.02
    counts = np.bincount(weekday, minlength=5)[:5]
    assert counts[0] > counts[1:].mean()


def test_where_sets_the_mean_over_those_alone(block: Block) -> None:
    food = (block.params.figures("industries", "food") > 0)[block.industry_row]
    rate, years = hazard.rate(block, "food_sample", where=food), block.exposure()
    assert (rate[~food] == 0).all()
    chosen = block.enterprise & food
    mean = (rate * years)[chosen].sum() / years[chosen].sum()
    assert mean == pytest.approx(block.params.number("hazards", "food_sample", "target"), rel=1e-9)


def test_chance_has_its_mean_and_its_slope(block: Block) -> None:
    firm = np.flatnonzero(block.enterprise & block.alive(block.clock.end))
    day = np.full(len(firm), block.clock.end)
    odds = hazard.odds(block, "report_missed", firm, day)
    assert odds.mean() == pytest.approx(block.params.number("chances", "report_missed", "target"), abs=0.002)
    slope = np.polyfit(block.risk(firm, day), np.log(odds / (1 - odds)), 1)[0]
    assert slope == pytest.approx(block.params.number("chances", "report_missed", "slope"), rel=1e-6)
    drawn = hazard.chance(block, "report_missed", firm, day)
    assert (drawn == hazard.chance(block, "report_missed", firm, day)).all()
    assert (drawn != hazard.chance(block, "report_missed", firm, day, salt="other")).any()


def test_ordered_states_have_their_shares_and_follow_the_risk(block: Block) -> None:
    firm = np.flatnonzero(block.enterprise)
    level = hazard.ordered(block, "tax_level", firm, np.full(len(firm), block.clock.end))
    shares = np.bincount(level, minlength=5) / len(firm)
    assert np.allclose(shares, block.params.numbers("ordered", "tax_level", "shares"), atol=0.001)
    z = block.z[firm, -1]
    assert z[level == 4].mean() > z[level == 2].mean() > z[level == 0].mean()


def test_frailty_has_mean_one(block: Block) -> None:
    factor = hazard.frailty(block, "complaint")
    assert factor.mean() == pytest.approx(1.0, abs=0.1)
    assert np.quantile(factor, 0.5) < 0.2
    assert (hazard.frailty(block, "penalty") == 1).all()


def test_durations_have_their_mean(block: Block) -> None:
    days = hazard.duration(block, "abnormal_stay", block.streams.of("test"), 200_000)
    assert days.mean() / 365 == pytest.approx(block.params.number("durations", "abnormal_stay"), rel=0.02)
    assert days.min() >= 1


def test_nothing_happens_to_nobody(block: Block) -> None:
    nobody = np.zeros(block.n, dtype=np.bool_)
    firm, day = hazard.occur(block, "penalty", where=nobody)
    assert len(firm) == len(day) == 0
    assert len(hazard.chance(block, "report_missed", firm, day)) == 0
    assert len(hazard.ordered(block, "tax_level", firm, day)) == 0


def test_every_hazard_of_the_content_can_be_read() -> None:
    params = Params()
    for name in params.names("hazards"):
        assert params.number("hazards", name, "target") > 0
        params.number("hazards", name, "slope")
