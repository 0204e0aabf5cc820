"""Trying again: the waits double, are the same each time, and end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from yuheng.errors import TransportError

T = TypeVar("T")
LONGEST = 60.0
"""Seconds of a wait at most, whatever a server asks for."""


@dataclass(frozen=True)
class Schedule:
    """`tries` in all; the first wait lasts `wait` seconds, each further one twice as long, a minute at most."""

    tries: int = 5
    wait: float = 0.5

    def after(self, failed: int, asked: float | None = None) -> float:
        """Seconds to wait after `failed` (1, 2, …) tries; `asked`: what the server wants at least.

        >>> [Schedule(5, 0.5).after(n) for n in (1, 2, 3)]
        [0.5, 1.0, 2.0]
        >>> Schedule(5, 0.5).after(1, 7.0)
        7.0
        """
        own = self.wait * 2.0 ** (failed - 1)
        return min(LONGEST, max(own, asked or 0.0))


class Again(Exception):  # noqa: N818  a wish, not an error
    """Raised inside a try that may be repeated: `error` is raised when none is left."""

    def __init__(self, error: TransportError, after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


def retrying(attempt: Callable[[], T], schedule: Schedule, *, sleep: Callable[[float], None] = time.sleep) -> T:
    """The result of the first try that does not raise `Again`. Raises the last one's error."""
    failed = 0
    while True:
        try:
            return attempt()
        except Again as wish:
            failed += 1
            if failed >= schedule.tries:
                raise wish.error from wish
            sleep(schedule.after(failed, wish.after))
