"""Working days: announced holidays, exchanged weekends, weekends alone, overrides."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuheng.codes import Calendar, announced_years, national_calendar
from yuheng.errors import CodeError

NATIONAL = national_calendar()
DAYS = st.dates(date(2001, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2024, 2, 9), True),  # worked until the eve
        (date(2024, 2, 12), False),  # a Monday in the Spring Festival
        (date(2024, 2, 18), True),  # a Sunday exchanged
        (date(2024, 10, 1), False),
        (date(2024, 10, 12), True),
        (date(2024, 10, 19), False),
        (date(2003, 4, 5), False),  # before the first announced year: weekends
        (date(2003, 5, 1), True),
    ],
)
def test_known_days(day: date, worked: bool) -> None:
    assert NATIONAL.is_workday(day) is worked


def test_the_calendar_goes_on_after_the_last_announced_year() -> None:
    newest = announced_years()[1]
    assert newest >= 2026
    assert NATIONAL.first == date(2000, 1, 1)
    assert NATIONAL.last == date(newest + 10, 12, 31)
    later = [date(newest + 1, 1, 1) + timedelta(days=n) for n in range(730)]
    assert all(NATIONAL.is_workday(day) is (day.weekday() < 5) for day in later)


@given(DAYS, st.integers(-60, 60))
def test_adding_working_days_counts_them_one_by_one(day: date, n: int) -> None:
    found = NATIONAL.add_working_days(day, n)
    here = day
    while not NATIONAL.is_workday(here):  # a day off counts as the working day before it
        here -= timedelta(days=1)
    for _ in range(abs(n)):
        here += timedelta(days=1 if n > 0 else -1)
        while not NATIONAL.is_workday(here):
            here += timedelta(days=1 if n > 0 else -1)
    assert found == here
    assert NATIONAL.working_days(day, found) == n


@given(DAYS)
def test_the_next_working_day(day: date) -> None:
    found = NATIONAL.next_workday(day)
    assert NATIONAL.is_workday(found)
    assert not any(NATIONAL.is_workday(day + timedelta(days=k)) for k in range((found - day).days))


def test_overrides_go_before_the_rule_and_lengthen_the_calendar() -> None:
    year = announced_years()[1] + 3
    monday = next(date(year, 3, d) for d in range(1, 8) if date(year, 3, d).weekday() == 0)
    calendar = national_calendar(overrides={monday: False, monday + timedelta(days=5): True})
    assert not calendar.is_workday(monday)
    assert calendar.is_workday(monday + timedelta(days=5))
    assert calendar.last.year == year + 10


def test_rows_are_the_calendar() -> None:
    small = Calendar(date(2024, 1, 5), date(2024, 1, 9))
    assert list(small.rows()) == [
        (date(2024, 1, 5), 1, 1),
        (date(2024, 1, 6), 0, 1),
        (date(2024, 1, 7), 0, 1),
        (date(2024, 1, 8), 1, 2),
        (date(2024, 1, 9), 1, 3),
    ]


def test_outside_is_an_error() -> None:
    small = Calendar(date(2024, 1, 6), date(2024, 1, 14))
    assert not small.is_workday(date(2024, 1, 6))
    for call in (
        lambda: small.is_workday(date(2024, 1, 5)),
        lambda: small.next_workday(date(2024, 1, 15)),
        lambda: small.next_workday(date(2024, 1, 13)),
        lambda: small.add_working_days(date(2024, 1, 8), 5),
        lambda: small.add_working_days(date(2024, 1, 6), 0),
        lambda: Calendar(date(2024, 1, 2), date(2024, 1, 1)),
    ):
        with pytest.raises(CodeError):
            call()
