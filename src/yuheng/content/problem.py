"""What is wrong with content, and where."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One mistake: `file` relative to the content root, `line` 1-based."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Place(NamedTuple):
    """Where an object stands: a file and the way down to it inside the file."""

    file: str
    loc: tuple[str | int, ...] = ()
