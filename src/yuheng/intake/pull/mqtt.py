"""The connector of messages: each is written to a journal and made safe there before the broker may forget it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import orjson
import pyarrow as pa

from yuheng.content.schema import FileFormat, MqttPull
from yuheng.errors import IntakeError, TransportError
from yuheng.intake.pull import probe
from yuheng.intake.pull.api import text
from yuheng.intake.pull.columns import compare
from yuheng.intake.pull.connector import Context, Fetched, Finding, Mark
from yuheng.intake.pull.writer import WRITABLE, csv_lines, file_name, sync
from yuheng.transport.mqtt import Messages, session_of

_JOURNAL, _DELIVERED = ".journal", ".delivered"
_TODO = "核对连接的 user、密钥（YUHENG_SECRET_… 或 keys/…secret）和 pull 的 topic，并向来源确认订阅权限。"
_JOURNALS = 20
"""Full journals before the pull turns to delivering them."""
Record = dict[str, object]


def connector(context: Context) -> MqttConnector:
    """The connector of a feed that comes as messages."""
    return MqttConnector(context)


class MqttConnector:
    """Collects messages until none come for a while; a journal is a delivery file once it is full or the pull ends."""

    def __init__(self, context: Context) -> None:
        pull = context.feed.pull
        assert isinstance(pull, MqttPull)
        if context.feed.format.kind not in WRITABLE:
            raise IntakeError(
                "messages are delivered as CSV or JSON lines.", path=context.name, todo="Declare one of these formats."
            )
        self._context = context
        self._pull = pull
        topic = f"$share/{pull.share}/{pull.topic}" if pull.share else pull.topic
        client = session_of(context.source.id, context.feed.id)
        self._seen: set[str] = set()
        self._messages = Messages(context.connection, context.secret, client=client, topic=topic, qos=pull.qos)

    def close(self) -> None:
        """Nothing stays open between calls; the broker keeps the session."""

    def test(self) -> list[Finding]:
        """Name, port, login, subscription; ends with the first error. The session is open from now on."""
        findings = probe.reach(self._context.connection)
        if findings[-1].level == "error":
            return findings
        try:
            self._messages.subscribe()
        except TransportError as error:
            known = error.kind in ("login", "refused")
            step, todo = ("login", _TODO) if known else ("connect", error.todo)
            return [*findings, Finding("login" if step == "login" else "connect", "error", error.what, todo)]
        return [*findings, Finding("login", "ok", f"登录成功，已订阅 {self._pull.topic}，此后的消息由对方代为保留")]

    def sample(self, rows: int) -> pa.Table:
        """Messages that wait in the journal; none is taken from the broker for a look."""
        found: list[Record] = []
        for path in self._journals():
            found += [record for record, _ in _records(path) if record is not None]
        back = {v: k for k, v in self._pull.rename.items()}
        names = list(dict.fromkeys(n for record in found[:rows] for n in record if n not in self._pull.envelope))
        names = names or list(self._context.feed.columns)
        return pa.table({back.get(n, n): pa.array([text(r.get(n)) for r in found[:rows]], pa.string()) for n in names})

    def fetch(self, mark: Mark | None) -> Iterator[Fetched]:
        """What earlier pulls left in journals, then what the broker hands out."""
        self._context.inbox.mkdir(parents=True, exist_ok=True)
        self._seen = _names(mark)
        following = self._forget(mark)
        for path in self._journals():
            following = max(following, _number(path) + 1)
            yield self._delivery(path)
        most = self._pull.messages * _JOURNALS
        while True:
            journal = _Journal(self._context.inbox, following, self._pull.messages)
            failed, count = None, 0
            try:
                count = self._messages.collect(journal.keep, most=most, idle=self._pull.idle_seconds)
            except TransportError as error:
                failed = error
            for path in self._journals():
                following = _number(path) + 1
                yield self._delivery(path)
            if failed is not None:
                raise failed
            if count < most:
                return

    def _journals(self) -> list[Path]:
        return sorted(self._context.inbox.glob(f".*{_JOURNAL}"))

    def _forget(self, mark: Mark | None) -> int:
        """Removes journals the mark has passed; the number of the next one."""
        following = (mark or {}).get("next", 1)
        assert isinstance(following, int)
        for path in sorted(self._context.inbox.glob(f".*{_DELIVERED}")):
            if _number(path) < following:
                path.unlink()
            else:
                following = _number(path) + 1
        return following

    def _delivery(self, path: Path) -> Fetched:
        """The journal as a delivery. Raises IntakeError when the messages have other fields; the journal stays."""
        number = _number(path)
        label = f"{number:012d}"
        target = self._context.work / file_name(self._context.feed, label)
        findings = self._write(path, target)

        def taken() -> None:
            if path.exists():
                path.replace(path.with_suffix(_DELIVERED))

        mark: Mark = {"next": number + 1, "seen": [*sorted(self._seen)]}
        return Fetched(label, mark, file=target, taken=taken, findings=findings)

    def _write(self, path: Path, target: Path) -> tuple[Finding, ...]:
        """The journal's messages as lines with the feed's columns; what is no object stays a broken line of its own."""
        form, columns = self._context.feed.format, self._context.feed.columns
        back = {v: k for k, v in self._pull.rename.items()}
        found = [
            ({back.get(k, k): v for k, v in r.items()} if r is not None else None, raw) for r, raw in _records(path)
        ]
        good = [record for record, _ in found if record is not None]
        sound = iter(self._lines(good))
        lines = (next(sound) if record is not None else _broken(raw, form) for record, raw in found)
        with target.open("wb") as file:
            if form.kind == "csv":
                file.write((form.delimiter.join(columns) + "\n").encode(form.encoding))
            file.writelines(lines)
        return self._compare(list(dict.fromkeys(name for record in good for name in record)))

    def _lines(self, records: Sequence[Record]) -> list[bytes]:
        form, columns = self._context.feed.format, self._context.feed.columns
        if form.kind == "jsonl":
            return [orjson.dumps({c: record.get(c) for c in columns}) + b"\n" for record in records]
        table = pa.table({c: pa.array([text(record.get(c)) for record in records], pa.string()) for c in columns})
        return [line.encode(form.encoding) for line in csv_lines(table, form).to_pylist()]

    def _compare(self, found: Sequence[str]) -> tuple[Finding, ...]:
        """Fields a message leaves out are empty ones; one that was there before and is not, beside new ones, was
        renamed."""
        columns, known = self._context.feed.columns, set(self._pull.envelope)
        gone = [c for c in columns if c in self._seen and c not in found]
        new = set(found) - set(columns) - known
        findings = (
            compare([*found, *(c for c in columns if c not in gone)], columns, self._context.name, known=known)
            if new
            else ()
        )
        self._seen |= set(found) & set(columns)
        return findings


class _Journal:
    """Appends messages to hidden files in a folder, `rows` to a file, and returns when they are safe on the disk."""

    def __init__(self, folder: Path, number: int, rows: int) -> None:
        self._folder = folder
        self._number = number
        self._rows = rows
        self._held = 0

    def keep(self, messages: Sequence[bytes]) -> None:
        """One line per message."""
        for low in range(0, len(messages), self._rows):
            self._append(messages[low : low + self._rows])

    def _append(self, messages: Sequence[bytes]) -> None:
        if self._held and self._held + len(messages) > self._rows:
            self._number, self._held = self._number + 1, 0
        path = self._folder / f".{self._number:012d}{_JOURNAL}"
        new = not path.exists()
        with path.open("ab") as file:
            file.writelines(b" ".join(message.split(b"\n")) + b"\n" for message in messages)
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync(path.parent)
        self._held += len(messages)


def _names(mark: Mark | None) -> set[str]:
    seen = (mark or {}).get("seen", [])
    return {str(name) for name in seen} if isinstance(seen, list) else set()


def _records(path: Path) -> Iterator[tuple[Record | None, bytes]]:
    """The objects of a journal's messages; None with the raw line for what is none.

    A last line without its end was cut off by a kill before it was acknowledged: it comes again and is left out.
    """
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield from _objects(line[:-1])


def _objects(raw: bytes) -> Iterable[tuple[Record | None, bytes]]:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return [(None, raw.decode("utf-8", "backslashreplace").encode() or b"?")]
    if isinstance(value, list):
        return [(v, b"") if isinstance(v, dict) else (None, orjson.dumps(v)) for v in value]
    return [(value, b"") if isinstance(value, dict) else (None, raw)]


def _broken(raw: bytes, form: FileFormat) -> bytes:
    """A line that no reader takes for a record: it goes to the quarantine as it came."""
    if form.kind == "jsonl":
        return raw + b"\n"
    quoted = raw.decode("utf-8", "backslashreplace").replace('"', '""')
    return f'"{quoted}\n'.encode(form.encoding, "backslashreplace")  # a quote that is never closed


def _number(path: Path) -> int:
    return int(path.name.removeprefix(".").partition(".")[0])
