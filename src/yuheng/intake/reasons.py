"""Why a record is kept out, flagged or mended: the codes of checks, declared and built in, with what people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from yuheng.content import ContentStore
from yuheng.content.schema import Check
from yuheng.errors import ContentError

Action = Literal["quarantine", "flag", "repair", "stop"]
REASONS = "quarantine_reason"
"""Code list of the built-in reasons: code, name_zh, dimension."""


@dataclass(frozen=True)
class Reason:
    """One check: its code in the tables, what it does, its sentence, its quality dimension, the fields it reads."""

    code: str
    action: Action
    text: str
    dimension: str
    fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, check: Check, fields: Iterable[str]) -> Reason:
        """A declared check."""
        return cls(check.id, check.action, check.reason, check.dimension, tuple(fields))


class BuiltIn:
    """The built-in reasons, named by the content's code list."""

    def __init__(self, store: ContentStore) -> None:
        table = store.code_lists.get(REASONS)
        if table is None:
            raise ContentError("the code list is missing", path=f"codes/{REASONS}.csv", todo="Restore it.")
        rows = zip(*(table[c].to_pylist() for c in ("code", "name_zh", "dimension")), strict=True)
        self._rows: Mapping[str, tuple[str, str]] = {code: (name, dimension) for code, name, dimension in rows}

    def reason(self, code: str, column: str = "", name_zh: str = "", action: Action = "quarantine") -> Reason:
        """The reason `code`, about a standard column if one is named: its code is then `CODE:column`."""
        text, dimension = self._rows[code]
        if not column:
            return Reason(code, action, text, dimension)
        return Reason(f"{code}:{column}", action, f"{text}：{name_zh}", dimension, (column,))
