"""What every counterpart is: a server of one source, and how it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from yuheng.crypto import sm3


@dataclass(frozen=True)
class Access:
    """How a running counterpart is reached: the fields of a `[connections.<name>]` table, and its secret."""

    name: str
    """The source, or `<source>.<feed>`."""
    fields: dict[str, str | int | float]
    secret: str = ""


class Counterpart(Protocol):
    """A server that plays the system of a source."""

    def start(self) -> list[Access]:
        """Begins to serve; how it is reached."""
        ...

    def close(self) -> None:
        """Ends serving."""
        ...


def secret_of(name: str) -> str:
    """The secret of a counterpart: the same each time, so that a world served again opens to the same settings."""
    return sm3(f"simulated counterpart {name}".encode()).hex()[:32]
