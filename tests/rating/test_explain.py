"""Explanations: sentences an officer can read, parts that add up, overrides in words; stability of the grades."""

from __future__ import annotations

import json

import numpy as np
import pytest

from yuheng.content import ContentStore
from yuheng.content.schema import Grading, Weighting
from yuheng.rating.card import Card
from yuheng.rating.explain import explain, written
from yuheng.rating.model import Model
from yuheng.rating.single import Cell
from yuheng.rating.stability import rank_stability

from .conftest import Catalogue, random_cells


def spotless(card: Card) -> dict[str, Cell]:
    """Values that fall into the bin without points, where there is one."""
    row: dict[str, Cell] = {}
    for rule in card.rules:
        best = rule.points.index(min(rule.points))
        edges = (*rule.bounds, rule.bounds[-1] + 1)
        row[rule.id] = (edges[best], 0)
    return row


def test_reasons_are_sentences_in_order_of_their_part(
    card: Card, model: Model, grading: Grading, catalogue: Catalogue
) -> None:
    cells = spotless(card) | {
        "days_since_last_activity": (412.0, 0),
        "penalty_amount_wan_3y": (3.5, 0),
        "abnormal_list_current": (1.0, 0),
        "insured_employees": (0.0, 1),
        "tax_credit_level": (None, 2),
    }
    told = explain(card, model, grading, catalogue.indicators, cells)
    first = "当前经营异常列入情形为1档，属于“超过0档、不超过1档”，计60分（权重3.55%），拉高原始分21.3分"
    assert told.reasons[0] == first
    assert any(r.startswith("参保职工人数：无记录，按0计，计45分") for r in told.reasons)
    assert any("罚没金额为3.5万元，属于“超过0.5万元、不超过5万元”" in r for r in told.reasons)
    assert len(told.reasons) == grading.reasons
    assert told.overrides == ()
    assert sum(p.contribution for p in told.parts) == pytest.approx(told.rated.score_raw, abs=1e-6)
    json.dumps(told.to_dict(), ensure_ascii=False)


def test_shares_are_read_in_percent(card: Card, model: Model, grading: Grading, catalogue: Catalogue) -> None:
    cells = spotless(card) | {"co_address_bad_ratio": (1 / 3, 0)}
    told = explain(card, model, grading, catalogue.indicators, cells)
    assert any(r.startswith("同址不良企业占比为33.33%，属于“超过30%、不超过60%”，计55分") for r in told.reasons)


def test_a_yes_is_not_put_into_a_band(card: Card, model: Model, grading: Grading, catalogue: Catalogue) -> None:
    told = explain(
        card, model, grading, catalogue.indicators, spotless(card) | {"tax_abnormal_household": (1.0, 0)}
    )  # fmt: skip
    assert any(r.startswith("税务非正常户为是，计90分（权重") for r in told.reasons)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1.0, "0/1", "是"), (0.0, "0/1", "否"), (0.5, "0/1", "0.5"), (None, "0/1", ""),
        (2.5, "万元", "2.5万元"), (1234567.5, "万元", "1234567.5万元"), (10.0, "户", "10户"),
        (0.0, "比例", "0%"), (-0.00001, "比例", "0%"), (0.35, "比例", "35%"), (-1.5, "比例", "-150%"),
        (1.0, "比例", "100%"),
    ],
)  # fmt: skip
def test_values_are_written_as_the_card_has_it(grading: Grading, value: float | None, unit: str, shown: str) -> None:
    assert written(value, unit, grading.sentences) == shown


def test_all_cards_write_shares_alike() -> None:
    cards = ContentStore.load().gradings.values()
    assert {written(0.1, "比例", card.sentences) for card in cards} == {"10%"}


def test_overrides_are_said_in_words(card: Card, model: Model, grading: Grading, catalogue: Catalogue) -> None:
    cells = spotless(card) | {"serious_list_current": (1.0, 0), "tax_abnormal_household": (1.0, 0)}
    told = explain(card, model, grading, catalogue.indicators, cells)
    assert told.overrides == (
        "税务非正常户为是，触发硬性规则：等级不优于C级",
        "当前严重违法失信名单为1个，触发硬性规则：直接定为D级",
    )
    assert told.rated.grade_final == "D"


def test_a_firm_with_little_data_is_marked(card: Card, model: Model, grading: Grading, catalogue: Catalogue) -> None:
    cells = spotless(card)
    for rule in card.rules[39:65]:
        cells[rule.id] = (None, 5)
    told = explain(card, model, grading, catalogue.indicators, cells)
    assert told.rated.insufficient == 1
    assert told.notes[0].startswith("数据不足：可用指标权重仅53.3")


def test_every_kind_of_cell_can_be_explained(card: Card, model: Model, grading: Grading, catalogue: Catalogue) -> None:
    for cells in random_cells(card, 60, seed=9):
        told = explain(card, model, grading, catalogue.indicators, cells)
        assert len(told.parts) == 81
        assert not any("{" in s or "None" in s for s in (*told.reasons, *told.overrides, *told.notes))


def sampled(card: Card) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    risk = rng.gamma(2.0, 0.1, 3000)[:, None]
    points = np.where(rng.random((3000, len(card.rules))) < risk, rng.integers(20, 100, (3000, len(card.rules))), 5.0)
    points[rng.random(points.shape) < 0.05] = np.nan
    return points, np.where(rng.random(3000) < 0.03, 3, 0)


def test_rank_stability(card: Card, model: Model, weighting: Weighting) -> None:
    points, trigger = sampled(card)
    few = weighting.model_copy(update={"redraws": 60})
    report = rank_stability(card, model, few, points, trigger)
    assert 0.85 < report.mean <= 1
    assert report.worst <= report.lower_5 <= report.mean
    assert report == rank_stability(card, model, few, points, trigger)
    still = few.model_copy(update={"redraw_range": 0.0})
    calm = rank_stability(card, model, still, points, trigger)
    assert (calm.mean, calm.frozen_mean, calm.stable) == (1.0, 1.0, True)
    wild = rank_stability(card, model, few.model_copy(update={"redraw_range": 0.9}), points, trigger)
    assert wild.mean < report.mean
    assert report.to_dict()["redraws"] == 60
