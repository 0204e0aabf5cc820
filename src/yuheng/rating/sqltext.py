"""Small pieces of SQL text that both engines read alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence


def number(value: float) -> str:
    """A DOUBLE literal (never DECIMAL) that reads back as exactly this value."""
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def day(value: dt.date) -> str:
    """A DATE literal."""
    return f"date '{value.isoformat()}'"


def case_when(expression: str, bounds: Sequence[float], results: Sequence[object], comparison: str) -> str:
    """CASE over rising bounds, the first that holds wins; `results` has one entry more, the ELSE."""
    branches = " ".join(
        f"when {expression} {comparison} {number(b)} then {r}" for b, r in zip(bounds, results, strict=False)
    )
    return f"case {branches} else {results[-1]} end" if branches else str(results[-1])


def chain(steps: Sequence[tuple[str, str]], final: str) -> str:
    """Named steps and the SELECT that ends them."""
    body = ",\n".join(f"{name} as (\n{sql}\n)" for name, sql in steps)
    return f"with {body}\n{final}"
