"""How long work tells where it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is done now, its number, and how many there are."""


def silent(_what: str, _number: int, _total: int) -> None:
    """Tells nobody."""


def within(progress: Progress, stage: str) -> Progress:
    """The same reporter, every message led by the stage it belongs to."""

    def tell(what: str, number: int, total: int) -> None:
        progress(f"{stage}: {what}", number, total)

    return tell
