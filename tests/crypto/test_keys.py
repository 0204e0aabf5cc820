from __future__ import annotations

import pytest

from yuheng.crypto import KeyRing, new_key, new_master
from yuheng.errors import CryptoError

RING = KeyRing("00112233445566778899aabbccddeeff" * 2)


def test_purposes_have_their_own_stable_keys() -> None:
    keys = [RING.key(purpose) for purpose in ("token", "field", "wrap", "audit")]
    assert len(set(keys)) == 4
    assert {len(key) for key in keys} == {32}
    # Frozen: a change of derivation would orphan every token and every sealed file of a deployment.
    assert RING.key("token").hex()[:16] == "f152aa72ae0deca5"
    assert KeyRing(bytes.fromhex("00112233445566778899aabbccddeeff" * 2)).key("token") == RING.key("token")


def test_wrap_round_trip_is_bound_to_its_context() -> None:
    key = new_key()
    wrapped = RING.wrap(key, context="B1")
    assert key not in wrapped
    assert wrapped != RING.wrap(key, context="B1")
    assert RING.unwrap(wrapped, context="B1") == key
    with pytest.raises(CryptoError, match="B2 was altered or belongs"):
        RING.unwrap(wrapped, context="B2")


def test_wrong_master_flipped_bit_and_truncation() -> None:
    wrapped = RING.wrap(new_key(), context="B1")
    with pytest.raises(CryptoError, match="wrapped under master"):
        KeyRing(new_master()).unwrap(wrapped, context="B1")
    for at in range(len(wrapped)):
        with pytest.raises(CryptoError):
            RING.unwrap(wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :], context="B1")
        with pytest.raises(CryptoError):
            RING.unwrap(wrapped[:at], context="B1")


@pytest.mark.parametrize("master", ["", "zz" * 32, "00" * 31, b"short"])
def test_a_bad_master_is_refused(master: str | bytes) -> None:
    with pytest.raises(CryptoError, match="64 hexadecimal"):
        KeyRing(master)


def test_nothing_secret_in_the_repr() -> None:
    assert repr(RING) == f"KeyRing({RING.key_id})"
    assert RING.key_id not in "00112233445566778899aabbccddeeff" * 2
