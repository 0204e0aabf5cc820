"""Pieces of Markdown that come out the same for the same content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Written by `python -m tools.reference` from content and code; edit those, not this page. -->"


def page(title: str, *parts: str) -> str:
    """A whole page; empty parts are left out."""
    return "\n\n".join([NOTICE, f"# {title}", *(p for p in parts if p)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table, or nothing without rows."""
    lines = [f"| {' | '.join(cell(x) for x in row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines]) if lines else ""


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of named facts; those without a value are left out."""
    return "\n".join(f"- {name}: {value}" for name, value in pairs if value)


def cell(value: object) -> str:
    """Text of a table's cell."""
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def code(text: object) -> str:
    """Text as code; nothing for an empty text."""
    flat = " ".join(str(text).split())
    return f"`{flat}`" if flat else ""


def number(value: float) -> str:
    """A number without needless zeros."""
    return f"{value:.9f}".rstrip("0").rstrip(".")


def percent(share: float, digits: int = 4) -> str:
    """A share in percent."""
    return f"{share * 100:.{digits}f}".rstrip("0").rstrip(".") + " %"


def link(text: str, target: str) -> str:
    """A link to another page."""
    return f"[{text}]({target})"


def anchor(heading: str) -> str:
    """The anchor that code hosts give to a heading."""
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return kept.strip().replace(" ", "-")
