"""The counterpart of SFTP servers: a world's files, to be read and nothing else, by whoever knows the password."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yuheng.content.schema import SftpPull
from yuheng.errors import UsageError
from yuheng.simulate.counterparts.base import Access, Counterpart, secret_of
from yuheng.simulate.counterparts.world import World

if TYPE_CHECKING:
    import asyncssh

_HOST = "127.0.0.1"


def counterparts(world: World) -> list[Counterpart]:
    """One per source with feeds from an SFTP server."""
    by_source: dict[str, dict[str, Shown]] = {}
    for source, feed in world.feeds("sftp"):
        assert isinstance(feed.pull, SftpPull)
        shown = Shown("/" + feed.pull.folder.strip("/"), str(world.inbox / source.id / feed.id))
        by_source.setdefault(source.id, {})[feed.id] = shown
    return [SftpCounterpart(source, feeds) for source, feeds in by_source.items()]


@dataclass(frozen=True)
class Shown:
    """A folder as the server shows it, and the folder of this machine behind it."""

    folder: str
    place: str


class SftpCounterpart:
    """The server of one source, with a folder for each of its feeds."""

    def __init__(self, source: str, feeds: dict[str, Shown]) -> None:
        self.source = source
        self.user = f"yuheng-{source.lower()}"
        self.secret = secret_of(source)
        self._feeds = feeds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncssh.SSHAcceptor | None = None

    def start(self) -> list[Access]:
        """Begins to serve, with a host key of its own."""
        try:
            import asyncssh
        except ImportError as error:
            raise UsageError("the SFTP server needs asyncssh.", todo="Run pip install 'yuheng[connect]'.") from error
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        key = asyncssh.generate_private_key("ssh-ed25519")
        self._server = asyncio.run_coroutine_threadsafe(self._listen(key), self._loop).result(30)
        url = f"sftp://{_HOST}:{self._server.get_port()}"
        public = key.export_public_key("openssh").decode().strip()
        fields: dict[str, str | int | float] = {"url": url, "auth": "password", "user": self.user, "host_key": public}
        return [Access(f"{self.source}.{feed}", fields, self.secret) for feed in self._feeds]

    def close(self) -> None:
        """Ends serving."""
        if self._loop is not None:
            if self._server is not None:
                self._loop.call_soon_threadsafe(self._server.close)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    async def _listen(self, key: asyncssh.SSHKey) -> asyncssh.SSHAcceptor:
        import asyncssh

        from yuheng.simulate.counterparts.sftpfiles import files_of, gate_of

        return await asyncssh.listen(
            _HOST,
            0,
            server_host_keys=[key],
            server_factory=gate_of(self.user, self.secret),
            sftp_factory=files_of({one.folder: one.place for one in self._feeds.values()}),
            allow_scp=False,
        )
