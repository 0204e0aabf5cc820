"""How often things happen (domain figures of the province), and how well the latent risk foretells violations."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from yuheng.simulate.clock import day_of
from yuheng.simulate.events_reports import duties
from yuheng.simulate.params import Flags

from .events_case import area, case, column

DAY = day_of(date(2025, 4, 30))


def label(day: int, until: int) -> Flags:
    """Firms with an event of the label of the enterprise card in (day, until]."""
    world = case()
    result, food, spot, reported = (world.final[name] for name in ("result", "food", "spotcheck", "case"))
    words = np.asarray([x not in ("1", "7") for x in world.block.params.words("check_result")])
    problem = words[column(result, "check_result")] & (column(result, "targeted") == 0)
    bad = world.within("penalty", "decide_day", day, until)
    bad |= world.within("abnormal", "in_day", day, until) | world.within("serious", "in_day", day, until)
    bad |= world.within("result", "check_day", day, until, problem)
    for name, rows in (("food", food), ("spotcheck", spot)):
        failed = (column(rows, "fail") == 1) & (column(rows, "responsible") != 0)
        bad |= world.within(name, "report_day", day, until, failed)
    return bad | world.within("case", "filed_day", day, until, column(reported, "kind") == 2)


def foretold(place: int) -> float:
    """The area under the curve of the risk at a month end; checks the number of violations and the lift on the way."""
    world = case()
    ends = world.block.clock.month_ends()
    day = ends[place]
    stock, bad = world.stock(day), label(day, ends[place + 6])
    risk = world.block.risk(np.arange(world.block.n), np.full(world.block.n, day))
    assert 0.012 <= float(bad[stock].mean()) <= 0.045
    worst = risk >= np.quantile(risk[stock], 0.9)
    assert bad[stock & worst].mean() > 4 * bad[stock].mean()
    return area(risk[stock], bad[stock])


def test_the_risk_foretells_the_violations_of_the_next_six_months() -> None:
    """0.80-0.88 over the province; a single month of 20,000 firms has some 400 bad ones and errs by 0.01."""
    found = [foretold(place) for place in range(17)]
    assert all(0.79 <= x <= 0.89 for x in found)
    assert 0.82 <= float(np.mean(found)) <= 0.875


def test_firms_that_missed_a_report_miss_the_next() -> None:
    world = case()
    owed = duties(world.block)
    own = world.block.enterprise[owed.firm]
    firm, year, missed = owed.firm[own], owed.year[own], owed.missed[own] == 1
    before = dict(zip(zip(firm.tolist(), year.tolist(), strict=True), missed.tolist(), strict=True))
    last = np.asarray([before.get((f, y - 1), False) for f, y in zip(firm.tolist(), year.tolist(), strict=True)])
    assert missed[last].mean() > 4 * missed[~last].mean()


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("abnormal", 0.06, 0.085), ("serious", 0.0017, 0.0033), ("dishonest", 0.0135, 0.0185), ("lists", 0.0003, 0.0015)],
)
def test_firms_on_lists(name: str, low: float, high: float) -> None:
    world = case()
    assert low <= float(world.listed(name, DAY)[world.stock(DAY)].mean()) <= high


def test_reasons_of_the_abnormal_list() -> None:
    world = case()
    rows = world.final["abnormal"]
    firm, reason = column(rows, "firm"), column(rows, "reason")
    out = column(rows, "out_day")
    now = (column(rows, "in_day") <= DAY) & ((out < 0) | (out > DAY)) & world.stock(DAY)[firm]
    part = np.bincount(reason[now], minlength=5) / int(now.sum())
    assert part[1] == pytest.approx(0.62, abs=0.08)
    assert part[4] == pytest.approx(0.35, abs=0.08)
    assert 0.003 <= part[2] <= 0.04
    assert 0.002 <= part[3] <= 0.03


def test_hard_triggers() -> None:
    """Set D: serious lists, dishonest executees, revoked or withdrawn; the main part of floor C: tax abnormal."""
    world = case()
    kept = world.stock(DAY) | world.struck(DAY)
    hard = (
        world.struck(DAY) | world.listed("serious", DAY) | world.listed("lists", DAY) | world.listed("dishonest", DAY)
    )
    assert 0.017 <= float(hard[kept].mean()) <= 0.025
    assert 0.023 <= float(tax_abnormal(DAY)[world.stock(DAY)].mean()) <= 0.036


def tax_abnormal(day: int) -> Flags:
    """The firms whose newest row by a day says so."""
    world = case()
    rows = world.final["tax_status"]
    use = column(rows, "period_day") <= day
    firm, period, bad = (column(rows, name)[use] for name in ("firm", "period_day", "abnormal"))
    newest = np.lexsort((period, firm))
    last = np.append(firm[newest][1:] != firm[newest][:-1], True)
    found = np.zeros(world.block.n, dtype=np.bool_)
    found[firm[newest][last]] = bad[newest][last] == 1
    return found


def test_tax_rows_keep_within_the_window_of_the_measure() -> None:
    """A firm that is abnormal throughout has a row at least every 400 days: the measure never looks further back."""
    world = case()
    rows = world.final["tax_status"]
    bad = column(rows, "abnormal") == 1
    firm, period = column(rows, "firm")[bad], column(rows, "period_day")[bad]
    order = np.lexsort((period, firm))
    gap = np.diff(period[order])[firm[order][1:] == firm[order][:-1]]
    assert len(gap) > 100
    assert np.quantile(gap, 0.95) <= 400


def test_penalties_inspections_complaints() -> None:
    world = case()
    stock = world.stock(DAY)
    penalised = world.within("penalty", "decide_day", DAY - 1095, DAY)
    inspected = world.within("result", "check_day", DAY - 1095, DAY) | world.within(
        "check", "check_day", DAY - 1095, DAY
    )
    complaint = world.within("case", "reg_day", DAY - 365, DAY, column(world.final["case"], "kind") == 1)
    assert float(penalised[stock].mean()) == pytest.approx(0.035, abs=0.007)
    assert float(inspected[stock].mean()) == pytest.approx(0.09, abs=0.015)
    assert float(complaint[stock].mean()) == pytest.approx(0.04, abs=0.01)


def test_complaints_have_a_heavy_tail() -> None:
    world = case()
    rows = world.final["case"]
    mine = (column(rows, "kind") == 1) & world.block.enterprise[column(rows, "firm")]
    number = np.sort(np.bincount(column(rows, "firm")[mine], minlength=world.block.n))[::-1]
    assert number[: len(number) // 1000].sum() > 0.1 * number.sum()


def test_annual_reports() -> None:
    world = case()
    owed = duties(world.block)
    own = world.block.enterprise[owed.firm]
    assert float(owed.missed[own].mean()) == pytest.approx(0.08, abs=0.006)
    rows = world.rows["annual_report"]
    own = world.block.enterprise[column(rows, "firm")]
    first = own & (column(rows, "version") == 1)
    assert float((column(rows, "employees") == 0)[first].mean()) == pytest.approx(0.09, abs=0.012)
    second = own & (column(rows, "version") == 2)
    assert int(second.sum()) / int(first.sum()) == pytest.approx(0.06, abs=0.008)


def test_key_domains_and_severity_of_penalties() -> None:
    world = case()
    rows = world.final["penalty"]
    assert 0.12 <= float((column(rows, "penalty_domain") < 6).mean()) <= 0.5
    assert 0.04 <= float((column(rows, "penalty_kind") >= 5).mean()) <= 0.12
    kinds = world.block.params.words("penalty_kind")
    assert all(("05" in kind or "06" in kind) == (place >= 5) for place, kind in enumerate(kinds))


def test_money_follows_the_risk() -> None:
    world = case()
    rows = world.rows["annual_report"]
    use = (column(rows, "version") == 1) & (rows["asset"].astype(np.float64) > 0)
    risk = world.block.risk(column(rows, "firm")[use], column(rows, "stamp")[use])
    money = {name: rows[name].astype(np.float64)[use] for name in ("asset", "liability", "revenue", "profit")}
    debt = money["liability"] / money["asset"]
    margin = money["profit"] / np.maximum(money["revenue"], 0.01)
    assert np.median(debt[risk > 1]) > np.median(debt[risk < -1]) + 0.2
    assert np.median(margin[risk > 1]) < np.median(margin[risk < -1]) - 0.05


def test_draws_declare_their_rate() -> None:
    """Draws by lot carry the rate of their stratum: worse grades are drawn more often and show more problems."""
    world = case()
    rows = world.rows["result"]
    lot = column(rows, "targeted") == 0
    rate = rows["rate"].astype(np.float64)
    assert np.isnan(rate[~lot]).all()
    assert set(np.unique(rate[lot])) == {0.01, 0.02, 0.10, 0.30}
    own = lot & world.block.enterprise[column(rows, "firm")]
    yearly = float((1 / rate[own]).sum()) / float(world.block.exposure(int(column(rows, "check_day").min()))[
        world.block.enterprise
    ].sum())  # fmt: skip
    assert yearly == pytest.approx(1.0, abs=0.12)
    words = np.asarray([x not in ("1", "7") for x in world.block.params.words("check_result")])
    problem = words[column(rows, "check_result")]
    assert problem[lot & (rate == 0.30)].mean() > 2.5 * problem[lot & (rate == 0.01)].mean()
