"""Masking (脱敏) of personal values on pages and exports, as functions and as SQL over a column.

    name     张*                     first character
    id       410***********123X      first 3, last 4
    phone    138****1234             first 3, last 4; any other number: last 4 at most
    address  …金水区花园路****       to the street

A value too short to mask this way is masked whole. Null stays null.
"""

from __future__ import annotations

import re
from typing import Literal

MaskKind = Literal["name", "id", "phone", "address"]

# Province, city, county are stepped over first: 镇平县城关镇 must not end at the first 镇.
# A later 区 (小区) is no county.
_AREA = (
    r"^(?:[^省]{2,8}?(?:省|自治区))?(?:[^路街巷号0-9]{1,10}?(?:市|自治州|盟|地区))?(?:[^路街巷号0-9]{1,10}?[县区市旗])?"
)
_STREET = _AREA + r"(?:[^号0-9]{1,16}?(?:街道|大道|大街|路|街|巷|镇|乡))?"


def mask_name(value: str | None) -> str | None:
    """
    >>> mask_name("张三丰")
    '张*'
    """
    return value if not value else value[0] + "*"


def mask_id(value: str | None) -> str | None:
    """
    >>> mask_id("41010519900101123X")
    '410***********123X'
    """
    if not value:
        return value
    return "*" * len(value) if len(value) < 15 else value[:3] + "*" * (len(value) - 7) + value[-4:]


def mask_phone(value: str | None) -> str | None:
    """
    >>> mask_phone("13800001234"), mask_phone("0371-65501234")
    ('138****1234', '*********1234')
    """
    if not value:
        return value
    if len(value) == 11 and value.startswith("1"):
        return value[:3] + "****" + value[-4:]
    return "*" * len(value) if len(value) < 7 else "*" * (len(value) - 4) + value[-4:]


def mask_address(value: str | None) -> str | None:
    """
    >>> mask_address("河南省郑州市金水区花园路39号2单元501")
    '河南省郑州市金水区花园路****'
    """
    if not value:
        return value
    found = re.match(_STREET, value)
    return (found.group() if found else "") + "****"


def mask_sql(kind: MaskKind, column: str) -> str:
    """The same as an expression in DuckDB's dialect; `column` is an expression of type VARCHAR, already quoted."""
    x = f"({column})"
    stars = f"repeat('*', length({x}))"
    last4 = f"substr({x}, length({x}) - 3, 4)"
    match kind:
        case "name":
            body = f"substr({x}, 1, 1) || '*'"
        case "id":
            shown = f"substr({x}, 1, 3) || repeat('*', length({x}) - 7) || {last4}"
            body = f"case when length({x}) < 15 then {stars} else {shown} end"
        case "phone":
            body = (
                f"case when length({x}) = 11 and substr({x}, 1, 1) = '1' then substr({x}, 1, 3) || '****' || {last4} "
                f"when length({x}) < 7 then {stars} else repeat('*', length({x}) - 4) || {last4} end"
            )
        case "address":
            body = f"regexp_extract({x}, '{_STREET}', 0) || '****'"
    return f"case when {x} is null or {x} = '' then {x} else {body} end"
