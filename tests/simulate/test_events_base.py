"""The common arithmetic of events: separate periods, cover, histories, anniversaries."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yuheng.simulate.clock import MISSING, date_of, day_of
from yuheng.simulate.dirt import INSERT, UPDATE
from yuheng.simulate.events_base import anniversary, covering, histories, separate

SPELLS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 60), st.one_of(st.just(MISSING), st.integers(1, 30))), max_size=25
)


def arrays(spells: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    firm, low, stay = (np.asarray([x[i] for x in spells], dtype=np.int64) for i in range(3))
    return firm, low, np.where(stay == MISSING, MISSING, low + stay)


@given(SPELLS)
def test_separate_leaves_periods_that_do_not_overlap(spells: list[tuple[int, int, int]]) -> None:
    firm, low, high = arrays(spells)
    kept = separate(firm, low, high)
    chosen = sorted(zip(firm[kept].tolist(), low[kept].tolist(), high[kept].tolist(), strict=True))
    for one, two in pairwise(chosen):
        assert one[0] != two[0] or (one[2] != MISSING and one[2] <= two[1])
    for f in np.unique(firm):
        assert kept[firm == f].any()


@given(SPELLS, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 100)), max_size=20))
def test_covering_finds_the_period_of_a_day(spells: list[tuple[int, int, int]], asked: list[tuple[int, int]]) -> None:
    firm, low, high = arrays(spells)
    kept = separate(firm, low, high)
    firm, low, high = firm[kept], low[kept], high[kept]
    at_firm, at_day = (np.asarray([x[i] for x in asked], dtype=np.int64) for i in range(2))
    place = covering(firm, low, high, at_firm, at_day)
    for f, day, found in zip(at_firm, at_day, place, strict=True):
        holds = (firm == f) & (low <= day) & ((high == MISSING) | (day < high))
        assert (found >= 0) == bool(holds.any())
        assert found < 0 or holds[found]


def test_histories_show_each_date_from_its_day_on() -> None:
    rows = {
        "key": np.asarray([7, 8]),
        "firm": np.asarray([0, 1]),
        "stamp": np.asarray([10, 10]),
    }
    paid, mended = np.asarray([20, MISSING]), np.asarray([30, 9])
    made = histories(
        rows, {"paid": paid, "mended": mended}, {"state": ("paid", np.asarray([0, 0]), np.asarray([5, 5]))}
    )
    lines = {
        (int(k), int(s)): (int(p), int(m), int(x), int(o))
        for k, s, p, m, x, o in zip(
            made["key"], made["stamp"], made["paid"], made["mended"], made["state"], made["op"], strict=True
        )
    }
    assert lines == {
        (7, 10): (MISSING, MISSING, 0, INSERT),
        (7, 20): (20, MISSING, 5, UPDATE),
        (7, 30): (20, 30, 5, UPDATE),
        (8, 10): (MISSING, 9, 0, INSERT),
    }


def test_two_dates_of_one_day_make_one_version() -> None:
    rows = {"key": np.asarray([7]), "firm": np.asarray([0]), "stamp": np.asarray([10])}
    made = histories(rows, {"a": np.asarray([20]), "b": np.asarray([20])})
    assert made["stamp"].tolist() == [10, 20]
    assert (made["a"].tolist(), made["b"].tolist()) == ([MISSING, 20], [MISSING, 20])


def test_anniversaries_of_the_calendar() -> None:
    days = np.asarray([day_of(date(2020, 2, 29)), day_of(date(2021, 8, 31)), day_of(date(2024, 8, 6))])
    found = [date_of(int(day)) for day in anniversary(days, np.asarray([1, 3, 5]))]
    assert found == [date(2021, 3, 1), date(2024, 8, 31), date(2029, 8, 6)]
