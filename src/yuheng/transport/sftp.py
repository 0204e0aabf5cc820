"""A client for a source's SFTP server: lists folders, fetches files, and goes on where a fetch broke off."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import unquote, urlsplit

from yuheng.errors import TransportError
from yuheng.settings import Connection
from yuheng.transport.retry import Again, Schedule, retrying

if TYPE_CHECKING:
    import asyncssh

T = TypeVar("T")
_STEP = 1 << 20
_PORT = 22
_LATER = "Run the pull again later; it goes on where it stopped. If it stays, tell the source."


@dataclass(frozen=True, order=True)
class RemoteFile:
    """A file on the server: its size in bytes and when it was changed (seconds since 1970)."""

    name: str
    size: int
    changed: int


class Sftp:
    """The SFTP server of one source. Each call is a connection of its own."""

    def __init__(
        self, connection: Connection, secret: Callable[[], str], *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        _installed(connection.url)
        parts = urlsplit(connection.url)
        self.where = f"sftp://{parts.hostname}:{parts.port or _PORT}{parts.path}"
        self._host = parts.hostname or ""
        self._port = parts.port or _PORT
        self._root = unquote(parts.path).rstrip("/")
        self._connection = connection
        self._secret = secret
        self._schedule = Schedule(connection.tries, connection.wait)
        self._sleep = sleep

    def list(self, folder: str) -> list[RemoteFile]:
        """The plain files in a folder below the connection's address, by name. Raises TransportError."""

        async def work(client: asyncssh.SFTPClient) -> list[RemoteFile]:
            found = []
            async for entry in client.scandir(self._path(folder)):
                about = entry.attrs
                name = entry.filename if isinstance(entry.filename, str) else entry.filename.decode()
                if about.type == _REGULAR:
                    found.append(RemoteFile(name, about.size or 0, int(about.mtime or 0)))
            return sorted(found)

        return self._run(work, folder)

    def fetch(self, folder: str, file: RemoteFile, target: Path) -> None:
        """Fetches a file to `target`; what lies there already is its beginning, and is not fetched again.

        Raises TransportError after the last try, and when the file on the server is not the one that was listed.
        """
        path = self._path(f"{folder}/{file.name}")

        async def work(client: asyncssh.SFTPClient) -> None:
            about = await client.stat(path)
            if (about.size, int(about.mtime or 0)) != (file.size, file.changed):
                raise TransportError(
                    f"{file.name} is being changed while it is fetched.", where=self.where, kind="broken",
                    todo="Run the pull again when the source has finished writing it.",
                )  # fmt: skip
            begun = target.stat().st_size if target.exists() else 0
            async with client.open(path, "rb", block_size=None) as remote:
                await remote.seek(begun)
                with target.open("ab") as local:
                    while data := await remote.read(_STEP):
                        local.write(cast(bytes, data))
            if target.stat().st_size != file.size:
                what = f"{file.name}: {target.stat().st_size:,} bytes came, {file.size:,} were said."
                target.unlink()
                raise Again(TransportError(what, where=self.where, kind="broken", todo=_LATER))

        self._run(work, f"{folder}/{file.name}")

    def _path(self, below: str) -> str:
        return f"{self._root}/{below.strip('/')}" if below.strip("/") else self._root or "."

    def _run(self, work: Callable[[asyncssh.SFTPClient], Awaitable[T]], what: str) -> T:
        async def whole() -> T:
            connection = await self._connect()
            try:
                client = await connection.start_sftp_client()
                return await work(client)
            finally:
                connection.close()
                await connection.wait_closed()

        def attempt() -> T:
            try:
                return asyncio.run(whole())
            except (TransportError, Again):
                raise
            except Exception as error:  # asyncssh has many; what none of it fits is raised as it is
                raise self._failed(error, what) from error

        return retrying(attempt, self._schedule, sleep=self._sleep)

    async def _connect(self) -> asyncssh.SSHClientConnection:
        import asyncssh

        connection = self._connection
        options: dict[str, object] = {"username": connection.user, "agent_path": None, "config": None}
        options["known_hosts"] = _known(connection.host_key) if connection.host_key else ()
        if connection.auth == "key":
            options |= {"client_keys": [_private_key(self._secret(), self.where)]}
        else:
            options |= {"client_keys": None, "password": self._secret() if connection.auth == "password" else None}
        opening = asyncssh.connect(
            self._host,
            self._port,
            connect_timeout=connection.timeout,
            login_timeout=connection.timeout,
            keepalive_interval=15,
            keepalive_count_max=2,
            **options,
        )
        return await opening

    def _failed(self, error: Exception, what: str) -> Exception:
        """What an error of the library means; `Again` where another try may help."""
        import socket

        import asyncssh

        text = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, asyncssh.HostKeyNotVerifiable):
            return TransportError(
                f"the server's key is not known ({text}).", where=self.where, kind="login",
                todo="Ask the source for the key and set it as `host_key` of the connection, or in known_hosts.",
            )  # fmt: skip
        if isinstance(error, asyncssh.PermissionDenied):
            todo = "Check the user and the secret of the connection."
            return TransportError(f"refuses the login ({text}).", where=self.where, kind="login", todo=todo)
        if isinstance(error, (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)):
            todo = "Check `folder` in the feed's `pull` and the path of the connection's address."
            return TransportError(f"there is no {what}.", where=self.where, kind="refused", todo=todo)
        if isinstance(error, asyncssh.SFTPPermissionDenied):
            todo = "Ask the source for the right to read it."
            return TransportError(f"does not let {what} be read.", where=self.where, kind="refused", todo=todo)
        if isinstance(error, socket.gaierror):
            todo = "Check the address of the connection and the name service of this machine."
            return Again(TransportError("its name cannot be resolved.", where=self.where, kind="resolve", todo=todo))
        if isinstance(
            error, OSError | asyncssh.Error | asyncssh.SFTPError | TimeoutError | asyncio.IncompleteReadError
        ):
            kind = "broken" if isinstance(error, asyncssh.Error | asyncssh.SFTPError) else "connect"
            return Again(
                TransportError(f"the connection broke off ({text}).", where=self.where, kind=kind, todo=_LATER)
            )
        return error


_REGULAR = 1
"""FILEXFER_TYPE_REGULAR of the protocol."""


def _installed(url: str) -> None:
    with suppress(ImportError):
        import asyncssh  # noqa: F401

        return
    raise TransportError(
        "the SFTP client is not installed.", where=url, kind="connect", todo="Run pip install 'yuheng[connect]'."
    )


def _known(host_key: str) -> object:
    import asyncssh

    return ([asyncssh.import_public_key(host_key)], [], [])


def _private_key(text: str, where: str) -> asyncssh.SSHKey:
    import asyncssh

    try:
        return asyncssh.import_private_key(text)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise TransportError(
            f"the secret is no private key ({error}).", where=where, kind="login",
            todo="Put an OpenSSH private key without passphrase into the secret's file.",
        ) from error  # fmt: skip
