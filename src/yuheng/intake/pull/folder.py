"""The connector of a folder this machine can read: a share or a disk the source writes to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from yuheng.content.schema import FolderPull
from yuheng.errors import TransportError
from yuheng.intake.pull.connector import Context, Fetched, Finding, Mark
from yuheng.intake.pull.filed import Due, due
from yuheng.intake.pull.peek import first_rows
from yuheng.transport.sftp import RemoteFile


def connector(context: Context) -> FolderConnector:
    """The connector of a feed whose files lie in a folder."""
    return FolderConnector(context)


class FolderConnector:
    """Copies files that are new or were changed, by name; the originals stay."""

    def __init__(self, context: Context) -> None:
        assert isinstance(context.feed.pull, FolderPull)
        self._context = context
        self._pull = context.feed.pull
        self._folder = Path(unquote(urlsplit(context.connection.url).path)) / self._pull.folder.strip("/")

    def close(self) -> None:
        """Nothing is open."""

    def test(self) -> list[Finding]:
        """Whether the folder is there and may be read."""
        try:
            files = list(due(self._list(), self._context.feed, self._pull.pattern, None))
        except TransportError as error:
            todo = "检查共享目录是否已挂载、路径是否正确、运行账号是否可读。"
            return [Finding("connect", "error", error.what, todo)]
        return [Finding("connect", "ok", f"目录 {self._folder} 可读，有 {len(files)} 个文件")]

    def sample(self, rows: int) -> pa.Table:
        """The first rows of the first file."""
        for one in due(self._list(), self._context.feed, self._pull.pattern, None):
            return first_rows(self._copied(one), self._context.feed, rows)
        return pa.table({c: pa.array([], pa.string()) for c in self._context.feed.columns})

    def fetch(self, mark: Mark | None) -> Iterator[Fetched]:
        """One delivery per file."""
        for one in list(due(self._list(), self._context.feed, self._pull.pattern, mark)):
            yield Fetched(one.name, one.mark, file=self._copied(one))

    def _list(self) -> list[RemoteFile]:
        try:
            seen = [(p.name, p.stat()) for p in self._folder.iterdir() if p.is_file()]
        except OSError as error:
            raise TransportError(
                f"the folder cannot be read ({error.strerror or error}).", where=str(self._folder), kind="refused",
                todo="Check that the share is mounted, the path, and the rights.",
            ) from error  # fmt: skip
        return [RemoteFile(name, about.st_size, int(about.st_mtime)) for name, about in seen]

    def _copied(self, one: Due) -> Path:
        path, target = self._folder / one.file.name, self._context.work / one.name
        try:
            shutil.copyfile(path, target)
            about = path.stat()
        except OSError as error:
            raise TransportError(
                f"{one.file.name} cannot be read ({error.strerror or error}).", where=str(self._folder), kind="broken",
                todo="Run the pull again; if it stays, tell the source.",
            ) from error  # fmt: skip
        if (about.st_size, int(about.st_mtime)) != (one.file.size, one.file.changed):
            raise TransportError(
                f"{one.file.name} is being changed while it is copied.", where=str(self._folder), kind="broken",
                todo="Run the pull again when the source has finished writing it.",
            )  # fmt: skip
        return target
