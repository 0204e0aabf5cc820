"""A client for a source's messages: nothing is acknowledged before it is safe here.

The session is the broker's memory of what was not acknowledged yet: it lasts from one collecting to the next, and what
was handed out and not acknowledged is handed out again.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from yuheng.errors import TransportError
from yuheng.settings import Connection
from yuheng.transport.retry import Again, Schedule, retrying

if TYPE_CHECKING:
    from gmqtt import Client

Keep = Callable[[Sequence[bytes]], None]
"""Makes messages safe; when it returns they are acknowledged."""
_PORT, _TLS_PORT = 1883, 8883
_REFUSED = {
    2: "the client id", 4: "the user or the secret", 5: "this user",
    133: "the client id", 134: "the user or the secret", 135: "this user",
}  # fmt: skip
_LATER = "Run the pull again later; what was not acknowledged comes again. If it stays, tell the source."
_Waiting = tuple[bytes, "asyncio.Future[int]"]
_NEVER = -2
"""gmqtt: 0 is once, -1 without end. Broken connections are taken up again here, with a session of their own."""
_GROUP = 1000
"""Messages made safe together at most."""


def session_of(source: str, feed: str) -> str:
    """Name of the session the broker keeps for a feed."""
    return f"yuheng-{source}-{feed}"


class Messages:
    """The messages of one topic of one source."""

    def __init__(
        self,
        connection: Connection,
        secret: Callable[[], str],
        *,
        client: str,
        topic: str,
        qos: int = 1,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        _installed(connection.url)
        parts = urlsplit(connection.url)
        self._tls = parts.scheme == "mqtts"
        self._host = parts.hostname or ""
        self._port = parts.port or (_TLS_PORT if self._tls else _PORT)
        self.where = f"{parts.scheme}://{self._host}:{self._port}/{topic}"
        self._client_id = parse_qs(parts.query).get("client", [client])[0]
        self._topic, self._qos = topic, qos
        self._connection = connection
        self._secret = secret
        self._schedule = Schedule(connection.tries, connection.wait)
        self._sleep = sleep

    def collect(self, keep: Keep, *, most: int, idle: float) -> int:
        """Hands messages to `keep` in groups until `most` came or none for `idle` seconds; how many.

        A broken connection is taken up again. Raises TransportError after the last try; what was kept stays kept.
        """
        kept = 0

        def attempt() -> int:
            nonlocal kept
            session = _Session(self._qos)
            try:
                return asyncio.run(self._collect(session, keep, most - kept, idle))
            except (TransportError, Again):
                raise
            except (OSError, TimeoutError) as error:
                raise self._failed(error) from error
            finally:
                kept += session.kept

        retrying(attempt, self._schedule, sleep=self._sleep)
        return kept

    def subscribe(self) -> None:
        """Connects, opens the session and the subscription, and leaves; later messages wait for the next collecting."""

        def attempt() -> None:
            try:
                asyncio.run(self._visit())
            except (OSError, TimeoutError) as error:
                raise self._failed(error) from error

        retrying(attempt, self._schedule, sleep=self._sleep)

    async def _visit(self) -> None:
        session = _Session(self._qos)
        client = await self._open(session)
        await client.disconnect()

    async def _collect(self, session: _Session, keep: Keep, most: int, idle: float) -> int:
        client = await self._open(session)
        try:
            await session.keep_all(keep, most, idle)
            broken = session.lost
        finally:
            with suppress(OSError):
                await client.disconnect()
        if broken and session.kept < most:
            raise Again(TransportError("the connection broke off.", where=self.where, kind="broken", todo=_LATER))
        return session.kept

    async def _open(self, session: _Session) -> Client:
        """A connected client with its subscription confirmed."""
        from gmqtt import Client
        from gmqtt.mqtt.constants import MQTTv311
        from gmqtt.mqtt.handler import MQTTConnectError

        # Messages that are not acknowledged when the loop ends are cancelled: that is meant, and no error to be told.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        logging.getLogger("gmqtt").addHandler(logging.NullHandler())
        client = Client(self._client_id, clean_session=False, optimistic_acknowledgement=False)
        client.set_config({"reconnect_retries": _NEVER})
        client.on_message, client.on_disconnect, client.on_subscribe = session.take, session.end, session.subscribed
        if self._connection.user:
            password = self._secret() if self._connection.auth == "password" else None
            client.set_auth_credentials(self._connection.user, password)
        limit = self._connection.timeout
        try:
            await asyncio.wait_for(
                client.connect(self._host, self._port, ssl=self._context(), keepalive=30, version=MQTTv311), limit
            )
        except MQTTConnectError as error:
            raise self._denied(getattr(error, "_code", None), str(error)) from error
        client.subscribe(self._topic, qos=self._qos)
        await asyncio.wait_for(session.ready.wait(), limit)
        if session.denied:
            raise TransportError(
                f"does not let {self._topic} be read.", where=self.where, kind="refused",
                todo="Check `topic` in the feed's `pull`, and ask the source for the right to read it.",
            )  # fmt: skip
        return client

    def _context(self) -> ssl.SSLContext | bool:
        if not self._tls:
            return False
        return ssl.create_default_context(cafile=self._connection.ca)

    def _denied(self, code: int | None, text: str) -> Exception:
        if code in _REFUSED:
            todo = "Check the user and the secret of the connection."
            return TransportError(f"refuses {_REFUSED[code]}.", where=self.where, kind="login", todo=todo)
        what = f"refuses the connection ({text})."
        return Again(TransportError(what, where=self.where, kind="connect", todo=_LATER))

    def _failed(self, error: Exception) -> Exception:
        import socket

        if isinstance(error, ssl.SSLCertVerificationError):
            todo = "Set `ca` of the connection to the certificates that vouch for the broker."
            what = f"its certificate is not trusted ({error})."
            return TransportError(what, where=self.where, kind="connect", todo=todo)
        if isinstance(error, socket.gaierror):
            todo = "Check the address of the connection and the name service of this machine."
            return Again(TransportError("its name cannot be resolved.", where=self.where, kind="resolve", todo=todo))
        what = f"no connection ({' '.join(str(error).split()) or type(error).__name__})."
        return Again(TransportError(what, where=self.where, kind="connect", todo=_LATER))


class _Session:
    """What one connection brings: messages wait with their acknowledgements until they are kept."""

    def __init__(self, qos: int) -> None:
        self._qos = qos
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self.ready = asyncio.Event()
        self.denied = False
        self.lost = False
        self.kept = 0

    async def take(self, _client: Client, _topic: str, payload: bytes, _qos: int, _properties: object) -> int:
        """A message came; its acknowledgement is sent when this returns."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((payload, done))
        return await done

    def end(self, _client: Client, _packet: object, _error: object = None) -> None:
        """The connection is gone."""
        self.lost = True
        self.ready.set()
        self._queue.put_nowait(None)

    def subscribed(self, _client: Client, _mid: int, qos: Sequence[int], _properties: object) -> None:
        """The broker confirmed or refused the subscription."""
        self.denied = any(level >= 128 for level in qos)
        self.ready.set()

    async def keep_all(self, keep: Keep, most: int, idle: float) -> None:
        """Keeps groups of messages, then lets their acknowledgements go."""
        while self.kept < most and not self.lost:
            try:
                first = await asyncio.wait_for(self._queue.get(), idle)
            except TimeoutError:
                return
            group = self._group(first, most - self.kept)
            if not group:
                return
            keep([payload for payload, _ in group])
            self.kept += len(group)
            for _, done in group:
                if not done.cancelled():
                    done.set_result(0)
            await asyncio.sleep(0.001)  # lets the acknowledgements out

    def _group(self, first: _Waiting | None, most: int) -> list[_Waiting]:
        group = [] if first is None else [first]
        while group and len(group) < min(most, _GROUP) and not self._queue.empty():
            following = self._queue.get_nowait()
            if following is None:
                break
            group.append(following)
        return group


def _installed(url: str) -> None:
    with suppress(ImportError):
        import gmqtt  # noqa: F401

        return
    raise TransportError(
        "the MQTT client is not installed.", where=url, kind="connect", todo="Run pip install 'yuheng[connect]'."
    )
