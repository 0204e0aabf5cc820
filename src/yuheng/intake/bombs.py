"""Limits on what a small file may unfold to: a bomb is refused by name before it fills memory or disk."""

from __future__ import annotations

from yuheng.errors import IntakeError

RATIO = 200
"""Plain bytes per delivered byte; registers as CSV pack to a tenth or a fifteenth, machines' readings to a fiftieth."""
HARMLESS = 128 << 20
"""Plain bytes that do no harm at any ratio."""
LONGEST_RECORD = 64 << 20
"""Bytes of one record (or of a heading); a longer one is a file without line ends, or of zeros."""


class Guard:
    """Watches what unfolds out of `packed` delivered bytes (grows with `took`)."""

    def __init__(self, file: str, packed: int = 0) -> None:
        self._file = file
        self._packed = packed
        self._plain = 0

    def took(self, packed: int) -> None:
        """So many more delivered bytes were read."""
        self._packed += packed

    def gave(self, plain: int) -> None:
        """So many more plain bytes came out. Raises IntakeError when it is a bomb."""
        self._plain += plain
        check_ratio(self._file, self._packed, self._plain)


def check_ratio(file: str, packed: int, plain: int) -> None:
    """Raises IntakeError when `plain` bytes out of `packed` ones are a bomb."""
    if plain > HARMLESS and plain > RATIO * max(packed, 1):
        raise IntakeError(
            f"a compression bomb: {packed:,} bytes unfold to {plain:,} and more (over {RATIO} times).",
            path=file,
            todo="Do not take it; ask the source for what it meant to send, uncompressed if it is so repetitive.",
        )


def check_record(file: str, size: int) -> None:
    """Raises IntakeError when one record has more than `LONGEST_RECORD` bytes."""
    if size > LONGEST_RECORD:
        raise IntakeError(
            f"a record of more than {LONGEST_RECORD >> 20} MiB: this is not a file of lines.",
            path=file,
            todo="Ask for the file again with line ends, or mend the feed's `format`.",
        )
