"""What follows from what: which derived tables and indicators a change of some tables of one firm can touch."""

from __future__ import annotations

from collections.abc import Collection

from yuheng.content import ContentStore
from yuheng.indicator import Plan
from yuheng.library.build import inputs_of
from yuheng.pipeline.live_store import Parts, columns_in
from yuheng.pipeline.scoring import SPINE
from yuheng.sql import column_refs, parse

Dirty = dict[str, frozenset[str] | None]
"""Table whose rows of the firm changed -> the columns that did; None = any, or there are more or fewer rows."""


class Flow:
    """The inputs of each derived table and of the indicators of each table, with the columns they name."""

    def __init__(self, store: ContentStore, parts: Parts) -> None:
        self.inputs = {name: inputs_of(store.derived[name]) for name in parts.rebuilt}
        """Derived table -> tables its SQL reads."""
        self._named = {name: columns_in(store.derived[name].sql, origin=name) for name in parts.rebuilt}
        self._groups: dict[str, frozenset[str]] = {}

    def add_group(self, table: str, plan: Plan) -> None:
        """The plan of a table's indicators: beside the table it reads the firm's facts (`b`)."""
        refs = column_refs(parse(plan.select, origin=table))
        self._groups[table] = frozenset(name for owner, name in refs if owner in ("b", None))

    def touches_table(self, name: str, dirty: Dirty) -> bool:
        """Whether the rows of a derived table may change."""
        return any(_meets(dirty[table], self._named[name]) for table in self.inputs[name] & dirty.keys())

    def touches_group(self, table: str, dirty: Dirty) -> bool:
        """Whether values of the indicators on `table` may change."""
        if table in dirty and table != SPINE:
            return True
        return SPINE in dirty and _meets(dirty[SPINE], self._groups[table])


def _meets(changed: frozenset[str] | None, used: Collection[str] | None) -> bool:
    return changed is None or used is None or not changed.isdisjoint(used)
