"""The unified social credit code of GB 32100-2015 and the organisation code of GB 11714 inside it.

Written from the standard and independent of the SQL macros, which tests prove against it.
"""

from __future__ import annotations

from dataclasses import dataclass

from yuheng.errors import CodeError

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100 in the order of their values; I, O, S, V and Z are not used."""

_ORGANISATION_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LENGTH = 18


@dataclass(frozen=True)
class CreditCode:
    """A credit code taken apart; `valid` says whether the check character fits."""

    code: str
    department: str
    """Place 1: the registering department (9 = market supervision)."""
    kind: str
    """Place 2: the kind of organisation (under 9: 1 enterprise, 2 self-employed, 3 cooperative, 9 other)."""
    region: str
    """Places 3-8: region code of the registering authority."""
    organisation: str
    """Places 9-17: the organisation code of GB 11714."""
    valid: bool


def check_character(body: str) -> str:
    """The 18th character that belongs to the first 17; CodeError when they are not 17 characters of the alphabet."""
    if len(body) != _LENGTH - 1 or any(letter not in LETTERS for letter in body):
        raise CodeError(f"{body!r} is not the first 17 characters of a credit code.", todo=f"Allowed: {LETTERS}.")
    total = sum(LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return LETTERS[-total % 31]


def credit_code_ok(code: str) -> bool:
    """True when the code has 18 characters of the alphabet and its check character fits."""
    if len(code) != _LENGTH or any(letter not in LETTERS for letter in code):
        return False
    return code[-1] == check_character(code[:-1])


def decode_credit_code(code: str) -> CreditCode:
    """The parts of a code; CodeError when its form is wrong. A wrong check character is told in `valid`."""
    if len(code) != _LENGTH or any(letter not in LETTERS for letter in code):
        raise CodeError(f"{code!r} is not a credit code.", todo=f"It has {_LENGTH} characters out of {LETTERS}.")
    return CreditCode(code, code[0], code[1], code[2:8], code[8:17], credit_code_ok(code))


def organisation_code_ok(code: str) -> bool:
    """True when the ninth character of an organisation code fits (GB 11714): 11 - sum mod 11, 10 is X, 11 is 0.

    Codes issued from number pools often fail, so a failure is a mark on the data and no reason to refuse it.
    """
    body, last = code[:8], code[8:]
    if len(code) != len(_ORGANISATION_WEIGHTS) + 1 or any(letter not in _ORGANISATION_LETTERS for letter in body):
        return False
    total = sum(
        _ORGANISATION_LETTERS.index(letter) * weight for letter, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    return last == "0123456789X"[-total % 11]
