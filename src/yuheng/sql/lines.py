"""Where in its text a node of the syntax tree stands."""

from __future__ import annotations

from sqlglot import exp


def line_of(node: exp.Expr) -> int | None:
    """The line (1-based) of the first token below `node` that knows it, else below the nearest node above; or None."""
    place: exp.Expr | None = node
    while place is not None:
        lines = [int(part.meta["line"]) for part in place.walk() if "line" in part.meta]
        if lines:
            return min(lines)
        place = place.parent
    return None
