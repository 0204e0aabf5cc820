"""SM3 (GB/T 32905-2016) and HMAC-SM3 (GB/T 15852.2, RFC 2104 with a 64-byte block).

Both come from `cryptography`, whose wheel carries its own OpenSSL: hashlib has SM3 only where the system's OpenSSL
does.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

DIGEST_BYTES = 32


def sm3(data: bytes) -> bytes:
    """The 32-byte SM3 digest of `data`.

    >>> sm3(b"abc").hex()[:16]
    '66c7f0f462eeedd9'
    """
    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()


class Sm3:
    """A running SM3 hash for data that arrives in pieces."""

    def __init__(self) -> None:
        self._state = hashes.Hash(hashes.SM3())

    def update(self, data: bytes) -> None:
        self._state.update(data)

    def digest(self) -> bytes:
        """The digest of everything so far; more may follow."""
        return self._state.copy().finalize()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """The 32-byte HMAC-SM3 of `data` under `key`."""
    state = keyed(key)
    state.update(data)
    return state.finalize()


def keyed(key: bytes, prefix: bytes = b"") -> HMAC:
    """An HMAC-SM3 state fed with `prefix`; a copy of it costs a fraction of hashing the key again."""
    state = HMAC(key, hashes.SM3())
    if prefix:
        state.update(prefix)
    return state


def same(left: bytes, right: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left, right)
