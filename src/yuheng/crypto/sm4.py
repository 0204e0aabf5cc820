"""SM4 (GB/T 32907-2016) in the two forms used here: GCM for sealed pieces, ECB over counters for many small fields."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SM4_KEY_BYTES = 16
BLOCK_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16


def gcm_seal(key: bytes, nonce: bytes, data: bytes, associated: bytes) -> bytes:
    """SM4-GCM: ciphertext followed by the 16-byte tag. One (key, nonce) pair may seal one message only."""
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    sealed = encryptor.update(data) + encryptor.finalize()
    return sealed + encryptor.tag


def gcm_open(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    """The plaintext of `gcm_seal`. Raises cryptography's InvalidTag if anything differs."""
    if len(sealed) < TAG_BYTES:
        raise InvalidTag
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
    decryptor.authenticate_additional_data(associated)
    return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()


def encrypt_blocks(key: bytes, blocks: bytes) -> bytes:
    """Each 16-byte block of `blocks` through SM4 by itself (the raw block function, for counters only)."""
    return Cipher(algorithms.SM4(key), modes.ECB()).encryptor().update(blocks)  # noqa: S305
