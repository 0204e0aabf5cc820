"""Scripted faults of a served interface: what real systems do on bad days."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["error", "busy", "slow", "cut", "garbage"]
"""error: status 500; busy: 429 with Retry-After; slow: waits; cut: the connection ends in the middle of the answer;
garbage: half a JSON text as a whole answer."""


@dataclass
class Faults:
    """Faults by the number of the request (1, 2, …; tokens do not count), and lasting ones."""

    at: dict[int, Kind] = field(default_factory=dict)
    always: Kind | None = None
    """Every request from now on."""
    seconds: float = 0.0
    """How long `slow` waits, and what Retry-After says."""
    renamed: dict[str, str] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)
    """New field -> its value in every row."""
    nested: frozenset[str] = frozenset()
    """Fields whose values are objects now."""
    clock: float = 0.0
    """Seconds the server's clock is ahead."""
    requests: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> Kind | None:
        """The fault of the request that just came."""
        with self._lock:
            self.requests += 1
            return self.at.get(self.requests, self.always)

    def row(self, row: dict[str, object]) -> dict[str, object]:
        """A row as the changed interface gives it."""
        if not (self.renamed or self.added or self.nested):
            return row
        changed = {self.renamed.get(k, k): {"value": v} if k in self.nested else v for k, v in row.items()}
        return {**changed, **self.added}
