"""The counterpart of message systems: a world's rows as JSON messages that wait in the broker for whoever pulls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import orjson
import pyarrow as pa

from yuheng.content.schema import Feed, MqttPull
from yuheng.errors import UsageError
from yuheng.settings import Connection
from yuheng.simulate.counterparts.base import Access, Counterpart, secret_of
from yuheng.simulate.counterparts.brokers import Broker, broker
from yuheng.simulate.counterparts.world import World
from yuheng.transport.mqtt import Messages, session_of

_USER = "yuheng-mqtt"
_PUBLISHER = "yuheng-counterpart"
_TOGETHER = 200
"""Messages under way at once."""
_PACK = 20
"""Rows of a message that is a list."""


def counterparts(world: World, urls: Sequence[str] = ()) -> list[Counterpart]:
    """One for all feeds that come as messages, on the broker given or on one of its own; none without a broker."""
    feeds = [(source.id, feed, world.rows(source.id, feed)) for source, feed in world.feeds("mqtt")]
    own = None if urls else broker()
    if not feeds or not (urls or own):
        return []
    return [MqttCounterpart(feeds, own if own is not None else urls[0])]


class MqttCounterpart:
    """Publishes rows; `where`: a broker to start, or the address of one that runs (mqtt://user:secret@host)."""

    def __init__(self, feeds: Sequence[tuple[str, Feed, pa.Table]], where: Broker | str) -> None:
        self.feeds = list(feeds)
        self._own = None if isinstance(where, str) else where
        self._given = where if isinstance(where, str) else ""
        self.user, self.secret = _USER, secret_of(_USER)

    def start(self) -> list[Access]:
        """Opens the sessions of those who will pull, and publishes what they will find there."""
        url = self._address()
        accesses = []
        for source, feed, _ in self.feeds:
            fields: dict[str, str | int | float] = {"url": url, "auth": "password", "user": self.user}
            accesses.append(Access(f"{source}.{feed.id}", fields, self.secret))
            connection = Connection.model_validate({**fields, "wait": 0.1})
            pull = _pull(feed)
            topic = f"$share/{pull.share}/{pull.topic}" if pull.share else pull.topic
            client = session_of(source, feed.id)
            Messages(connection, lambda: self.secret, client=client, topic=topic, qos=pull.qos).subscribe()
        for _, feed, rows in self.feeds:
            self.publish(url, feed, rows)
        return accesses

    def close(self) -> None:
        """Ends the broker, if it is its own."""
        if self._own is not None:
            self._own.close()

    def publish(self, url: str, feed: Feed, rows: pa.Table) -> None:
        """Each row a message, and some messages a list of rows; returns when the broker has them all."""
        topic = _pull(feed).topic.replace("+", "simulated").replace("#", "simulated")
        asyncio.run(self._publish(url, topic, messages(feed, rows), _pull(feed).qos))

    def _address(self) -> str:
        if self._own is not None:
            return self._own.start(self.user, self.secret)
        parts = urlsplit(self._given)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise UsageError(f"{self._given!r} is no address of a broker.", todo="Give mqtt://user:secret@host:port.")
        self.user, self.secret = parts.username or "", parts.password or ""
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    async def _publish(self, url: str, topic: str, bodies: Iterator[bytes], qos: int) -> None:
        from gmqtt import Client
        from gmqtt.mqtt.constants import MQTTv311
        from gmqtt.storage import PersistentStorage

        logging.getLogger("gmqtt").addHandler(logging.NullHandler())
        waiting = PersistentStorage()
        client = Client(_PUBLISHER, clean_session=True, persistent_storage=waiting)
        client.set_auth_credentials(self.user, self.secret)
        parts = urlsplit(url)
        await client.connect(parts.hostname, parts.port or 1883, ssl=parts.scheme == "mqtts", version=MQTTv311)
        for number, body in enumerate(bodies, start=1):
            client.publish(topic, body, qos=qos)
            if number % _TOGETHER == 0:
                await waiting.wait_empty()
        await waiting.wait_empty()
        await client.disconnect()


def messages(feed: Feed, rows: pa.Table) -> Iterator[bytes]:
    """The rows as the source sends them: what is empty is left out; every third message is a list."""
    names = {c: _pull(feed).rename.get(c, c) for c in feed.columns}
    objects = [{names[c]: v for c, v in row.items() if v is not None} for row in rows.to_pylist()]
    place = number = 0
    while place < len(objects):
        number += 1
        size = _PACK if number % 3 == 0 else 1
        part = objects[place : place + size]
        place += size
        yield orjson.dumps(part if size > 1 else part[0])


def _pull(feed: Feed) -> MqttPull:
    assert isinstance(feed.pull, MqttPull)
    return feed.pull
