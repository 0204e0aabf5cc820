"""The account check of the amqtt broker; loaded by it, only where it is installed."""

from __future__ import annotations

from dataclasses import dataclass

from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session


class Gate(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in one user with one secret."""

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the session knows both."""
        return bool((session.username, session.password) == (self.config.user, self.config.secret))

    @dataclass
    class Config:
        """The account."""

        user: str = ""
        secret: str = ""
