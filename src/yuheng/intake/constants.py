"""SQL with what is the same for all rows written into it, so that the engine folds it away instead of carrying it."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"""'(?:[^']|'')*'|\bas (?:"\w+"|\w+)|(?:\bp\.)?(?:"(\w+)"|\b(\w+)\b)""")
"""A text, a name that is given, a name that is read."""


def put_in(sql: str, constants: Mapping[str, str]) -> str:
    """`sql` with the constants in the place of the columns they are named after; names behind AS stay."""

    def put(found: re.Match[str]) -> str:
        constant = constants.get(found[1] or found[2] or "")
        return found[0] if constant is None else f"({constant})"

    return _TOKEN.sub(put, sql) if constants else sql


def without_columns(sql: str) -> bool:
    """True where no column stands in `sql`, all of whose columns are quoted."""
    return all(found[1] is None for found in _TOKEN.finditer(sql))
