"""Macro calls over one raw column, computed once per distinct text.

A million records have some hundred different dates; reading each of them once and spreading the results costs a tenth
of reading a million. The engine computes the values, from the same macros, so results are those of the plain way. What
one segment of a feed needed is remembered for the next, which brings few new texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from yuheng.intake.atoms import Atom
from yuheng.lake import Engine
from yuheng.sql import identifier

_DISTINCT = "__distinct"
_KEPT = 200_000
"""Texts of a column remembered at most; beyond that only those of the segment at hand are."""


@dataclass(frozen=True)
class _Known:
    """Texts of one column (null first) and the atoms' results for them, row by row."""

    texts: pa.Array
    results: pa.Table


class Memo:
    """The results of one feed's atoms for the texts seen so far."""

    def __init__(self, engine: Engine, atoms: Mapping[str, Sequence[Atom]]) -> None:
        self._engine = engine
        self._atoms = atoms
        self._known: dict[str, _Known] = {}

    def fill(self, raw: pa.Table) -> tuple[pa.Table, frozenset[str]]:
        """`raw` with the atoms of its dictionary-encoded columns as further columns, and the names of those."""
        given: set[str] = set()
        for column in self._atoms:
            if pa.types.is_dictionary(raw[column].type):
                for name, values in self._values(column, raw[column]).items():
                    raw = raw.append_column(name, values)
                    given.add(name)
        return raw, frozenset(given)

    def _values(self, column: str, texts: pa.ChunkedArray) -> dict[str, pa.Array]:
        encoded = texts.combine_chunks()  # one dictionary for all pieces
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.chunk(0)
        known = self._learnt(column, encoded.dictionary)
        # The results stay a dictionary too: spreading them over the rows is left to whoever reads them.
        results = known.results.take(pc.index_in(encoded.dictionary, value_set=known.texts))
        none = known.results.slice(0, 1)
        place = encoded.indices.fill_null(len(encoded.dictionary))
        spread = pa.concat_tables([results, none]).combine_chunks()
        return {c: pa.DictionaryArray.from_arrays(place, spread[c].chunk(0)) for c in spread.column_names}

    def _learnt(self, column: str, texts: pa.Array) -> _Known:
        """What is known of the column, `texts` among it."""
        none = pa.array([None], texts.type)
        known = self._known.get(column)
        if known is None or len(known.texts) + len(texts) > _KEPT:
            found = pa.concat_arrays([none, texts])
            known = _Known(found, self._computed(column, found))
        elif len(new := texts.filter(pc.invert(pc.is_in(texts, value_set=known.texts)))):
            results = pa.concat_tables([known.results, self._computed(column, new)]).combine_chunks()
            known = _Known(pa.concat_arrays([known.texts, new]), results)
        self._known[column] = known
        return known

    def _computed(self, column: str, texts: pa.Array) -> pa.Table:
        self._engine.register(_DISTINCT, pa.table({"__place": pa.array(range(len(texts)), pa.int64()), column: texts}))
        listed = ", ".join(f"{atom.whole} as {identifier(atom.name)}" for atom in self._atoms[column])
        found = self._engine.query(f"select {listed} from {_DISTINCT} order by __place")
        self._engine.drop(_DISTINCT)
        return found
