"""The connector of an SFTP server's folder: files come over as they are; a broken fetch goes on where it stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from yuheng.content.schema import SftpPull
from yuheng.errors import TransportError
from yuheng.intake.pull import probe
from yuheng.intake.pull.connector import Context, Fetched, Finding, Mark
from yuheng.intake.pull.filed import Due, due
from yuheng.intake.pull.peek import first_rows
from yuheng.transport.sftp import Sftp

_TODO = "核对连接的 user、密钥（YUHENG_SECRET_… 或 keys/…secret）、host_key 和 pull 的 folder。"


def connector(context: Context) -> SftpConnector:
    """The connector of a feed whose files lie on an SFTP server."""
    return SftpConnector(context)


class SftpConnector:
    """Fetches files that are new or were changed, by name."""

    def __init__(self, context: Context) -> None:
        assert isinstance(context.feed.pull, SftpPull)
        self._context = context
        self._pull = context.feed.pull
        self._client = Sftp(context.connection, context.secret)

    def close(self) -> None:
        """Nothing stays open between calls."""

    def test(self) -> list[Finding]:
        """Name, port, server's key, login, folder; ends with the first error."""
        findings = probe.reach(self._context.connection)
        if findings[-1].level == "error":
            return findings
        try:
            files = list(due(self._client.list(self._pull.folder), self._context.feed, self._pull.pattern, None))
        except TransportError as error:
            known = error.kind in ("login", "refused")
            step, todo = ("login", _TODO) if known else ("connect", error.todo)
            return [*findings, Finding("login" if step == "login" else "connect", "error", error.what, todo)]
        findings.append(Finding("login", "ok", f"登录成功，目录 {self._pull.folder} 有 {len(files)} 个文件"))
        if files:
            last = dt.datetime.fromtimestamp(max(one.file.changed for one in files), dt.UTC)
            findings.append(Finding("rows", "ok", f"最近的文件写于 {last.astimezone():%Y-%m-%d %H:%M}"))
        return findings

    def sample(self, rows: int) -> pa.Table:
        """The first rows of the first file."""
        for one in due(self._client.list(self._pull.folder), self._context.feed, self._pull.pattern, None):
            return first_rows(self._fetched(one), self._context.feed, rows)
        return pa.table({c: pa.array([], pa.string()) for c in self._context.feed.columns})

    def fetch(self, mark: Mark | None) -> Iterator[Fetched]:
        """One delivery per file."""
        found = self._client.list(self._pull.folder)
        wanted = list(due(found, self._context.feed, self._pull.pattern, mark))
        self._forget({self._begun(one) for one in wanted})
        for one in wanted:
            yield Fetched(one.name, one.mark, file=self._fetched(one))

    def _fetched(self, one: Due) -> Path:
        begun = self._begun(one)
        begun.parent.mkdir(parents=True, exist_ok=True)
        self._client.fetch(self._pull.folder, one.file, begun)
        return begun.replace(self._context.work / one.name)

    def _begun(self, one: Due) -> Path:
        """What came of a file so far; it outlives a pull that was killed."""
        return self._context.inbox / f".{one.file.name}.{one.file.size}.{one.file.changed}.fetch"

    def _forget(self, wanted: set[Path]) -> None:
        """Beginnings of files that are no longer there as they were."""
        for path in self._context.inbox.glob(".*.fetch"):
            if path not in wanted:
                path.unlink()
