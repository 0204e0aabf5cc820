"""Every feed of events: complete, whole in its references, in the order of its dates, equal for equal seeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from yuheng.simulate import events
from yuheng.simulate.block import REVOKED, REVOKED_CANCELLED
from yuheng.simulate.clock import MISSING, Clock, known, year_of
from yuheng.simulate.declared_spec import load_records
from yuheng.simulate.dirt import INSERT, UPDATE
from yuheng.simulate.emit import Emitter
from yuheng.simulate.events_base import opening
from yuheng.simulate.params import HOME, Params
from yuheng.simulate.province import block_of
from yuheng.simulate.spec import load_feeds

from .events_case import END, HAPPENED, PERIODS, case, column

FEEDS, DAYS = load_feeds(HOME)
REGISTRY = {name for name, spec in FEEDS.items() if spec.source in ("S-REG", "S-GIS")}
NAMES = sorted(set(FEEDS) - REGISTRY - set(load_records(HOME)))
DOSSIERS = ("food_file", "food_producer", "drug_file", "device_file")
_PARTIES = {"person": "p", "addr": "a", "worker": "k", "mate": "k"}


def test_every_feed_is_made() -> None:
    assert sorted(case().rows) == NAMES == sorted(HAPPENED)
    assert all(len(part["key"]) > 0 for part in case().rows.values())


@pytest.mark.parametrize("name", NAMES)
def test_keys_and_versions(name: str) -> None:
    """One first version per key; later ones are updates with a later stamp; keys leave room for withdrawn records."""
    rows = case().rows[name]
    keys, stamps = column(rows, "key"), column(rows, "stamp")
    op = column(rows, "op") if "op" in rows else np.zeros(len(keys), dtype=np.int64)
    assert set(np.unique(op)) <= {INSERT, UPDATE}
    first = op == INSERT
    assert len(np.unique(keys[first])) == int(first.sum())
    assert keys.min() > 0
    assert keys.max() < 9 * 10**15
    born = dict(zip(keys[first].tolist(), stamps[first].tolist(), strict=True))
    begun = np.asarray([born[key] for key in keys[~first].tolist()], dtype=np.int64)
    assert (stamps[~first] > begun).all()
    assert len(np.unique(np.stack([keys, stamps]), axis=1).T) == len(keys)


@pytest.mark.parametrize("name", NAMES)
def test_all_columns_have_one_length_and_no_party_is_unknown(name: str) -> None:
    world, rows = case(), case().rows[name]
    assert {len(values) for values in rows.values()} == {len(rows["key"])}
    firm = column(rows, "firm")
    assert firm.min() >= 0
    assert firm.max() < world.block.n
    for index, letter in _PARTIES.items():
        if index in rows:
            at = column(rows, index)
            assert at.min() >= 0 or (name, index) == ("rx_record", "worker"), "a store without a pharmacist sells too"
            assert at.max() < world.block.lookups[letter].num_rows


@pytest.mark.parametrize("name", NAMES)
def test_words_lie_within_their_lists(name: str) -> None:
    rows, lookups = case().rows[name], case().block.lookups
    for word in FEEDS[name].gather.get("w", ()):
        at = column(rows, word)
        if name == "tax_status":
            at = at[column(rows, "level") >= 0]
        assert at.min() >= 0
        assert at.max() < lookups[f"w_{word}"].num_rows


@pytest.mark.parametrize("name", NAMES)
def test_facts_lie_within_the_life_of_the_firm(name: str) -> None:
    block, rows = case().block, case().rows[name]
    firm, day = column(rows, "firm"), column(rows, HAPPENED[name])
    assert (day >= block.est_day[firm]).all()
    after = day >= block.life_end[firm]
    if name in ("dishonest", "exec"):
        after &= ~np.isin(block.exit_kind[firm], [REVOKED, REVOKED_CANCELLED])
    assert not after.any()
    assert (day <= block.clock.end).all()


@pytest.mark.parametrize(
    ("name", "first", "then"),
    [
        *((name, *columns) for name, columns in PERIODS.items()),
        ("dishonest", "file_day", "publish_day"),
        ("penalty", "decide_day", "performed_day"),
        ("penalty", "performed_day", "repair_day"),
        ("penalty", "decide_day", "revoke_day"),
        ("justice_freeze", "from_day", "thaw_day"),
        ("justice_freeze", "to_day", "lose_day"),
        ("bankruptcy", "accept_day", "close_day"),
        ("license", "issue_day", "to_day"),
        ("food_license", "issue_day", "state_day"),
        ("drug_license", "issue_day", "to_day"),
        ("commitment", "made_day", "breach_day"),
        ("tax_status", "abnormal_day", "period_day"),
        ("right", "grant_day", "end_day"),
        ("equity", "from_day", "to_day"),
        ("ip", "from_day", "to_day"),
        ("opinion", "pub_day", "verified_day"),
        ("case", "reg_day", "accept_day"),
        ("case", "accept_day", "mediation_day"),
        ("case", "accept_day", "filed_day"),
        ("food", "sample_day", "report_day"),
        ("instant", "happened_day", "public_day"),
        ("equipment", "make_day", "accept_day"),
        ("equipment", "accept_day", "reg_day"),
        ("equipment", "reg_day", "begin_day"),
        ("inspection_report", "report_day", "due_day"),
        ("maint_contract", "from_day", "end_day"),
        ("maint_record", "plan_day", "sign_day"),
        ("worker_cert", "issue_day", "end_day"),
        ("restaurant", "opened_day", "graded_day"),
        ("sampling_handling", "begun_day", "done_day"),
    ],
)
def test_dates_are_in_order(name: str, first: str, then: str) -> None:
    rows = case().rows[name]
    low, high = column(rows, first), column(rows, then)
    both = known(low) & known(high)
    assert both.any()
    assert (low[both] <= high[both]).all()


@pytest.mark.parametrize("name", NAMES)
def test_no_version_knows_the_future(name: str) -> None:
    """A date that is filled in later stands in no version older than it; due dates and terms are known beforehand."""
    rows = case().rows[name]
    terms = ("license", "food_license", "drug_license", "justice_freeze", *DOSSIERS)
    foreseen = {"due_day", "end_day"} | ({"to_day"} if name in terms else set())
    for date in (x for x in rows if x.endswith("_day") and x not in foreseen):
        days = column(rows, date)
        assert (days[known(days)] <= column(rows, "stamp")[known(days)]).all(), date


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("annual_report", ("report", "version")),
        ("tax_status", ("firm", "period_day")),
        ("insured", ("firm", "month_day")),
        ("samr_grade", ("firm", "month_day")),
        ("shop", ("shop", "check_day")),
        ("cert_status", ("cert", "status_day")),
        ("iot_hour_agg", ("device", "hour_day", "hour_sec")),
        ("temp_reading", ("point", "reading_day", "reading_sec")),
    ],
)
def test_keys_of_the_source_are_unique(name: str, columns: tuple[str, ...]) -> None:
    pairs = np.stack([column(case().rows[name], part) for part in columns])
    assert np.unique(pairs, axis=1).shape[1] == pairs.shape[1]


def test_one_report_per_firm_and_year() -> None:
    rows = case().rows["annual_report"]
    first = column(rows, "version") == 1
    pairs = np.stack([column(rows, "firm")[first], column(rows, "year")[first]])
    assert np.unique(pairs, axis=1).shape[1] == pairs.shape[1]
    founded = year_of(case().block.est_day[column(rows, "firm")])
    assert (column(rows, "year") >= founded).all()
    assert (year_of(column(rows, "first_day")) > column(rows, "year")).all()


def test_disclosures_name_events_that_exist() -> None:
    world = case()
    instant = world.rows["instant"]
    prefix = world.block.params.column("licences", "feed")
    origin = {1: "reg_change", 2: "reg_change", 4: "ip", 5: "penalty"}
    for item in (1, 2, 3, 4, 5):
        rows = column(instant, "item") == item
        assert rows.any()
        for place in np.unique(column(instant, "licence_prefix")[rows]) if item == 3 else (0,):
            name = prefix[place] if item == 3 else origin[item]
            source = world.done[name] if name in world.done else world.rows[name]
            here = rows & (column(instant, "licence_prefix") == place)
            firm_of = dict(zip(column(source, "key").tolist(), column(source, "firm").tolist(), strict=True))
            found = [firm_of[key] for key in column(instant, "ref")[here].tolist()]
            assert found == column(instant, "firm")[here].tolist()


def test_sanctions_name_shops_of_the_firm() -> None:
    rows = case().rows
    shops = dict(zip(column(rows["shop"], "shop").tolist(), column(rows["shop"], "firm").tolist(), strict=True))
    shop, firm = column(rows["action"], "shop").tolist(), column(rows["action"], "firm").tolist()
    seen = [(shops[x], f) for x, f in zip(shop, firm, strict=True) if x in shops]
    assert len(seen) > 0.8 * len(shop)
    assert all(a == b for a, b in seen)


def test_inspections_that_found_nobody_lead_to_a_listing() -> None:
    world = case()
    words = np.asarray([("6" in x.split(",")) for x in world.block.params.words("check_result")])
    rows = world.rows["result"]
    nobody = words[column(rows, "check_result")] & (column(rows, "check_day") < world.block.clock.end - 60)
    firms = np.unique(column(rows, "firm")[nobody])
    firms = firms[world.block.exit_day[firms] == MISSING]
    assert len(firms) > 20
    listed = world.firms("abnormal", column(world.final["abnormal"], "reason") == 4)
    assert listed[firms].all()


def test_the_opening_stock_reaches_as_far_back_as_the_measures_look() -> None:
    world = case()
    start = world.block.clock.start
    for name, days in {"penalty": 1095, "result": 1095, "case": 730, "exec": 1095, "cases": 730, "shop": 365}.items():
        first = int(column(world.rows[name], HAPPENED[name]).min())
        assert first <= start - days, name
    assert column(world.rows["penalty"], "decide_day").min() >= opening(world.block, "penalty_years")
    oldest = column(world.rows["abnormal"], "in_day").min()
    assert start - 6 * 365 <= oldest <= start - 4 * 365


def test_every_month_delivers() -> None:
    world = case()
    for name in ("abnormal", "penalty", "case", "shop", "insured", "samr_grade", "cases", "dishonest"):
        files = world.block.clock.file_of(column(world.rows[name], "stamp"))
        assert set(range(world.block.clock.months + 1)) <= set(files.tolist()), name


def test_insured_months_are_published_together() -> None:
    """The dense month table takes a month as published when one firm has a row: all insured firms need one."""
    rows = case().rows["insured"]
    months, counts = np.unique(column(rows, "month_day"), return_counts=True)
    assert counts.min() > 0.5 * counts.max()
    assert len(months[months >= case().block.clock.start]) == case().block.clock.months


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    params = Params()
    clock = Clock(params, END, 24)

    def made(seed: int) -> dict[str, dict[str, np.ndarray]]:
        block, done = block_of(params, clock, seed, 3, 1_500, others=0.3)
        return events.feeds(block, done)

    one, again, other = made(5), made(5), made(6)
    for name, rows in one.items():
        assert list(rows) == list(again[name])
        for part, values in rows.items():
            assert values.tobytes() == again[name][part].tobytes(), (name, part)
    assert any(len(one[name]["key"]) != len(other[name]["key"]) for name in one)


def test_all_feeds_can_be_written(tmp_path: Path) -> None:
    """The rows have every column that the descriptions of the feeds name, in a type their SQL takes."""
    params = Params()
    clock = Clock(params, END, 6)
    block, done = block_of(params, clock, 2, 0, 3_000, others=0.2)
    emitter = Emitter(tmp_path, FEEDS, DAYS, clock, header=True)
    for name, rows in events.feeds(block, done).items():
        emitter.write(name, rows, block.lookups, block.streams)
    emitter.close()
    for name in NAMES:
        counts = emitter.counts[name]
        assert sum(counts.rows.values()) >= 1, name
    assert isinstance(block.lookups["p"], pa.Table)
