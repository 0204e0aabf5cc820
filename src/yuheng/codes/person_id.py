"""The citizen identity number of GB 11643-1999.

Written from the standard and independent of the SQL macros, which tests prove against it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from yuheng.errors import CodeError

_FORM = re.compile(r"[0-9]{17}[0-9X]")
_OLD_FORM = re.compile(r"[0-9]{15}")


@dataclass(frozen=True)
class PersonId:
    """An identity number taken apart; `valid` says whether the check character fits."""

    region: str
    born: date | None
    """None when the day does not exist."""
    valid: bool


def id_check_character(body: str) -> str:
    """The 18th character that belongs to the first 17 digits: ISO 7064 MOD 11-2. CodeError for another form."""
    if not re.fullmatch(r"[0-9]{17}", body):
        raise CodeError(f"{len(body)} characters are not the first 17 digits of an identity number.")
    remainder = 0
    for digit in body:
        remainder = (remainder + int(digit)) * 2 % 11
    return "0123456789X"[(12 - remainder) % 11]


def id_number_ok(code: str) -> bool:
    """True when the number has 17 digits and the check character that fits."""
    return _FORM.fullmatch(code) is not None and code[-1] == id_check_character(code[:-1])


def normal_id_number(raw: str) -> str:
    """The number half width, without blanks, in capitals; an old one of 15 digits becomes 18 (century 19)."""
    code = re.sub(r"\s", "", unicodedata.normalize("NFKC", raw)).upper()
    if _OLD_FORM.fullmatch(code):
        body = f"{code[:6]}19{code[6:]}"
        return body + id_check_character(body)
    return code


def decode_person_id(code: str) -> PersonId:
    """Region and day of birth of an 18-place number; CodeError, without the number itself, when the form is wrong."""
    if not _FORM.fullmatch(code):
        raise CodeError(
            f"{len(code)} characters are not an identity number.", todo="It has 17 digits and a digit or X."
        )
    return PersonId(code[:6], _day(code[6:14]), id_number_ok(code))


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
