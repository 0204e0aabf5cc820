"""Texts out of a handful, kept as small numbers until they are written.

Half of what a row gets besides its values are texts of which a table has two or three. As numbers they are stored,
sorted and moved at a tenth of the cost; behind the sort they become texts again.
"""

from __future__ import annotations

from collections.abc import Sequence

from yuheng.sql import literal

OPS = ("upsert", "withdraw")
"""Values of `op`; `__gone` is their place."""
BASES = ("SOURCE_DATE", "ASSUMED_LAG", "RECEIPT")
"""Values of `known_basis`; `__basis` is their place."""


def place(texts: Sequence[str], text: str) -> str:
    """SQL of the number that stands for `text`."""
    return f"cast({texts.index(text)} as tinyint)"


def to_place(column: str, texts: Sequence[str]) -> str:
    """SQL of the number that stands for the text in `column`; null for one that is not among `texts`."""
    cases = " ".join(f"when {literal(text)} then {i}" for i, text in enumerate(texts))
    return f"cast(case {column} {cases} end as tinyint)"


def to_text(number: str, texts: Sequence[str], *, places: Sequence[int] = (), enum: bool = False) -> str:
    """SQL of the text the number `number` stands for. `places`: the numbers, where they are not 0, 1, 2, …

    `enum`: the texts as values of an enumeration (DuckDB), which is written to Parquet as text, with its few values as
    the dictionary at hand instead of looking every row's text up in one.
    """
    if not texts:
        return "cast(null as varchar)"
    kind = f"enum({', '.join(literal(text) for text in dict.fromkeys(texts))})" if enum else "varchar"
    pairs = zip(places or range(len(texts)), texts, strict=True)
    return f"case {number} {' '.join(f'when {i} then cast({literal(text)} as {kind})' for i, text in pairs)} end"
