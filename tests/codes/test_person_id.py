"""Identity numbers: check character, old numbers, parts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuheng.codes import PersonId, decode_person_id, id_check_character, id_number_ok, normal_id_number
from yuheng.errors import CodeError


@pytest.mark.parametrize(
    ("code", "ok"),
    [
        ("11010519491231002X", True),
        ("440524188001010014", True),
        ("110105194912310021", False),
        ("11010519491231002x", False),
        ("1", False),
    ],
)
def test_vectors(code: str, ok: bool) -> None:
    assert id_number_ok(code) is ok


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_every_change_of_one_digit_is_found(body: str, place: int, shift: int) -> None:
    code = body + id_check_character(body)
    other = str((int(code[place]) + shift) % 10)
    assert id_number_ok(code)
    assert not id_number_ok(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("110105491231002", "11010519491231002X"),
        (" １１０１０５１９４９１２３１００２ｘ ", "11010519491231002X"),
        ("110105 19491231 002X", "11010519491231002X"),
        ("G12345678", "G12345678"),
    ],
)
def test_numbers_as_typed(raw: str, code: str) -> None:
    assert normal_id_number(raw) == code


def test_the_parts_of_a_number() -> None:
    assert decode_person_id("11010519491231002X") == PersonId("110105", date(1949, 12, 31), True)
    assert decode_person_id("110105199902300020").born is None
    with pytest.raises(CodeError) as caught:
        decode_person_id("1101051949123100")
    assert "1101051949123100" not in str(caught.value)
    with pytest.raises(CodeError):
        id_check_character("12")
