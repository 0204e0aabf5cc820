"""Working days of the mainland: announced holidays and exchanged weekends; plain weekends where none are announced."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from chinese_calendar import constants

from yuheng.errors import CodeError

FIRST = date(2000, 1, 1)
YEARS_AHEAD = 10
"""So long after the last announced year the calendar goes on, by weekends, so that no deadline falls out of it."""
_SATURDAY = 5


class Calendar:
    """Which days are worked between two days, and the running number of working days.

    A day off has the number of the working day before it, so that the n-th working day after it is counted from there.
    """

    def __init__(self, first: date, last: date, exceptions: Mapping[date, bool] | None = None) -> None:
        """`exceptions` tells days that are worked (True) or off (False) against the rule of the weekend."""
        if last < first:
            raise CodeError(f"A calendar from {first} to {last} has no days.")
        self.first = first
        self.last = last
        self._numbers: list[int] = []
        self._workdays: list[date] = []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            if (exceptions or {}).get(day, day.weekday() < _SATURDAY):
                self._workdays.append(day)
            self._numbers.append(len(self._workdays))

    def is_workday(self, day: date) -> bool:
        """True for a day that is worked; CodeError outside the calendar."""
        number = self.workday_no(day)
        return number > 0 and self._workdays[number - 1] == day

    def workday_no(self, day: date) -> int:
        """Working days from the calendar's beginning up to `day`, itself included; CodeError outside the calendar."""
        if not self.first <= day <= self.last:
            raise CodeError(f"{day} lies outside the calendar ({self.first} to {self.last}).")
        return self._numbers[(day - self.first).days]

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it when n is negative); a day off counts as the one before it."""
        number = self.workday_no(day) + n
        if not 1 <= number <= len(self._workdays):
            raise CodeError(f"{n} working days from {day} lead out of the calendar ({self.first} to {self.last}).")
        return self._workdays[number - 1]

    def working_days(self, after: date, until: date) -> int:
        """Working days after one day up to another, the last included; negative when they stand the other way round."""
        return self.workday_no(until) - self.workday_no(after)

    def next_workday(self, day: date) -> date:
        """`day` itself when it is worked, else the next day that is."""
        if not self.first <= day <= self.last:
            raise CodeError(f"{day} lies outside the calendar ({self.first} to {self.last}).")
        place = bisect_left(self._workdays, day)
        if place == len(self._workdays):
            raise CodeError(f"No working day from {day} to the end of the calendar ({self.last}).")
        return self._workdays[place]

    def rows(self) -> Iterator[tuple[date, int, int]]:
        """(day, 1 when worked else 0, running number) of every day in order."""
        before = 0
        for offset, number in enumerate(self._numbers):
            yield self.first + timedelta(days=offset), int(number > before), number
            before = number


def announced_years() -> tuple[int, int]:
    """The first and the last year whose holidays are known."""
    years = {day.year for day in constants.holidays}
    return min(years), max(years)


def national_calendar(
    *, first: date = FIRST, last: date | None = None, overrides: Mapping[date, bool] | None = None
) -> Calendar:
    """The national calendar; `overrides` (day -> worked) goes before what is known, for years announced later."""
    exceptions: dict[date, bool] = dict.fromkeys(constants.holidays, False)
    exceptions |= dict.fromkeys(constants.workdays, True)
    exceptions |= overrides or {}
    newest = max([announced_years()[1], *(day.year for day in overrides or {})])
    return Calendar(first, last or date(newest + YEARS_AHEAD, 12, 31), exceptions)
