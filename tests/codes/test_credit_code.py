"""Credit codes and organisation codes against the vectors of the standards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuheng.codes import CreditCode, check_character, credit_code_ok, decode_credit_code, organisation_code_ok
from yuheng.codes.credit_code import LETTERS
from yuheng.errors import CodeError


@pytest.mark.parametrize(
    ("code", "ok"),
    [
        ("91350100M000100Y43", True),
        ("91210204MA0TX3FC5N", True),
        ("91371400761856209M", True),
        ("911310263362986212", True),
        ("91350100M000100Y4Z", False),
        ("91110108671717366X", False),
        ("91350100M0001TGQXM", False),
        ("91350100m000100y43", False),
        ("9135", False),
        ("", False),
    ],
)
def test_vectors(code: str, ok: bool) -> None:
    assert credit_code_ok(code) is ok


@given(st.text(LETTERS, min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 30))
def test_every_change_of_one_character_is_found(body: str, place: int, shift: int) -> None:
    code = body + check_character(body)
    other = LETTERS[(LETTERS.index(code[place]) + shift) % 31]
    assert credit_code_ok(code)
    assert not credit_code_ok(code[:place] + other + code[place + 1 :])


def test_the_parts_of_a_code() -> None:
    assert decode_credit_code("91210204MA0TX3FC5N") == CreditCode(
        "91210204MA0TX3FC5N", "9", "1", "210204", "MA0TX3FC5", True
    )
    assert not decode_credit_code("91350100M000100Y4Z"[:-1] + "4").valid


@pytest.mark.parametrize("code", ["", "9135", "91350100M000100Y4I", "91350100M000100Y433"])
def test_a_wrong_form_is_refused(code: str) -> None:
    with pytest.raises(CodeError, match="credit code"):
        decode_credit_code(code)
    with pytest.raises(CodeError):
        check_character(code)


@pytest.mark.parametrize(
    ("code", "ok"), [("MA0TX3FC5", True), ("761856209", True), ("M000100Y4", True), ("761856208", False), ("76", False)]
)
def test_organisation_codes(code: str, ok: bool) -> None:
    assert organisation_code_ok(code) is ok
