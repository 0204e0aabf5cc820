"""Macro calls over one raw column, computed once per distinct text of a segment.

A million records have some hundred different dates; reading each of them once and spreading the results costs a tenth
of reading a million. The engine computes the values, from the same macros, so results are those of the plain way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from yuheng.intake.atoms import Atom
from yuheng.lake import Engine
from yuheng.sql import identifier

_DISTINCT = "__distinct"


def memorised(engine: Engine, atoms: Mapping[str, Sequence[Atom]], raw: pa.Table) -> tuple[pa.Table, frozenset[str]]:
    """`raw` with the atoms of its dictionary-encoded columns as further columns, and the names of those."""
    given: set[str] = set()
    for column, wanted in atoms.items():
        if pa.types.is_dictionary(raw[column].type):
            for name, values in _values(engine, column, raw[column], wanted).items():
                raw = raw.append_column(name, values)
                given.add(name)
    return raw, frozenset(given)


def _values(engine: Engine, column: str, texts: pa.ChunkedArray, atoms: Sequence[Atom]) -> dict[str, pa.Array]:
    encoded = texts.combine_chunks()  # one dictionary for all pieces
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    distinct = pa.concat_arrays([encoded.dictionary, pa.array([None], encoded.dictionary.type)])
    place = encoded.indices.fill_null(len(encoded.dictionary))
    engine.register(_DISTINCT, pa.table({"__place": range(len(distinct)), column: distinct}))
    listed = ", ".join(f"{atom.whole} as {identifier(atom.name)}" for atom in atoms)
    found = engine.query(f"select {listed} from {_DISTINCT} order by __place")
    engine.drop(_DISTINCT)
    # The results stay a dictionary too: spreading them over the rows is left to whoever reads them.
    values = {atom.name: found[atom.name].combine_chunks() for atom in atoms}
    return {name: pa.DictionaryArray.from_arrays(place, one) for name, one in values.items()}
