"""Values found by a join: codes from the content's lists, tokens of personal numbers, translated lists of codes.

All of them become two-column tables (value, result), so that the same SQL joins them on every engine.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from yuheng.content import ContentStore
from yuheng.content.schema import CodeMap, TokenMap
from yuheng.crypto import Tokeniser
from yuheng.errors import ContentError
from yuheng.intake.plan import PREPARED, FeedPlan, Lookup
from yuheng.lake import Engine
from yuheng.sql import identifier


class Lookups:
    """Makes the lookup tables of feeds known to an engine."""

    def __init__(self, engine: Engine, store: ContentStore, tokeniser: Tokeniser) -> None:
        self._engine = engine
        self._store = store
        self._tokeniser = tokeniser
        self._lists: dict[tuple[str, str, str], dict[str, str | None]] = {}

    def register(self, plan: FeedPlan) -> None:
        """Registers the tables of `plan`; those made from the values at hand read `__prepared`."""
        for lookup in plan.lookups:
            self._engine.register(lookup.table, self.pairs(lookup))

    def pairs(self, lookup: Lookup) -> pa.Table:
        """Columns value and result of one lookup."""
        mapping = lookup.mapping
        if isinstance(mapping, CodeMap) and mapping.split is None:
            found = self._list(mapping)
            return _table(list(found), list(found.values()))
        values = self._values(lookup)
        if isinstance(mapping, TokenMap):
            return pa.table({"value": values, "result": self._tokeniser.tokens(values, kind=mapping.token)})
        texts = values.to_pylist()
        return _table(texts, [self._translated(mapping, text) for text in texts])

    def _values(self, lookup: Lookup) -> pa.ChunkedArray:
        column = identifier(lookup.value)
        sql = f"select distinct {column} as value from {PREPARED} where {column} is not null"
        return self._engine.query(sql).column("value")

    def _translated(self, mapping: CodeMap, text: str) -> str | None:
        """The parts translated and joined; null when one of them is unknown and none may be."""
        known = self._list(mapping)
        found: list[str] = []
        for part in filter(None, (p.strip() for p in text.split(mapping.split))):
            code = known.get(part)
            if code is None and mapping.unknown == "quarantine":
                return None
            code = {"keep": part, "default": mapping.default}.get(mapping.unknown) if code is None else code
            found += [code] if code is not None else []
        return ",".join(dict.fromkeys(found)) or None

    def _list(self, mapping: CodeMap) -> dict[str, str | None]:
        name = (mapping.code, mapping.from_column, mapping.to_column)
        if name not in self._lists:
            self._lists[name] = self._read(*name)
        return self._lists[name]

    def _read(self, code: str, source: str, target: str) -> dict[str, str | None]:
        path = f"codes/{code}.csv"
        table = self._store.code_lists.get(code)
        if table is None:
            raise ContentError("the code list is missing", path=path, todo="Restore it.")
        for column in (source, target):
            if column not in table.column_names:
                raise ContentError(f"no column {column!r}", path=path, line=1)
        pairs: dict[str, str | None] = {}
        texts = [pc.cast(table[c], pa.string()).to_pylist() for c in (source, target)]
        for value, result in zip(*texts, strict=True):
            if value is None:
                continue
            if pairs.setdefault(value, result) != result:
                raise ContentError(f"{source} {value!r} stands for {pairs[value]!r} and {result!r}", path=path)
        return pairs


def _table(values: list[str], results: list[str | None]) -> pa.Table:
    return pa.table({"value": pa.array(values, pa.string()), "result": pa.array(results, pa.string())})
