"""Runs `yuheng` commands as processes forked from one interpreter that has all imported: a start costs no seconds.

Reads one JSON object a line: `args`, `log` (path), `step`, `of` and `full` (or null). Answers with the process number
of the child, and with its exit code once it ended (negative: the signal that killed it).

With `step` the child kills itself with SIGKILL at the `step`-th durable act whose name holds the text `of`: just before
or just after a rename, a deletion, a commit of a table or of the database, or a written Parquet file. `<log>.acts`
names the acts up to its end, one a line. With `full` = [kind of write, n] the system refuses all growth of files (as a
quota does) during writes of that kind after the first `n`.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from yuheng.cli import main as command
from yuheng.intake import land
from yuheng.lake import duck, table
from yuheng.office.database import Database

Anything = Callable[..., object]
_MOST = 1 << 23
"""Bytes for the names of all acts of a run."""
WRITES: dict[str, tuple[object, str]] = {
    "landing": (land, "encrypt_file"),
    "parquet": (duck.DuckEngine, "write"),
    "first commit": (table, "create_table_with_add_actions"),
    "commit": (table.DeltaTable, "create_write_transaction"),
}
ACTS: tuple[tuple[object, str], ...] = (
    *((os, name) for name in ("rename", "replace", "unlink")),
    *(WRITES[name] for name in ("parquet", "first commit", "commit")),
)


class Acts:
    """Counts durable acts, writes them down and dies at one of them."""

    def __init__(self, trace: Path, last: int | None, of: str) -> None:
        self._seen = 0
        with trace.open("w+b") as file:  # mapped: what is in it survives a kill, and it needs no room on a full disk
            file.truncate(_MOST)
            self._trace = mmap.mmap(file.fileno(), _MOST)
        self._last = last
        self._of = of
        self._lock = threading.Lock()

    def mark(self, what: str) -> None:
        """Another moment at which a kill may leave something behind."""
        with self._lock:
            self._seen += self._of in what
            self._trace.write(f"{what}\n".encode())
            if self._seen == self._last and self._of in what:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Marks before and after every act."""
        for owner, name in ACTS:
            setattr(owner, name, self._around(name, getattr(owner, name)))
        sa.event.listen(sa.Engine, "commit", lambda _: self.mark("office"))

    def _around(self, name: str, inner: Anything) -> Anything:
        def outer(*args: object, **more: object) -> object:
            what = f"{name} {args[-1]}" if isinstance(args[-1], (str, Path)) else name
            self.mark(what.replace("\n", " ")[:300])
            found = inner(*args, **more)
            self.mark(f"{what} done".replace("\n", " ")[:300])
            return found

        return outer


def fill(kind: str, spared: int) -> None:
    """Refuses room to writes of a kind after the first few."""
    seen = 0

    def growing() -> bool:
        nonlocal seen
        seen += 1
        return seen <= spared

    def around(inner: Anything) -> Anything:
        def outer(*args: object, **more: object) -> object:
            if growing():
                return inner(*args, **more)
            with no_room():
                return inner(*args, **more)

        return outer

    if kind == "office":
        _fill_office(growing)
    else:
        owner, name = WRITES[kind]
        setattr(owner, name, around(getattr(owner, name)))


def _fill_office(growing: Callable[[], bool]) -> None:
    plain = Database.write

    @contextmanager
    def write(self: Database) -> Iterator[sa.Connection]:
        if growing():
            with plain(self) as con:
                yield con
        else:
            with no_room(), plain(self) as con:
                yield con

    Database.write = write  # type: ignore[method-assign]


@contextmanager
def no_room() -> Iterator[None]:
    """No file of this process may grow (the interpreter ignores the signal, so that writing is an error)."""
    with _refusing:  # one thread at a time: the limit is the process's
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


_refusing = threading.RLock()


def work(args: list[str], log: Path, step: int | None, of: str, full: tuple[str, int] | None) -> int:
    """The child: one command, its output in the log."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.argv = ["yuheng", *args]
    Acts(log.with_name(log.name + ".acts"), step, of).watch()
    if full:
        fill(*full)
    try:
        command()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0 if left.code is None else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def main() -> None:
    """One child at a time, until the input ends."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            os._exit(_outcome(order["args"], Path(order["log"]), order["step"], order["of"], order["full"]))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _outcome(args: list[str], log: Path, step: int | None, of: str, full: tuple[str, int] | None) -> int:
    try:
        return work(args, log, step, of, full)
    except BaseException:
        import traceback

        traceback.print_exc()
        return 70


if __name__ == "__main__":
    main()
