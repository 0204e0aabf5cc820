"""The hash of a record's raw texts: `row_hash`, 0 … 2^63 - 1, the same however the record was delivered and read.

It tells whether a record that comes again has changed. Hashed are the texts in the order of the feed's columns, a comma
between them and U+001E for a comma within one: of plain CSV that is the line as it stands, so nothing is put together.
The words of eight bytes are mixed one after another (multiplied, shifted, xored), a step for all records at once; a
long text is hashed in blocks and then over its blocks' hashes. It is no secret and guards against no one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Hashes = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int64]

BLOCK = 2048
"""Bytes hashed in one go."""
_WORD = 8
_COMMA, _WITHIN = ",", "\x1e"
_MIX = np.uint64(0x9E3779B97F4A7C15)
_LAST = np.uint64(0xD6E8FEB86659FD93)
_HALF, _ONE = np.uint64(32), np.uint64(1)


def of_lines(data: bytes, start: Positions, end: Positions, delimiter: str) -> pa.Array:
    """Hashes (int64) of lines of CSV in which no text is quoted: `data[start:end]` each, without their line ends."""
    if delimiter != _COMMA:
        data = data.translate(bytes.maketrans(f"{delimiter}{_COMMA}".encode(), f"{_COMMA}{_WITHIN}".encode()))
    return pa.array((_hashed(data, start, end) >> _ONE).view(np.int64))


def of_columns(columns: Sequence[pa.ChunkedArray]) -> pa.Array:
    """Hashes (int64) of records whose texts stand in `columns` (null for a blank one)."""
    texts = [pc.replace_substring(pc.fill_null(pc.cast(c, pa.string()), ""), _COMMA, _WITHIN) for c in columns]
    found = [_of_texts(chunk) for chunk in pc.binary_join_element_wise(*texts, _COMMA).chunks]
    return pa.concat_arrays(found) if found else pa.array([], pa.int64())


def _of_texts(texts: pa.StringArray) -> pa.Array:
    _, offsets, body = texts.buffers()
    edges = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    data = body.to_pybytes() if body is not None else b""
    return of_lines(data, edges[:-1], edges[1:], _COMMA)


def _hashed(data: bytes, start: Positions, end: Positions) -> Hashes:
    length = end - start
    long = length > BLOCK
    if not long.any():
        return _last(_mixed(data, start, length))
    found = np.empty(len(start), np.uint64)
    found[~long] = _hashed(data, start[~long], end[~long])
    found[long] = _in_blocks(data, start[long], length[long])
    return found


def _in_blocks(data: bytes, start: Positions, length: Positions) -> Hashes:
    """Hashes of long texts, over the hashes of their blocks."""
    counts = -(-length // BLOCK)
    first = np.cumsum(counts) - counts
    low = np.repeat(start, counts) + BLOCK * (np.arange(int(counts.sum())) - np.repeat(first, counts))
    high = np.minimum(low + BLOCK, np.repeat(start + length, counts))
    blocks = _hashed(data, low, high).astype("<u8").tobytes()
    over = _hashed(blocks, _WORD * first, _WORD * (first + counts))
    return _last(over ^ length.astype(np.uint64))


def _mixed(data: bytes, start: Positions, length: Positions) -> Hashes:
    """One step per word, longest texts first, so that those with a word left are always the first ones."""
    words = _words(data, int((start + length).max(initial=0)))
    count = (length + _WORD - 1) // _WORD
    order = np.argsort(-count.astype(np.int16), kind="stable")
    place, rest = start[order], length[order]
    mixed: Hashes = rest.astype(np.uint64) * _MIX
    while left := int(np.count_nonzero(rest > 0)):
        place, rest = place[:left], rest[:left]
        found = words[place]
        _cut(found, rest)
        part = mixed[:left]
        part ^= found
        part *= _MIX
        part ^= part >> _HALF
        place, rest = place + _WORD, rest - _WORD
    back = np.empty_like(mixed)
    back[order] = mixed
    return back


def _words(data: bytes, size: int) -> Hashes:
    """The words that begin at each of the first `size` bytes."""
    if len(data) < size + _WORD:
        data += bytes(size + _WORD - len(data))
    return np.ndarray((size + 1,), "<u8", data, 0, (1,))


def _cut(words: Hashes, rest: Positions) -> None:
    """Zeroes the bytes behind the ends of texts that have less than a word left."""
    whole = int(np.count_nonzero(rest > _WORD))
    bits = rest[whole:].astype(np.uint64) * np.uint64(8)
    words[whole:] &= (_ONE << bits) - _ONE  # numpy shifts 64 bits to 0, so a whole word stays


def _last(mixed: Hashes) -> Hashes:
    mixed = (mixed ^ (mixed >> _HALF)) * _LAST
    found: Hashes = mixed ^ (mixed >> _HALF)
    return found
