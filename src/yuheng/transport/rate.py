"""A token bucket per host: whoever calls the same host shares one rate."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Bucket:
    """`rate` calls per second; a pause saves up one second's worth at most."""

    def __init__(
        self, rate: float, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._rate = rate
        self._most = max(1.0, rate)
        self._clock = clock
        self._sleep = sleep
        self._left = 1.0
        self._at = clock()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Wait for the next call's turn; the seconds waited."""
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._at) * self._rate)
            self._at = now
            self._left -= 1.0
            wait = max(0.0, -self._left / self._rate)
        if wait:
            self._sleep(wait)
        return wait

    def slow_down(self, rate: float) -> None:
        """At most `rate` from now on (a host that asks for more time)."""
        with self._lock:
            self._rate = min(self._rate, rate)
            self._most = max(1.0, self._rate)


_BUCKETS: dict[str, Bucket] = {}
_LOCK = threading.Lock()


def bucket_of(host: str, rate: float) -> Bucket:
    """The host's bucket in this process; the lowest rate that was asked for it counts."""
    with _LOCK:
        bucket = _BUCKETS.setdefault(host, Bucket(rate))
    bucket.slow_down(rate)
    return bucket
