"""The firms of a block: numbers, dates, risk, codes, persons, addresses."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from yuheng.simulate.block import (
    COOPERATIVE,
    MOVED,
    REVOKED,
    REVOKED_CANCELLED,
    SELF_EMPLOYED,
    STAYS,
    WITHDRAWN,
    Block,
    History,
)
from yuheng.simulate.clock import MISSING, YEAR, Clock
from yuheng.simulate.params import Params
from yuheng.simulate.people import id_numbers
from yuheng.simulate.province import block_of
from yuheng.simulate.texts import letters

from .world_case import END, registered_block

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.fixture
def block() -> Block:
    return registered_block()[0]


def test_the_asked_number_of_enterprises_is_on_the_register_at_the_end(block: Block) -> None:
    on = block.enterprise & np.isin(block.exit_kind, [STAYS, REVOKED, WITHDRAWN])
    assert 12_000 <= on.sum() <= 12_000 + 5  # a firm revoked and not yet cancelled comes on top
    on_others = block.exit_kind == STAYS
    share = block.params.number("population", "self_employed_per_enterprise") * 0.3
    assert (on_others & (block.kind == SELF_EMPLOYED)).sum() == round(12_000 * share)
    assert (block.kind == COOPERATIVE).sum() > 0


def test_founding_and_leaving_at_the_rates_of_the_province(block: Block) -> None:
    clock, firms = block.clock, block.enterprise
    new = firms & (block.est_day > clock.end - YEAR)
    stock = float((block.alive(clock.end) & firms).sum())
    assert new.sum() / stock == pytest.approx(0.159, rel=0.08)
    gone = firms & (block.exit_day > clock.end - YEAR) & np.isin(block.exit_kind, [1, MOVED])
    assert gone.sum() / stock == pytest.approx(0.0685, rel=0.12)
    ages = (clock.end - block.est_day[firms & (block.exit_kind == STAYS)]) / YEAR
    assert 5.3 < ages.mean() < 6.8
    assert (ages >= 0).all()


def test_nobody_leaves_before_being_founded(block: Block) -> None:
    known = block.exit_day != MISSING
    assert (block.exit_day[known] > block.est_day[known]).all()
    assert (known == (block.exit_kind != STAYS)).all()
    assert (block.exit_day[known] <= block.clock.end).all()
    twice = block.exit_kind == REVOKED_CANCELLED
    assert (block.cancel_day[twice] > block.exit_day[twice]).all()


def test_firms_are_founded_on_business_days(block: Block) -> None:
    weekday = (block.est_day[block.exit_kind == STAYS] + 3) % 7
    assert (weekday >= 5).mean() < 0.01


def test_the_risk_is_standard_and_lasting(block: Block) -> None:
    z = block.z[block.enterprise]
    assert z.mean() == pytest.approx(0.0, abs=0.03)
    assert z.std() == pytest.approx(1.0, abs=0.03)
    assert np.abs(z).max() <= block.params.number("risk", "clip")
    assert 0.93 < np.corrcoef(z[:, -1], z[:, -2])[0, 1] < 0.99
    ring = block.ring[block.enterprise] >= 0
    assert ring.mean() == pytest.approx(block.params.number("rings", "share"), rel=0.25)
    assert z[ring].mean() > 0.7


def test_revoked_firms_bore_more_risk(block: Block) -> None:
    revoked = block.enterprise & (block.exit_kind == REVOKED)
    assert block.z[revoked, -1].mean() > 0.8
    share = revoked.sum() / block.enterprise.sum()
    assert 0.001 < share < 0.006


def test_credit_codes_are_valid_and_unique(block: Block) -> None:
    codes = block.lookups["f"]["uscc"].to_pylist()
    assert len(set(codes)) == block.n
    for code in codes[:: max(1, block.n // 500)]:
        total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
        assert ALPHABET.index(code[17]) == (31 - total % 31) % 31
        assert code[8:10] == "YH"
    heads = np.asarray([code[:2] for code in codes])
    assert (heads == np.asarray(["91", "92", "93"])[block.kind]).all()


def test_register_numbers_check_and_stand_only_on_older_firms(block: Block) -> None:
    numbers = block.lookups["f"]["regno"].to_pylist()
    assert any(number is None for number in numbers)
    for number in [x for x in numbers if x][::97]:
        rest = 10
        for digit in number[:14]:
            total = (rest + int(digit)) % 10
            rest = (total or 10) * 2 % 11
        assert (rest + int(number[14])) % 10 == 1


def test_id_numbers_are_valid_and_no_two_are_alike(block: Block) -> None:
    numbers = block.lookups["p"]["cerno"].to_pylist()
    assert len(set(numbers)) == len(numbers)
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    for number in numbers[::997]:
        total = sum(int(c) * w for c, w in zip(number[:17], weights, strict=True))
        assert number[17] == "10X98765432"[total % 11]


def test_id_numbers_of_two_blocks_differ() -> None:
    region = letters(["410102"], np.zeros(9, dtype=np.int64))
    born = np.full(9, 3650)
    both = np.concatenate([id_numbers(region, born, 4), id_numbers(region, born, 5)])
    assert len({bytes(row) for row in both}) == 18


def test_leaders_are_of_age(block: Block) -> None:
    births = block.lookups["p"]["cerno"].to_numpy(zero_copy_only=False).astype(str)
    born = np.asarray([f"{x[6:10]}-{x[10:12]}-{x[12:14]}" for x in births], dtype="datetime64[D]").astype(np.int64)
    age = (block.est_day - born[block.person]) / 365.25
    assert age.min() >= 18
    nominee = ((age < 22.2) | (age > 72))[block.enterprise]
    assert 0.01 < nominee.mean() < 0.08


def test_firms_per_person_have_a_long_tail(block: Block) -> None:
    counts = np.bincount(block.person[block.enterprise])
    alone = (counts[block.person[block.enterprise]] == 1).mean()
    assert 0.6 < alone < 0.8
    assert counts.max() > 15


def test_shared_addresses_lie_in_one_county(block: Block) -> None:
    region = block.lookups["a"]["region"].take(block.addr).to_pylist()
    assert region == block.lookups["f"]["region"].to_pylist()
    sizes = Counter(block.addr[block.enterprise].tolist())
    assert max(sizes.values()) > 40


def test_branches_belong_to_older_companies(block: Block) -> None:
    parent = block.lookups["f"]["parent"].to_pylist()
    codes = {code: i for i, code in enumerate(block.lookups["f"]["uscc"].to_pylist())}
    names = block.lookups["f"]["name"].to_pylist()
    branches = [i for i, code in enumerate(parent) if code is not None]
    assert len(branches) > 100
    for i in branches:
        head = codes[parent[i]]
        assert block.group[head] == "COMPANY"
        assert block.est_day[head] < block.est_day[i]
        assert names[i].startswith(names[head])


def test_a_block_is_the_same_again_and_other_blocks_differ() -> None:
    params = Params()
    clock = Clock(params, END, 24)
    first, done = block_of(params, clock, 3, 0, 300)
    again, same = block_of(params, clock, 3, 0, 300)
    other, _ = block_of(params, clock, 3, 1, 300)
    for name, table in first.lookups.items():
        assert table.equals(again.lookups[name])
    for name, rows in done.items():
        for column, values in rows.items():
            assert np.array_equal(values, same[name][column], equal_nan=values.dtype.kind == "f"), (name, column)
    codes = set(first.lookups["f"]["uscc"].to_pylist())
    assert codes.isdisjoint(other.lookups["f"]["uscc"].to_pylist())
    assert not set(done["reg_entity"]["key"]) & set(block_of(params, clock, 3, 1, 300)[1]["reg_entity"]["key"])


def test_history_gives_the_value_of_a_day() -> None:
    history = History.of(np.asarray([1, 1, 3]), np.asarray([10, 20, 15]), np.asarray([7, 8, 9]))
    final = np.asarray([100, 101, 102, 103])
    firm = np.asarray([1, 1, 1, 1, 3, 0])
    day = np.asarray([9, 10, 19, 20, 14, 5])
    assert history.at(final, firm, day).tolist() == [7, 8, 8, 101, 9, 100]


def test_very_small_provinces_work() -> None:
    params = Params()
    block, done = block_of(params, Clock(params, END, 1), 1, 0, 1, others=0.0)
    assert block.n >= 1
    assert len(done["reg_entity"]["key"]) >= 1
