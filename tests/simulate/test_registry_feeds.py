"""The rows of the registry feeds hang together."""

from __future__ import annotations

import numpy as np
import pytest

from yuheng.simulate.block import Block
from yuheng.simulate.changes import ADDRESS, CAPITAL, LEADER
from yuheng.simulate.clock import MISSING
from yuheng.simulate.dirt import Rows, Spoiler
from yuheng.simulate.emit import table_of
from yuheng.simulate.params import HOME, Ints
from yuheng.simulate.spec import load_feeds

from .world_case import registered_block

FEEDS = ["reg_entity", "reg_investor", "reg_member", "reg_change", "reg_liaison", "reg_closure", "reg_liquidation"]


@pytest.fixture
def block() -> Block:
    return registered_block()[0]


@pytest.fixture
def done() -> dict[str, Rows]:
    return registered_block()[1]


def column(rows: Rows, name: str) -> Ints:
    return rows[name].astype(np.int64)


@pytest.mark.parametrize("name", [*FEEDS, "address"])
def test_every_feed_has_what_its_sql_names(block: Block, done: dict[str, Rows], name: str) -> None:
    feeds, _ = load_feeds(HOME)
    rows = {**done[name], "fault": np.zeros(len(done[name]["key"])), "sec": np.zeros(len(done[name]["key"]))}
    table = table_of(feeds[name], rows, block.lookups)
    assert table.num_rows == len(done[name]["key"]) > 0
    for letter, names in feeds[name].gather.items():
        for text in names:
            assert f"{letter}_{text}" in table.column_names


@pytest.mark.parametrize("name", FEEDS)
def test_no_fact_before_founding_nor_after_the_end(block: Block, done: dict[str, Rows], name: str) -> None:
    rows = done[name]
    firm, stamp = column(rows, "firm"), column(rows, "stamp")
    assert (stamp >= block.est_day[firm]).all()
    assert (stamp <= block.clock.end).all()
    if name in ("reg_change", "reg_closure"):
        assert (stamp < block.life_end[firm]).all()


@pytest.mark.parametrize("name", FEEDS)
def test_versions_of_a_record_follow_one_another(done: dict[str, Rows], name: str) -> None:
    rows = done[name]
    keys, stamp = column(rows, "key"), column(rows, "stamp")
    op = column(rows, "op") if "op" in rows else np.zeros(len(keys), dtype=np.int64)
    order = np.lexsort((stamp, keys))
    same = keys[order][1:] == keys[order][:-1]
    assert (np.diff(stamp[order])[same] > 0).all()
    first = np.concatenate(([True], ~same))
    assert (op[order][first] == 0).all()
    assert (op[order][~first] == 1).all()


def test_every_firm_is_on_the_register_and_ends_as_it_ended(block: Block, done: dict[str, Rows]) -> None:
    rows = done["reg_entity"]
    firm, stamp = column(rows, "firm"), column(rows, "stamp")
    last = np.full(block.n, -1)
    order = np.lexsort((stamp, firm))
    last[firm[order]] = order
    assert (last >= 0).all()
    states = np.asarray([1, 4, 2, 3, 5, 6])[block.exit_kind]
    assert (column(rows, "state")[last] == states).all()
    assert (column(rows, "addr")[last] == block.addr).all()
    assert (column(rows, "person")[last] == block.person).all()
    struck = np.isin(block.exit_kind, [2, 3, 4])
    assert (column(rows, "revoked_day")[last][struck] == block.exit_day[struck]).all()
    assert ((column(rows, "cancelled_day")[last] != MISSING) == np.isin(block.exit_kind, [1, 3, 5])).all()


def test_versions_show_the_change_they_come_with(block: Block, done: dict[str, Rows]) -> None:
    changes, entries = done["reg_change"], done["reg_entity"]
    leaders = (column(changes, "item") == LEADER) & (column(changes, "alt_day") >= block.clock.start)
    firm, day = column(changes, "firm")[leaders], column(changes, "alt_day")[leaders]
    shown = {
        (int(f), int(d)): int(p)
        for f, d, p in zip(column(entries, "firm"), column(entries, "stamp"), column(entries, "person"), strict=True)
    }
    after = column(changes, "person")[leaders]
    before = column(changes, "person_before")[leaders]
    assert len(firm) > 100
    for f, d, new, old in zip(firm.tolist(), day.tolist(), after.tolist(), before.tolist(), strict=True):
        assert shown[f, d] == new != old
    assert (block.person_at(firm, day) == after).all()
    assert (block.person_at(firm, day - 1) == before).all()
    moved = column(changes, "item") == ADDRESS
    firm, day = column(changes, "firm")[moved], column(changes, "alt_day")[moved]
    assert (block.addr_at(firm, day) != block.addr_at(firm, day - 1)).all()


def test_capital_moves_from_before_to_after(block: Block, done: dict[str, Rows]) -> None:
    rows = done["reg_change"]
    chosen = column(rows, "item") == CAPITAL
    firm, day = column(rows, "firm")[chosen], column(rows, "alt_day")[chosen]
    before, after = rows["before"][chosen].astype(float), rows["after"][chosen].astype(float)
    assert (block.was("capital", firm, day) == after).all()
    assert (block.was("capital", firm, day - 1) == before).all()
    assert 0.5 < (after > before).mean() < 0.9
    assert (before > 0).all()


def test_shares_sum_to_one_and_to_the_capital(block: Block, done: dict[str, Rows]) -> None:
    rows = done["reg_investor"]
    firm, stamp, keys = column(rows, "firm"), column(rows, "stamp"), column(rows, "key")
    last = np.zeros(len(keys), dtype=np.bool_)
    order = np.lexsort((stamp, keys))
    last[order[np.append(keys[order][1:] != keys[order][:-1], True)]] = True
    now = last & (column(rows, "out_day") == MISSING)
    ratio = np.bincount(firm[now], rows["ratio"][now].astype(float), minlength=block.n)
    held = np.bincount(firm[now], minlength=block.n) > 0
    assert held.sum() > 5000
    assert np.allclose(ratio[held], 1.0, atol=1e-6)
    amount = np.bincount(firm[now], rows["subscribed"][now].astype(float), minlength=block.n)
    assert np.allclose(amount[held], block.capital[held], rtol=1e-6, atol=0.001)
    assert (rows["paid"].astype(float) <= rows["subscribed"].astype(float) + 0.001).all()
    assert (rows["ratio"].astype(float) >= 0).all()


def test_holders_that_are_firms_are_older(block: Block, done: dict[str, Rows]) -> None:
    rows = done["reg_investor"]
    firm, holder, kind = column(rows, "firm"), column(rows, "holder"), column(rows, "kind")
    assert ((holder >= 0) == (kind == 2)).all()
    held = holder >= 0
    assert held.sum() > 100
    assert (block.est_day[holder[held]] < block.est_day[firm[held]]).all()
    assert (column(rows, "person")[kind == 1] >= 0).all()


def test_agents_handle_many_registrations(block: Block, done: dict[str, Rows]) -> None:
    rows = done["reg_liaison"]
    handled = column(rows, "role") == 2
    assert (column(rows, "stamp")[handled] >= block.clock.start - block.params.integer("bounds", "agent_days")).all()
    counts = np.bincount(column(rows, "person")[handled])
    assert counts.max() > 30
    contact = np.bincount(column(rows, "firm")[~handled], minlength=block.n)
    assert (contact[block.enterprise] == 1).all()


def test_addresses_are_known_before_their_firms(block: Block, done: dict[str, Rows]) -> None:
    rows, entries = done["address"], done["reg_entity"]
    known = np.full(len(block.lookups["a"]), 2**31)
    known[column(rows, "addr")] = column(rows, "from_day")
    assert len(np.unique(column(rows, "addr"))) == len(rows["addr"])
    assert (known[column(entries, "addr")] <= column(entries, "stamp")).all()
    shares = np.bincount(column(rows, "level")) / len(rows["level"])
    assert shares[0] == pytest.approx(0.66, abs=0.02)


def test_withdrawn_records_are_no_true_ones(block: Block, done: dict[str, Rows]) -> None:
    from yuheng.simulate.dirt import DELETE, Counts

    feeds, days = load_feeds(HOME)
    counts = Counts()
    rows = Spoiler(block.clock, days).deliver(feeds["reg_investor"], done["reg_investor"], block.streams, counts)
    gone = column(rows, "op") == DELETE
    assert gone.sum() == counts.dirt["withdrawn"] > 0
    assert (column(rows, "key")[gone] > 8 * 10**15).all()
    assert feeds["reg_entity"].withdrawn == 0
