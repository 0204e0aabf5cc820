"""Arrow plumbing of the ciphers: distinct values in, one result per distinct value out, spread back over the rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yuheng.errors import CryptoError


def distinct(values: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """(index of each row into the distinct values, the distinct values). Null and "" have a null index."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_null(values.type):
        values = values.cast(pa.string())
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        raise CryptoError(f"Only strings can be tokenised or encrypted, not {values.type}.", todo="Cast the column.")
    blank = pc.equal(values, pa.scalar("", values.type))
    encoded = pc.if_else(blank, pa.scalar(None, values.type), values).dictionary_encode()
    return encoded.indices, encoded.dictionary


def spread(indices: pa.Array, results: pa.Array) -> pa.Array:
    """`results` of the distinct values on the rows they came from; null where the row was null."""
    return results.take(indices)


def hex_strings(data: bytes, lengths: Sequence[int] | np.ndarray) -> pa.Array:
    """The pieces of `data` (`lengths` in bytes) as an array of hexadecimal strings, built in one go."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(np.asarray(lengths, dtype=np.int64) * 2, out=offsets[1:])
    text = pa.py_buffer(data.hex().encode())
    wide = pa.LargeStringArray.from_buffers(len(lengths), pa.py_buffer(offsets), text)
    return wide if offsets[-1] >= 2**31 else wide.cast(pa.string())
