"""Keys: one master secret, from it one key per purpose (HKDF with SM3, RFC 5869), and wrapped data keys.

A data key (one per landed batch) is random and stored wrapped. Forgetting the wrapped key shreds everything under it.
"""

from __future__ import annotations

import secrets
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from yuheng.crypto.sm4 import NONCE_BYTES, gcm_open, gcm_seal
from yuheng.errors import CryptoError

Purpose = Literal["token", "field", "wrap", "audit"]

KEY_BYTES = 32
_VERSION = b"\x01"
_ID_BYTES = 4


def new_key() -> bytes:
    """A random 32-byte data key."""
    return secrets.token_bytes(KEY_BYTES)


def new_master() -> str:
    """A random master secret as the settings keep it: 64 hexadecimal digits."""
    return secrets.token_hex(KEY_BYTES)


def derive(key: bytes, info: bytes, *, length: int = KEY_BYTES, salt: bytes | None = None) -> bytes:
    """`length` bytes of HKDF-SM3 over `key`, bound to `info` (what the new key is for)."""
    return HKDF(algorithm=hashes.SM3(), length=length, salt=salt, info=b"yuheng/" + info).derive(key)


class KeyRing:
    """The keys of a deployment. `master` is the secret of the settings: 32 bytes, or their 64 hexadecimal digits.

    Raises CryptoError if the secret has another length or is not hexadecimal.
    """

    def __init__(self, master: bytes | str) -> None:
        self._master = _master_bytes(master)
        self._wrap = self.key("wrap")[:16]
        self.key_id = derive(self._master, b"id", length=_ID_BYTES).hex()

    def __repr__(self) -> str:
        return f"KeyRing({self.key_id})"

    def key(self, purpose: Purpose) -> bytes:
        """The 32-byte key of one purpose; the purposes' keys tell nothing about each other or the master."""
        return derive(self._master, purpose.encode())

    def wrap(self, key: bytes, *, context: str) -> bytes:
        """`key` encrypted under the master, bound to `context` (the batch): it cannot be moved to another one."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        head = _VERSION + bytes.fromhex(self.key_id) + nonce
        return head + gcm_seal(self._wrap, nonce, key, context.encode())

    def unwrap(self, wrapped: bytes, *, context: str) -> bytes:
        """The key inside `wrapped`. CryptoError: other master, other context, or altered."""
        start = 1 + _ID_BYTES
        if len(wrapped) <= start + NONCE_BYTES or wrapped[:1] != _VERSION:
            raise CryptoError(f"The wrapped key of {context} is damaged.", todo="Restore the office database.")
        written_by = wrapped[1:start].hex()
        if written_by != self.key_id:
            raise CryptoError(
                f"The key of {context} was wrapped under master {written_by}, the settings hold master {self.key_id}.",
                todo="Set the master secret this deployment was made with.",
            )
        nonce = wrapped[start : start + NONCE_BYTES]
        try:
            return gcm_open(self._wrap, nonce, wrapped[start + NONCE_BYTES :], context.encode())
        except InvalidTag:
            raise CryptoError(f"The wrapped key of {context} was altered or belongs to something else.") from None


def _master_bytes(master: bytes | str) -> bytes:
    if isinstance(master, str):
        try:
            master = bytes.fromhex(master.strip())
        except ValueError:
            raise CryptoError("The master secret is not hexadecimal.", todo="Give 64 hexadecimal digits.") from None
    if len(master) != KEY_BYTES:
        raise CryptoError(f"The master secret has {len(master)} bytes.", todo="Give 64 hexadecimal digits (32 bytes).")
    return master
