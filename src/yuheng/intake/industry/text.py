"""Texts as one array of code points, so that every firm's characters are looked at by the same few array operations.

A scope is read as clauses (`;`, `。`), each of items (`、`, `,` and their kin). What stands in brackets or speaks of
licences is taken out first: it names what a firm must not do as often as what it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint32]

ROW_END = 0
"""The code point between two rows; no text holds it."""
_CLAUSE = ";。※!"
_ITEM = "、,.: /|·*<>《》和及与"
_COLON = ":"
_BMP = 1 << 16


@dataclass(frozen=True)
class Points:
    """Texts laid end to end. `codes`: every code point, each row followed by ROW_END; `start`: where rows begin."""

    codes: Codes
    start: Ints
    row: npt.NDArray[np.int32]
    """The row of each position."""

    @property
    def rows(self) -> int:
        """How many texts there are."""
        return len(self.start)


def normalised(texts: pa.Array, noise: Sequence[str] = ()) -> pa.Array:
    """Half-width capitals without what the patterns of `noise` find; null becomes empty."""
    out = pc.utf8_upper(pc.utf8_normalize(pc.fill_null(texts.cast(pa.string()), ""), form="NFKC"))
    out = pc.replace_substring(out, "\0", "")
    for pattern in noise:
        out = pc.replace_substring_regex(out, pattern, "")
    return out


def points(texts: pa.Array) -> Points:
    """The code points of texts without null."""
    length = pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.int64) + 1
    whole = pc.binary_join_element_wise(texts, pa.scalar(""), "\0")
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.combine_chunks()
    body = b"".join(whole.to_pylist()) if pa.types.is_binary(whole.type) else _body(whole)
    codes = np.frombuffer(body.decode("utf-8").encode("utf-32-le"), dtype=np.uint32)
    start = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(length)[:-1]]) if len(length) else length
    row = np.repeat(np.arange(len(length), dtype=np.int32), length)
    return Points(codes, start, row)


def _body(texts: pa.Array) -> bytes:
    """The bytes of a string array, rows end to end, without a copy per row."""
    _, offsets, data = texts.buffers()
    if data is None:
        return b""
    width = np.dtype(np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    bounds = np.frombuffer(offsets, dtype=width)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(data)[int(bounds[0]) : int(bounds[-1])].tobytes()


@dataclass(frozen=True)
class Items:
    """The items of scopes. `item`: of each position; `clause`: of each item; `colon`: items a colon follows."""

    item: Ints
    row: Ints
    clause: Ints
    colon: Bools

    @property
    def count(self) -> int:
        """How many items there are, empty ones included."""
        return len(self.row)


def items(scope: Points) -> Items:
    """Splits scopes at their punctuation. Clauses and items are numbered over all rows."""
    kind = np.zeros(_BMP, dtype=np.int8)
    kind[[ord(c) for c in _ITEM]] = 1
    kind[[ord(c) for c in _CLAUSE]] = 2
    kind[ROW_END] = 2
    of = kind[np.minimum(scope.codes, _BMP - 1)]
    before = np.concatenate([np.zeros(1, dtype=np.int8), of[:-1]])  # a mark ends its item, the next place begins one
    item = np.cumsum(before > 0, dtype=np.int64)
    clause = np.cumsum(before == 2, dtype=np.int64)
    first = np.flatnonzero(np.concatenate([np.ones(1, dtype=bool), np.diff(item) > 0])) if len(item) else item
    last = np.concatenate([first[1:], np.array([len(item)])]) - 1 if len(item) else item
    colon = scope.codes[last] == ord(_COLON)
    return Items(item, scope.row[first].astype(np.int64), clause[first], colon)
