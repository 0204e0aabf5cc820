"""Encryption of values that must stay readable for the entitled (security level L4), column by column.

SIV construction (as RFC 5297) with the national algorithms:
    tag = first 16 bytes of HMAC-SM3(mac key, context 0x00 value)
    stored = tag || SM4-CTR(cipher key, counter = tag, value), in hexadecimal digits

Why the nonce is derived and not random: tables of the lake must be equal to the byte when a run is repeated. Why that
is
safe: a counter repeats only if the tag repeats, that is only for the same value in the same context (or with a chance
of
2^-64 after 2^32 values), and then the ciphertext is the same one anyway. So the keystream never covers two different
values; all an onlooker learns is which rows of one column hold equal values, which the tokens beside show too. The
tag
also authenticates: an altered value does not decrypt.

Measured on one 2-core machine: 0.65 million distinct values a second encrypted, 0.5 million decrypted, on one core.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yuheng.crypto.arrow import distinct, hex_strings, spread
from yuheng.crypto.hashing import keyed, same
from yuheng.crypto.keys import derive
from yuheng.crypto.sm4 import BLOCK_BYTES, SM4_KEY_BYTES, encrypt_blocks
from yuheng.errors import CryptoError

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]


class FieldCipher:
    """Readable encryption of string columns; `context` names the column and must be the same for both directions."""

    def __init__(self, key: bytes) -> None:
        if len(key) < SM4_KEY_BYTES:
            raise CryptoError(f"A field key of {len(key)} bytes is too short.", todo="Use KeyRing.key('field').")
        self._mac_key = derive(key, b"field/mac")
        self._cipher_key = derive(key, b"field/cipher", length=SM4_KEY_BYTES)

    def encrypt(self, values: pa.Array | pa.ChunkedArray, *, context: str) -> pa.Array:
        """Array of strings to array of strings (32 + 2 × bytes hexadecimal digits). Null and "" become null."""
        indices, words = distinct(values)
        plain = words.cast(pa.binary()).to_pylist()
        tags = self._tags(plain, context)
        lengths = np.fromiter(map(len, plain), np.int64, len(plain))
        hidden = self._stream_xor(b"".join(plain), b"".join(tags), lengths)
        return spread(indices, hex_strings(_interleave(b"".join(tags), hidden, lengths), lengths + BLOCK_BYTES))

    def decrypt(self, values: pa.Array | pa.ChunkedArray, *, context: str) -> pa.Array:
        """The inverse. CryptoError if any value was made with another key or context, or was altered."""
        indices, words = distinct(values)
        sealed = [_unhex(word, context) for word in words.to_pylist()]
        tags = [piece[:BLOCK_BYTES] for piece in sealed]
        hidden = [piece[BLOCK_BYTES:] for piece in sealed]
        lengths = np.fromiter(map(len, hidden), np.int64, len(hidden))
        shown = self._stream_xor(b"".join(hidden), b"".join(tags), lengths)
        ends = np.cumsum(lengths)
        plain = [shown[end - size : end] for end, size in zip(ends.tolist(), lengths.tolist(), strict=True)]
        if not same(b"".join(tags), b"".join(self._tags(plain, context))):
            raise CryptoError(f"A value of {context} was encrypted with another key or context, or was altered.")
        return spread(indices, pa.array(plain, pa.binary()).cast(pa.string()))

    def _tags(self, plain: list[bytes], context: str) -> list[bytes]:
        start = keyed(self._mac_key, context.encode() + b"\0").copy
        tags = []
        for value in plain:
            state = start()
            state.update(value)
            tags.append(state.finalize()[:BLOCK_BYTES])
        return tags

    def _stream_xor(self, data: bytes, tags: bytes, lengths: Counts) -> bytes:
        """SM4-CTR over all values at once: every counter block of every value goes through the cipher in one call."""
        if not data:
            return b""
        blocks = -(-lengths // BLOCK_BYTES)
        stream = np.frombuffer(encrypt_blocks(self._cipher_key, _counters(tags, blocks)), np.uint8)
        block_start = np.cumsum(blocks) - blocks
        data_start = np.cumsum(lengths) - lengths
        # Byte k of a value lies at its first counter block * 16 + k; values are not padded, blocks are.
        shift = np.repeat(block_start * BLOCK_BYTES - data_start, lengths)
        mixed: Bytes = np.frombuffer(data, np.uint8) ^ stream[np.arange(len(data)) + shift]
        return mixed.tobytes()


def _counters(tags: bytes, blocks: Counts) -> bytes:
    """Counter blocks: each tag as a 128-bit big-endian number, plus 0, 1, 2 … (standard CTR)."""
    halves = np.frombuffer(tags, ">u8").reshape(-1, 2).astype(np.uint64)
    first = np.cumsum(blocks) - blocks
    step = (np.arange(int(blocks.sum())) - np.repeat(first, blocks)).astype(np.uint64)
    high, start = np.repeat(halves[:, 0], blocks), np.repeat(halves[:, 1], blocks)
    low = start + step
    return np.stack([high + (low < start), low], axis=1).astype(">u8").tobytes()


def _interleave(tags: bytes, hidden: bytes, lengths: Counts) -> bytes:
    """tag 1, value 1, tag 2, value 2 … from all tags and all values."""
    whole = np.empty(len(tags) + len(hidden), np.uint8)
    starts = np.cumsum(lengths + BLOCK_BYTES) - (lengths + BLOCK_BYTES)
    is_tag = np.zeros(len(whole), bool)
    is_tag[(starts[:, None] + np.arange(BLOCK_BYTES)).ravel()] = True
    whole[is_tag] = np.frombuffer(tags, np.uint8)
    whole[~is_tag] = np.frombuffer(hidden, np.uint8)
    return whole.tobytes()


def _unhex(word: str, context: str) -> bytes:
    try:
        piece = bytes.fromhex(word)
    except ValueError:
        piece = b""
    if len(piece) <= BLOCK_BYTES:
        raise CryptoError(f"A value of {context} is not an encrypted one.", todo="Was the column encrypted at all?")
    return piece
