"""The algorithms are the national ones: vectors of the standards themselves."""

from __future__ import annotations

import pytest

from yuheng.crypto import Sm3, hmac_sm3, sm3
from yuheng.crypto.sm4 import encrypt_blocks, gcm_open, gcm_seal

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_vectors_of_gbt_32905_annex_a(message: bytes, digest: str) -> None:
    assert sm3(message).hex() == digest
    running = Sm3()
    running.update(message[:2])
    running.update(message[2:])
    assert running.digest().hex() == digest


def test_sm4_vectors_of_gbt_32907_annex_a() -> None:
    assert encrypt_blocks(KEY, KEY).hex() == "681edf34d206965e86b3e94f536e4246"
    block = KEY
    for _ in range(10_000):
        block = encrypt_blocks(KEY, block)
    assert len(block) == 16
    assert encrypt_blocks(KEY, KEY + KEY) == encrypt_blocks(KEY, KEY) * 2


def test_sm4_gcm_vector_of_rfc_8998_a1() -> None:
    nonce = bytes.fromhex("00001234567800000000abcd")
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    )
    sealed = gcm_seal(KEY, nonce, plain, associated)
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert gcm_open(KEY, nonce, sealed, associated) == plain


def test_hmac_is_the_definition_with_a_64_byte_block() -> None:
    for key in (b"", b"k" * 32, b"k" * 64, b"k" * 200):
        block = (sm3(key) if len(key) > 64 else key).ljust(64, b"\0")
        inner = sm3(bytes(b ^ 0x36 for b in block) + b"message")
        assert hmac_sm3(key, b"message") == sm3(bytes(b ^ 0x5C for b in block) + inner)
