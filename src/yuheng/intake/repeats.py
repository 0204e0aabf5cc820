"""Which raw columns hold the same few texts again and again: worth a dictionary, and worth mapping once per text."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

_ROWS = 20_000
"""Records from which on it pays."""
_SAMPLE = 65_536
_SHARE = 0.5


class Repeats:
    """Decided once per feed, by the first large piece that is read. `columns`: those that repeat, none before."""

    def __init__(self, candidates: Iterable[str]) -> None:
        self._candidates = tuple(candidates)
        self._decided = not self._candidates
        self.columns: frozenset[str] = frozenset()

    def look(self, table: pa.Table) -> None:
        """Decides, if the piece is large enough and nothing was decided yet."""
        if not self._decided and table.num_rows >= _ROWS:
            self._decided = True
            self.columns = frozenset(c for c in self._candidates if _repeats(table[c]))


def _repeats(texts: pa.ChunkedArray) -> bool:
    some = texts.slice(0, _SAMPLE).combine_chunks()
    return len(some.unique()) < _SHARE * len(some)
