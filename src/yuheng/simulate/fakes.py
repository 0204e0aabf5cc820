"""Reversible fakes: a keyed permutation of whole numbers (Feistel network over SM4), and digits replaced by digits."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yuheng.crypto import Sm3
from yuheng.crypto.sm4 import encrypt_blocks
from yuheng.errors import DataError
from yuheng.simulate.params import Ints

_ROUNDS = 8
_ZERO, _NINE = 48, 57
_LONGEST = 15


class Permutation:
    """A bijection of [0, size) that only the holder of the key can follow or turn back. Size at most 10^15."""

    def __init__(self, key: bytes, size: int, purpose: str) -> None:
        if not 1 <= size <= 10**15:
            raise DataError(f"A permutation of {size} numbers is not possible.", todo="At most 10^15.")
        self.size = size
        self._key = key[:16]
        self._half = max(1, ((size - 1).bit_length() + 1) // 2)
        digest = Sm3()
        digest.update(f"{purpose}/{size}".encode())
        self._purpose = np.frombuffer(digest.digest()[:8], dtype=np.uint64)[0]

    def forward(self, values: Ints, tweak: NDArray[np.uint64] | None = None) -> Ints:
        """The fake of each number; with a `tweak` per number, numbers under different tweaks go different ways."""
        return self._walk(values, tweak, range(_ROUNDS))

    def back(self, values: Ints, tweak: NDArray[np.uint64] | None = None) -> Ints:
        """The number behind each fake."""
        return self._walk(values, tweak, range(_ROUNDS - 1, -1, -1))

    def _walk(self, values: Ints, tweak: NDArray[np.uint64] | None, rounds: range) -> Ints:
        result = values.astype(np.int64)
        tweaks = np.zeros(len(values), dtype=np.uint64) if tweak is None else tweak
        open_ = np.arange(len(values))
        while len(open_):
            result[open_] = self._network(result[open_], tweaks[open_], rounds)
            open_ = open_[result[open_] >= self.size]
        return result

    def _network(self, values: Ints, tweak: NDArray[np.uint64], rounds: range) -> Ints:
        mask = (1 << self._half) - 1
        left, right = values >> self._half, values & mask
        for number in rounds:
            if rounds.step > 0:
                left, right = right, left ^ (self._round(number, right, tweak) & mask)
            else:
                left, right = right ^ (self._round(number, left, tweak) & mask), left
        return (left << self._half) | right

    def _round(self, number: int, half: Ints, tweak: NDArray[np.uint64]) -> Ints:
        blocks = np.empty((len(half), 2), dtype=np.uint64)
        blocks[:, 0] = tweak ^ self._purpose
        blocks[:, 1] = half.astype(np.uint64) | np.uint64(number << 56)
        hidden = np.frombuffer(encrypt_blocks(self._key, blocks.tobytes()), dtype=np.uint64).reshape(-1, 2)
        return (hidden[:, 0] >> np.uint64(8)).astype(np.int64)


def fake_digits(texts: pa.StringArray, key: bytes) -> pa.StringArray:
    """Every run of ASCII digits replaced by another of the same length, the same for equal texts.

    What a run becomes depends on the rest of the text; runs longer than 15 digits are replaced in their first 15.
    """
    return _digits(texts, key, back=False)


def true_digits(texts: pa.StringArray, key: bytes) -> pa.StringArray:
    """The texts behind those of `fake_digits`."""
    return _digits(texts, key, back=True)


def _digits(texts: pa.StringArray, key: bytes, *, back: bool) -> pa.StringArray:
    texts = pa.concat_arrays([texts.cast(pa.string())])
    _, raw_offsets, raw = texts.buffers()
    offsets = np.frombuffer(raw_offsets, dtype=np.int32)[: len(texts) + 1]
    data = np.frombuffer(raw, dtype=np.uint8)[: int(offsets[-1])].copy() if raw else np.empty(0, dtype=np.uint8)
    digit = (data >= _ZERO) & (data <= _NINE)
    owner = np.repeat(np.arange(len(texts)), np.diff(offsets))
    first = digit & ~(np.concatenate(([False], digit[:-1])) & (np.concatenate(([-1], owner[:-1])) == owner))
    starts = np.flatnonzero(first)
    run = np.cumsum(first) - 1
    length = np.minimum(np.bincount(run[digit], minlength=len(starts)), _LONGEST)
    tweak = _tweaks(data, digit, owner, len(texts))[owner[starts]] + np.arange(len(starts), dtype=np.uint64)
    tweak -= np.searchsorted(owner[starts], owner[starts]).astype(np.uint64)
    for width in np.unique(length):
        at = starts[length == width]
        places = at[:, None] + np.arange(width)
        powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
        values = (data[places].astype(np.int64) - _ZERO) @ powers
        data[places] = _run(values, tweak[length == width], key, int(width), back=back)[:, None] // powers % 10 + _ZERO
    return pa.StringArray.from_buffers(len(texts), raw_offsets, pa.py_buffer(data))


def _run(values: Ints, tweak: NDArray[np.uint64], key: bytes, width: int, *, back: bool) -> Ints:
    """Numbers of `width` digits; those without a leading zero stay so."""
    result = values.copy()
    low = 10 ** (width - 1) if width > 1 else 1
    for first, size, name in ((low, 10**width - low, "number"), (0, low, "zero")):
        chosen = (values >= first) & (values < first + size)
        way = Permutation(key, size, f"digits/{width}/{name}")
        turn = way.back if back else way.forward
        result[chosen] = first + turn(values[chosen] - first, tweak[chosen])
    return result


def _tweaks(data: NDArray[np.uint8], digit: NDArray[np.bool_], owner: Ints, n: int) -> NDArray[np.uint64]:
    """A number per text from all of it but its digits."""
    other = ~digit
    place = np.arange(len(data)) - np.searchsorted(owner, owner)
    value = (data.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(29))) * (2 * place.astype(np.uint64) + np.uint64(0xBF58476D1CE4E5B9))
    result = np.zeros(n, dtype=np.uint64)
    np.add.at(result, owner[other], value[other] ^ (value[other] >> np.uint64(32)))
    return result
