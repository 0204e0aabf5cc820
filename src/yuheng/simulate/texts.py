"""Texts made in bulk: fixed-width digits as byte matrices, joins of short words."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yuheng.simulate.params import Ints

Bytes = NDArray[np.uint8]
_ZERO = 48


def digits(values: Ints, width: int) -> Bytes:
    """Decimal digits with leading zeros, as ASCII: shape [n, width]."""
    result = np.empty((len(values), width), dtype=np.uint8)
    rest = values.astype(np.int64)
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        result[:, place] = digit + _ZERO
    return result


def letters(texts: list[str], at: Ints) -> Bytes:
    """ASCII texts of one length, taken by row: shape [n, length]."""
    table = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8).reshape(len(texts), -1)
    return table[at]


def fixed(matrix: Bytes) -> pa.StringArray:
    """One text per row of a byte matrix."""
    n, width = matrix.shape
    offsets = np.arange(0, (n + 1) * width, width, dtype=np.int32)
    data = np.ascontiguousarray(matrix)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(data))


def chosen(words: list[str], at: Ints) -> pa.StringArray:
    """A word per row; a negative place gives the empty text."""
    return pa.array([*words, ""]).take(pa.array(np.where(at < 0, len(words), at)))


def joined(*parts: pa.Array | str) -> pa.StringArray:
    """Texts joined row by row; a plain text stands in every row."""
    return pc.binary_join_element_wise(*parts, "")


def numbered(values: Ints) -> pa.StringArray:
    """Whole numbers as text."""
    return pa.array(values).cast(pa.string())


def without(texts: pa.StringArray, gone: NDArray[np.bool_]) -> pa.StringArray:
    """The texts, null where `gone`."""
    return pc.if_else(pa.array(gone), pa.scalar(None, pa.string()), texts)
