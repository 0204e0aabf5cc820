"""Feeds declared in content/simulate/records.yaml: whole references, within the life of the firm, tied to parents."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from yuheng.errors import ContentError
from yuheng.simulate import declared
from yuheng.simulate.clock import MISSING, Clock, known
from yuheng.simulate.declared_spec import load_records
from yuheng.simulate.dirt import INSERT, Rows
from yuheng.simulate.params import HOME, Params
from yuheng.simulate.province import block_of
from yuheng.simulate.spec import load_feeds

from .events_case import END, Case, case, column

SPECS = load_records(HOME)
FEEDS, _ = load_feeds(HOME)
NAMES = sorted(SPECS)
DUE = ("valid_day", "to_day", "due_day", "public_to_day", "perform_day")
"""Terms that are known beforehand."""


@cache
def rows_of() -> tuple[Case, dict[str, Rows]]:
    world = case()
    return world, declared.feeds(world.block, {**world.done, **world.rows})


def test_every_declared_feed_has_a_description_and_rows() -> None:
    _, rows = rows_of()
    assert sorted(rows) == NAMES
    assert set(NAMES) <= set(FEEDS)
    assert [name for name, part in rows.items() if not len(part["key"])] == []


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_whole(name: str) -> None:
    world, rows = rows_of()
    part = rows[name]
    assert {len(values) for values in part.values()} == {len(part["key"])}
    firm, keys, stamps = column(part, "firm"), column(part, "key"), column(part, "stamp")
    assert firm.min() >= 0
    assert firm.max() < world.block.n
    assert len(np.unique(np.stack([keys, stamps]), axis=1).T) == len(keys)
    first = column(part, "op") == INSERT
    assert len(np.unique(keys[first])) == int(first.sum())
    for word in FEEDS[name].gather.get("w", ()):
        at = column(part, word)
        assert at.min() >= 0
        assert at.max() < world.block.lookups[f"w_{word}"].num_rows


@pytest.mark.parametrize("name", NAMES)
def test_facts_lie_within_the_life_of_the_firm_and_no_version_knows_the_future(name: str) -> None:
    world, rows = rows_of()
    spec, part, block = SPECS[name], rows[name], world.block
    day, firm = column(part, spec.day), column(part, "firm")
    assert (day <= block.clock.end).all()
    if not spec.items:
        assert (day >= block.est_day[firm]).all()
        gone = np.where(block.exit_day[firm] == MISSING, block.clock.end + 1, block.exit_day[firm])
        assert (day <= gone).all()
    for date in (x for x in part if x.endswith("_day") and x not in DUE):
        days = column(part, date)
        assert (days[known(days)] <= column(part, "stamp")[known(days)]).all(), date


@pytest.mark.parametrize("name", [n for n in NAMES if SPECS[n].parents])
def test_children_name_records_of_their_firm(name: str) -> None:
    world, rows = rows_of()
    every, part = {**world.done, **world.rows, **rows}, rows[name]
    for parent in SPECS[name].parents:
        owner = every[parent.feed]
        firm_of = dict(zip(column(owner, "key").tolist(), column(owner, "firm").tolist(), strict=True))
        mine = column(part, "origin") == parent.mark
        assert mine.any()
        found = [firm_of[key] for key in column(part, "parent")[mine].tolist()]
        assert found == column(part, "firm")[mine].tolist()


def test_exits_are_those_of_the_register() -> None:
    world, rows = rows_of()
    cancelled = rows["reg_cancel"]
    assert (world.block.exit_day[column(cancelled, "firm")] == column(cancelled, "cancel_day")).all()
    assert len(np.unique(column(cancelled, "firm"))) == len(cancelled["firm"])


def test_risk_drives_what_is_declared_with_a_slope() -> None:
    world, rows = rows_of()
    z = world.block.z[:, -1]
    assert z[column(rows["eco_penalty"], "firm")].mean() > 0.3
    assert z[column(rows["sti_title"], "firm")].mean() < -0.2


def test_equal_seeds_give_equal_rows_and_only_the_first_block_lists_the_items() -> None:
    params = Params()
    clock = Clock(params, END, 12)

    def made(number: int) -> dict[str, Rows]:
        block, done = block_of(params, clock, 5, number, 1_500, others=0.3)
        from yuheng.simulate import events

        return declared.feeds(block, {**done, **events.feeds(block, done)})

    one, again, other = made(0), made(0), made(1)
    for name, part in one.items():
        for at, values in part.items():
            assert values.tobytes() == again[name][at].tobytes(), (name, at)
    assert len(one["check_item"]["key"]) == len(params.words("check_item"))
    assert len(other["check_item"]["key"]) == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x: {rate: 0.1, day: d_day, colour: red}", "unknown fields"),
        ("x: {rate: 0.1, every: month, day: d_day}", "exactly one"),
        ("x: {day: d_day}", "exactly one"),
    ],
)
def test_a_misspelt_declaration_is_named(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "records.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=what):
        load_records(tmp_path)
