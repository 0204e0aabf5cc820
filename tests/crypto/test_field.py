from __future__ import annotations

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from yuheng.crypto import FieldCipher, hmac_sm3
from yuheng.crypto.field import _counters
from yuheng.crypto.keys import derive
from yuheng.errors import CryptoError

KEY = bytes(range(32))


@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=20))
def test_round_trip(values: list[str | None]) -> None:
    cipher = FieldCipher(KEY)
    sealed = cipher.encrypt(pa.array(values, pa.string()), context="ent_registration.lr_name")
    shown = cipher.decrypt(sealed, context="ent_registration.lr_name").to_pylist()
    assert shown == [value or None for value in values]
    assert sealed.equals(cipher.encrypt(pa.array(values, pa.string()), context="ent_registration.lr_name"))


def test_a_stored_value_is_plain_siv_with_sm4_ctr() -> None:
    value = "河南省郑州市金水区花园路39号".encode()
    stored = bytes.fromhex(FieldCipher(KEY).encrypt(pa.array([value.decode()]), context="c")[0].as_py())
    tag = hmac_sm3(derive(KEY, b"field/mac"), b"c\0" + value)[:16]
    ctr = Cipher(algorithms.SM4(derive(KEY, b"field/cipher", length=16)), modes.CTR(tag)).encryptor()
    assert stored == tag + ctr.update(value)


def test_the_counter_carries_over_both_halves() -> None:
    import numpy as np

    tags = b"\xff" * 16 + b"\0" * 8 + b"\xff" * 8
    blocks = _counters(tags, np.array([2, 2]))
    assert blocks[16:32] == b"\0" * 16
    assert blocks[48:64] == b"\0" * 7 + b"\x01" + b"\0" * 8


def test_context_key_and_bits_are_authenticated() -> None:
    cipher = FieldCipher(KEY)
    sealed = cipher.encrypt(pa.array(["13800001234"]), context="tel")
    assert not sealed.equals(cipher.encrypt(pa.array(["13800001234"]), context="fax"))
    with pytest.raises(CryptoError, match="fax"):
        cipher.decrypt(sealed, context="fax")
    with pytest.raises(CryptoError, match="another key"):
        FieldCipher(bytes(32)).decrypt(sealed, context="tel")
    text = sealed[0].as_py()
    for at in range(0, len(text), 5):
        flipped = text[:at] + format(int(text[at], 16) ^ 1, "x") + text[at + 1 :]
        with pytest.raises(CryptoError):
            cipher.decrypt(pa.array([flipped]), context="tel")


@pytest.mark.parametrize("word", ["13800001234", "abcd", "00" * 16])
def test_a_value_that_was_never_encrypted_is_told(word: str) -> None:
    with pytest.raises(CryptoError, match="not an encrypted one"):
        FieldCipher(KEY).decrypt(pa.array([word]), context="tel")
