"""Macro calls over one raw column, computed once per distinct text.

A million records have some hundred different dates; reading each of them once and spreading the results costs a tenth
of reading a million. The engine computes the values, from the same macros, so results are those of the plain way. What
one segment of a feed needed is remembered for the next, which brings few new texts.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from yuheng.intake.atoms import Atoms
from yuheng.lake import Engine
from yuheng.sql import identifier, literal

_DISTINCT = "__distinct"
_KEPT = 200_000
"""Texts of a column remembered at most; beyond that only those of the segment at hand are."""
_NAMES = {
    pa.bool_().id: "boolean",
    pa.int16().id: "smallint",
    pa.int32().id: "integer",
    pa.int64().id: "bigint",
    pa.date32().id: "date",
    pa.string().id: "varchar",
}
"""Type of a constant → its name in SQL."""


@dataclass(frozen=True)
class _Known:
    """Texts of one column (null first) and the atoms' results for them, row by row."""

    texts: pa.Array
    results: pa.Table


class Memo:
    """The results of one feed's atoms for the texts seen so far."""

    def __init__(self, engine: Engine, atoms: Atoms) -> None:
        self._engine = engine
        self._atoms = atoms
        self._wanted = atoms.by_column()
        self._known: dict[str, _Known] = {}

    def fill(self, raw: pa.Table) -> tuple[pa.Table, dict[str, str | None]]:
        """`raw` with the atoms of its dictionary-encoded columns as further columns, and the names of those.

        An atom with one value for all rows is no column: its SQL stands beside its name (None for the others), so that
        the engine need not even look at the checks that hold for every text.
        """
        given: dict[str, str | None] = {}
        for column in self._wanted:
            if pa.types.is_dictionary(raw[column].type):
                for name, values in self._values(column, raw[column]).items():
                    given[name] = values if isinstance(values, str) else None
                    if not isinstance(values, str):
                        raw = raw.append_column(name, values)
        return raw, given

    def _values(self, column: str, texts: pa.ChunkedArray) -> dict[str, pa.Array | str]:
        encoded = texts.combine_chunks()  # one dictionary for all pieces
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.chunk(0)
        known = self._learnt(column, encoded.dictionary)
        # The results stay a dictionary too: spreading them over the rows is left to whoever reads them.
        results = known.results.take(pc.index_in(encoded.dictionary, value_set=known.texts))
        place = encoded.indices
        if encoded.null_count:
            place = place.fill_null(len(encoded.dictionary))
            results = pa.concat_tables([results, known.results.slice(0, 1)])
        found = zip(results.column_names, results.columns, strict=True)
        return {c: _spread(place, values.combine_chunks()) for c, values in found}

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
        listed = ", ".join(identifier(atom.name) for atom in self._wanted[column])
        found = self._engine.query(f"select {listed} from {self._atoms.of_column(column, _DISTINCT)} order by __place")
        self._engine.drop(_DISTINCT)
        return found


def _spread(place: pa.Array, values: pa.Array | pa.ChunkedArray) -> pa.Array | str:
    """The values at `place`, or SQL of the one value they all are."""
    values = pa.concat_arrays(values.chunks) if isinstance(values, pa.ChunkedArray) else values
    if len(values.unique()) == 1 and (sql := _constant(values[0])):
        return sql
    return pa.DictionaryArray.from_arrays(place, values, safe=False)


def _constant(value: pa.Scalar) -> str | None:
    """SQL of a value with its type; None where the type has no short spelling."""
    name = _NAMES.get(value.type.id)
    if name is None and pa.types.is_decimal(value.type):
        name = f"decimal({value.type.precision},{value.type.scale})"
    return None if name is None else f"cast({literal(value.as_py())} as {name})"
