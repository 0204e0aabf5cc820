"""Days of the simulated time. A day is a whole number since 1970-01-01; MISSING stands for no date."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from yuheng.errors import UsageError
from yuheng.simulate.params import Flags, Floats, Ints, Params

MISSING = -(2**31)
YEAR = 365
_EPOCH = date(1970, 1, 1)


def day_of(value: date) -> int:
    """Days since 1970-01-01."""
    return (value - _EPOCH).days


def date_of(day: int) -> date:
    """The date of a day number."""
    return _EPOCH + timedelta(days=int(day))


def year_of(days: Ints) -> Ints:
    """Calendar year per day."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def month_start(year: int, month: int) -> date:
    """First day of a month; `month` may lie outside 1–12."""
    index = year * 12 + month - 1
    return date(index // 12, index % 12 + 1, 1)


class Clock:
    """The simulated months [start, end], the history before them, and the business days."""

    def __init__(self, params: Params, end: date, months: int) -> None:
        if months < 1:
            raise UsageError("The number of months must be at least 1.", todo="Use --months 24, for example.")
        if (end + timedelta(days=1)).day != 1:
            raise UsageError(f"{end} is not the last day of a month.", todo="Give a month-end as the last day.")
        first = [month_start(end.year, end.month - months + 1 + i) for i in range(months + 1)]
        self.months = months
        self.labels = ["000000", *(f"{d.year}{d.month:02d}" for d in first[:-1])]
        self.firsts: Ints = np.asarray([day_of(d) for d in first], dtype=np.int64)
        self.start = int(self.firsts[0])
        self.end = day_of(end)
        years = params.integer("risk", "years")
        self.cells = years + (months + 11) // 12
        self.history = self.end - self.cells * YEAR + 1
        self.cell_starts: Ints = self.history + YEAR * np.arange(self.cells, dtype=np.int64)
        self._weights(params)

    def file_of(self, stamp: Ints) -> Ints:
        """Number of the delivery: 0 for the opening stock, then one per month; beyond the end `months + 1`."""
        return np.searchsorted(self.firsts, stamp, side="right").astype(np.int64)

    def cell_of(self, days: Ints) -> Ints:
        """Year cell of the risk path per day, clipped to the simulated time."""
        return np.clip((days - self.history) // YEAR, 0, self.cells - 1)

    def month_ends(self) -> list[int]:
        """Last days of the simulated months."""
        return [int(x) - 1 for x in self.firsts[1:]]

    def _weights(self, params: Params) -> None:
        self.origin = day_of(date(params.integer("population", "oldest_year") - 1, 1, 1))
        days = np.arange(self.origin, self.end + 800, dtype=np.int64)
        weekday = (days + 3) % 7
        weight = np.where(weekday < 5, 1.0, 0.0)
        weight[weekday == 0] *= params.number("calendar", "monday")
        following = (
            (days + params.integer("calendar", "month_end_days")).astype("datetime64[D]").astype("datetime64[M]")
        )
        is_end = following != days.astype("datetime64[D]").astype("datetime64[M]")
        weight[is_end] *= params.number("calendar", "month_end")
        before = params.integer("calendar", "festival_days_before")
        after = params.integer("calendar", "festival_days_after")
        for text in params.texts("calendar", "spring_festival"):
            day = day_of(date.fromisoformat(text))
            weight[(days >= day - before) & (days <= day + after)] *= params.number("calendar", "spring_festival_dip")
        self._cumulative: Floats = np.concatenate(([0.0], np.cumsum(weight)))

    def sample(self, rng: np.random.Generator, low: Ints, high: Ints) -> Ints:
        """A business day per pair in [low, high), with the week, month-end and spring-festival pattern."""
        a = self._cumulative[np.clip(low - self.origin, 0, len(self._cumulative) - 1)]
        b = self._cumulative[np.clip(high - self.origin, 0, len(self._cumulative) - 1)]
        at = a + rng.random(len(low)) * (b - a)
        found = self.origin + np.searchsorted(self._cumulative, at, side="right") - 1
        return np.clip(found, low, np.maximum(high - 1, low)).astype(np.int64)

    def back(self, day: int, days: Floats) -> Ints:
        """The business day so many days of even flow before `day`, not before the oldest year."""
        place = day + 1 - self.origin
        flow = self._cumulative[place] / place
        at = np.clip(self._cumulative[place] - days * flow, 0.0, None)
        found = self.origin + np.searchsorted(self._cumulative, at, side="right") - 1
        result: Ints = np.clip(found, self.origin + 366, day).astype(np.int64)
        return result

    def working(self, days: Ints) -> Ints:
        """The day itself, or the Monday after when it falls on a weekend."""
        weekday = (days + 3) % 7
        following: Ints = days + np.where(weekday == 5, 2, np.where(weekday == 6, 1, 0))
        return following


def known(days: Ints) -> Flags:
    """True where there is a date."""
    result: Flags = days != MISSING
    return result


def until(days: Ints, limit: int) -> Ints:
    """Dates after `limit` are not known yet: MISSING."""
    return np.where(days > limit, MISSING, days)
