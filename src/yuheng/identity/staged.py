"""SQL in named steps: each adds columns to the rows of the one before, so that a long expression is written once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from yuheng.sql import identifier


def staged(rows: str, *steps: Mapping[str, str]) -> str:
    """SELECT of everything in the relation `rows` and the columns of all steps; a step may read those before it.

    Later steps may give a column again under the same name only where `rows` does not have it.
    """
    out = rows
    for place, step in enumerate(steps):
        added = ", ".join(f"{sql} as {identifier(name)}" for name, sql in step.items())
        out = f"(select *, {added} from {out} s{place})"
    return out


def either(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest first; both engines and Python read it alike."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda w: (-len(w), w)))
