"""Leases: one writer per lake table, one run at a time. A row per name says who holds it until when.

A holder renews while it works; one that was killed is followed at once on the same host, after its time elsewhere.
The fencing number grows with every holder, so that a late write of an older one can be told.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

import sqlalchemy as sa

from yuheng.errors import LeaseLost, OfficeError
from yuheng.office.database import Database
from yuheng.office.process import Process, is_gone, this_process
from yuheng.office.tables import leases
from yuheng.office.values import required, utc_now

_POLL = 0.1
_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)
"""Runs on while the machine sleeps, where the system has such a clock."""


class Lease:
    """A held lease. `fence` is larger than that of every earlier holder of the name."""

    def __init__(self, database: Database, name: str, *, seconds: float) -> None:
        self.name = name
        self.seconds = seconds
        self.fence = 0
        self._database = database
        self._holder = secrets.token_hex(16)
        self._renewed = _clock()
        self._lost = False
        self._lock = threading.Lock()

    def check(self) -> None:
        """Call before every step that only the holder may do: renews when half the time is spent.

        Raises LeaseLost when somebody else took it.
        """
        if self._lost:
            raise self._gone()
        if _clock() - self._renewed >= self.seconds / 2:
            self.renew()

    def renew(self) -> None:
        """Start the time anew. Raises LeaseLost when somebody else took the lease."""
        with self._lock:
            started = _clock()
            with self._database.write() as con:
                mine = (leases.c.name == self.name) & (leases.c.holder == self._holder)
                until = self._database.now(con) + self.seconds
                kept = con.execute(sa.update(leases).where(mine).values(expires_at=until)).rowcount
            if not kept:
                self._lost = True
                raise self._gone()
            self._renewed = started

    def take(self) -> str:
        """Try to become the holder; empty when it worked, else who holds it, for people."""
        started = _clock()
        with self._database.write() as con:
            now = self._database.now(con)
            row = con.execute(sa.select(leases).where(leases.c.name == self.name)).one_or_none()
            if row is not None and row.holder and row.expires_at > now:
                holder = Process(row.host, row.pid, row.born)
                if not is_gone(holder):
                    return f"{holder.label} since {row.taken_at:%Y-%m-%d %H:%M:%S} UTC"
            self.fence = 1 if row is None else row.fence + 1
            self._enter(con, until=now + self.seconds, new=row is None)
        self._renewed = started
        return ""

    def leave(self) -> None:
        """Free the lease if it is still ours."""
        with self._database.write() as con:
            mine = (leases.c.name == self.name) & (leases.c.holder == self._holder)
            con.execute(sa.update(leases).where(mine).values(holder="", expires_at=0.0))

    def _enter(self, con: sa.Connection, *, until: float, new: bool) -> None:
        me = this_process()
        values = {
            "holder": self._holder,
            "fence": self.fence,
            "host": me.host,
            "pid": me.pid,
            "born": me.born,
            "taken_at": utc_now(),
            "expires_at": until,
        }
        if new:
            con.execute(sa.insert(leases).values(name=self.name, **values))
        else:
            con.execute(sa.update(leases).where(leases.c.name == self.name).values(**values))

    def _gone(self) -> LeaseLost:
        return LeaseLost(
            f"the lease {self.name!r} was taken by another process.", todo="Run again when the other one is done."
        )


class Leases:
    """The leases of one office."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def hold(self, name: str, *, seconds: float = 60, wait: float = 0, heartbeat: bool = True) -> Iterator[Lease]:
        """Hold `name` while the block runs. `wait`: seconds to wait for a holder that lives.

        `heartbeat` renews from a thread of its own, for work that calls `check` less often than every `seconds`.
        Raises LeaseLost naming the holder when it did not become free.
        """
        if seconds <= 0:
            raise OfficeError(f"a lease of {seconds} seconds.", todo="Give a positive time.")
        lease = Lease(self._database, required(name, "name of the lease"), seconds=seconds)
        _await(lease, wait)
        try:
            with _beating(lease) if heartbeat else nullcontext():
                yield lease
        finally:
            # Work that was done is not undone because the row cannot be freed: its time runs out.
            with suppress(OfficeError):
                lease.leave()


def _await(lease: Lease, wait: float) -> None:
    give_up = _clock() + wait
    while holder := lease.take():
        left = give_up - _clock()
        if left <= 0:
            raise LeaseLost(f"{lease.name!r} is held by {holder}.", todo="Wait for it, or stop that process.")
        time.sleep(min(_POLL, left))


@contextmanager
def _beating(lease: Lease) -> Iterator[None]:
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(lease.seconds / 3):
            try:
                lease.renew()
            except LeaseLost:
                return  # `check` tells the worker
            except OfficeError:
                continue  # the database may come back before the time is over

    thread = threading.Thread(target=beat, name=f"lease {lease.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _clock() -> float:
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)
