from __future__ import annotations

import pyarrow as pa
import pytest

from yuheng.crypto import KeyRing, Tokeniser, hmac_sm3
from yuheng.crypto import token as token_module
from yuheng.errors import CryptoError

KEY = KeyRing("11" * 32).key("token")
IDS = ["99999919900101001X", None, "999999199001010028", "99999919900101001X", ""]


def test_tokens_are_truncated_hmac_and_keep_order_nulls_and_repeats() -> None:
    tokens = Tokeniser(KEY).tokens(pa.array(IDS), kind="id").to_pylist()
    assert tokens[0] == hmac_sm3(KEY, b"id\x0099999919900101001X").hex()[:32]
    assert tokens[0] == tokens[3] != tokens[2]
    assert tokens[1] is None
    assert tokens[4] is None, "a blank must not link people"


def test_kind_and_key_change_the_token() -> None:
    one = Tokeniser(KEY)
    assert one.token("13800001234", kind="phone") != one.token("13800001234", kind="id")
    assert one.token("x", kind="id") != Tokeniser(KeyRing("22" * 32).key("token")).token("x", kind="id")


@pytest.mark.parametrize(
    "values",
    [
        pa.chunked_array([IDS[:2], IDS[2:]]),
        pa.array(IDS).dictionary_encode(),
        pa.array(IDS, pa.large_string()),
        pa.array(["skipped", *IDS])[1:],
    ],
    ids=["chunked", "dictionary", "large", "sliced"],
)
def test_every_arrow_layout_gives_the_same(values: pa.Array | pa.ChunkedArray) -> None:
    plain = Tokeniser(KEY).tokens(pa.array(IDS), kind="id")
    assert Tokeniser(KEY).tokens(values, kind="id").equals(plain)


def test_nothing_to_hash() -> None:
    one = Tokeniser(KEY)
    assert one.tokens(pa.array([], pa.string()), kind="id").to_pylist() == []
    assert one.tokens(pa.nulls(2), kind="id").to_pylist() == [None, None]
    assert one.tokens(pa.chunked_array([], pa.string()), kind="id").type == pa.string()


def test_processes_give_the_same_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_module, "POOL_FROM", 10)
    values = pa.array([str(n) for n in range(101)])
    assert Tokeniser(KEY, workers=2).tokens(values, kind="id").equals(Tokeniser(KEY).tokens(values, kind="id"))


def test_numbers_and_short_keys_are_refused() -> None:
    with pytest.raises(CryptoError, match="not int64"):
        Tokeniser(KEY).tokens(pa.array([1, 2]), kind="id")
    with pytest.raises(CryptoError, match="too short"):
        Tokeniser(b"short")
