"""Work orders: a shortcoming of a source's data goes to its owner, who answers; it is closed when the data are good.

A finding has one open order, however often it is seen. What happened to an order is only added to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office.audit import Audit
from yuheng.office.database import Database
from yuheng.office.tables import work_order_steps, work_orders
from yuheng.office.values import person, required, utc_now

OrderState = Literal["open", "answered", "closed"]
SYSTEM = "玉衡"
"""Who opens and closes orders by the data themselves."""
_RANK = {"yellow": 0, "red": 1}


@dataclass(frozen=True, slots=True)
class Finding:
    """A shortcoming to be told: `kind` and `subject` say what of the feed it is about, `detail` the figures."""

    source: str
    feed: str
    kind: str
    subject: str
    level: Literal["yellow", "red"]
    title: str
    detail: Mapping[str, object]
    owner: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two findings the same one."""
        return self.source, self.feed, self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Order:
    """A work order. `due`: the day by which the owner answers; `last_seen`: the day the finding was last seen."""

    id: int
    source: str
    feed: str
    kind: str
    subject: str
    level: str
    title: str
    detail: Mapping[str, object]
    owner: str
    opened_on: dt.date
    due: dt.date
    last_seen: dt.date
    state: OrderState

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The finding it is about."""
        return self.source, self.feed, self.kind, self.subject


@dataclass(frozen=True, slots=True)
class OrderStep:
    """One thing that happened to an order: opened, seen worse, answered, closed, opened again."""

    at: dt.datetime
    actor: str
    step: str
    note: str


class Orders:
    """The work orders of one office."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def settle(
        self, found: Sequence[Finding], *, on: dt.date, days: Mapping[str, int], looked_at: Sequence[str]
    ) -> dict[str, int]:
        """Brings the orders in line with all findings of a check of the sources `looked_at` on the day `on`.

        New findings open an order, due after `days` of their level; open ones are seen again, and turn red when they
        got worse; open orders of these sources whose finding is gone are closed. Returns opened, seen, closed.
        """
        fresh = {finding.key: finding for finding in found}
        counts = {"opened": 0, "seen": 0, "closed": 0}
        with self._database.write() as con:
            standing = {order.key: order for order in _select(con, looked_at)}
            for key, finding in sorted(fresh.items()):
                if key in standing:
                    self._see(con, standing[key], finding, on, days)
                    counts["seen"] += 1
                else:
                    self._open(con, finding, on, days)
                    counts["opened"] += 1
            for key, gone in sorted(standing.items()):
                if key not in fresh:
                    self._close(con, gone.id, SYSTEM, "数据已恢复正常。")
                    counts["closed"] += 1
        return counts

    def list(
        self, *, source: str | None = None, state: OrderState | None = None, open_only: bool = False
    ) -> Sequence[Order]:
        """Orders by due day, then number."""
        query = sa.select(work_orders).order_by(work_orders.c.due, work_orders.c.id)
        for column, wanted in ((work_orders.c.source, source), (work_orders.c.state, state)):
            if wanted is not None:
                query = query.where(column == wanted)
        if open_only:
            query = query.where(work_orders.c.state != "closed")
        with self._database.read() as con:
            return [Order(**row) for row in con.execute(query).mappings()]

    def get(self, order_id: int) -> Order:
        """The order. OfficeError for an unknown number."""
        with self._database.read() as con:
            return _one(con, order_id)

    def steps(self, order_id: int) -> Sequence[OrderStep]:
        """What happened to an order, oldest first."""
        columns = work_order_steps.c
        query = sa.select(columns.at, columns.actor, columns.step, columns.note)
        with self._database.read() as con:
            rows = con.execute(query.where(columns.order_id == order_id).order_by(columns.id)).mappings()
            return [OrderStep(**row) for row in rows]

    def answer(self, order_id: int, *, by: str, note: str) -> Order:
        """The owner's answer: what was or will be done. OfficeError for a closed order."""
        with self._database.write() as con:
            _open_one(con, order_id)
            self._set(con, order_id, state="answered")
            self._step(con, order_id, person(by), "answered", required(note, "answer", most=4000))
            return self._noted(con, order_id, by, "answer", note)

    def close(self, order_id: int, *, by: str, note: str) -> Order:
        """Closed by hand, with a reason; it is opened anew when the finding is seen again."""
        with self._database.write() as con:
            _open_one(con, order_id)
            self._close(con, order_id, person(by), required(note, "reason", most=4000))
            return self._noted(con, order_id, by, "close", note)

    # ── inside one transaction ──────────────────────────────────────────────────────────────────────────────────

    def _open(self, con: sa.Connection, finding: Finding, on: dt.date, days: Mapping[str, int]) -> None:
        values = {name: getattr(finding, name) for name in ("source", "feed", "kind", "subject", "level", "title")}
        values |= {"detail": dict(finding.detail), "owner": finding.owner, "opened_on": on, "last_seen": on}
        due = on + dt.timedelta(days=days[finding.level])
        made = con.execute(sa.insert(work_orders).values(**values, due=due, state="open")).inserted_primary_key
        self._step(con, made[0] if made else 0, SYSTEM, "opened", finding.title)

    def _see(self, con: sa.Connection, order: Order, finding: Finding, on: dt.date, days: Mapping[str, int]) -> None:
        worse = _RANK[finding.level] > _RANK[order.level]
        changed: dict[str, object] = {"last_seen": on, "title": finding.title, "detail": dict(finding.detail)}
        changed["level"] = finding.level
        if worse:
            changed["due"] = min(order.due, on + dt.timedelta(days=days[finding.level]))
            self._step(con, order.id, SYSTEM, "worse", finding.title)
        self._set(con, order.id, **changed)

    def _close(self, con: sa.Connection, order_id: int, actor: str, note: str) -> None:
        self._set(con, order_id, state="closed")
        self._step(con, order_id, actor, "closed", note)

    def _set(self, con: sa.Connection, order_id: int, **values: object) -> None:
        con.execute(sa.update(work_orders).where(work_orders.c.id == order_id).values(**values))

    def _step(self, con: sa.Connection, order_id: int, actor: str, step: str, note: str) -> None:
        row = {"order_id": order_id, "at": utc_now(), "actor": actor, "step": step, "note": note}
        con.execute(sa.insert(work_order_steps).values(**row))

    def _noted(self, con: sa.Connection, order_id: int, by: str, step: str, note: str) -> Order:
        order = _one(con, order_id)
        detail = {"source": order.source, "feed": order.feed, "kind": order.kind, "subject": order.subject}
        subject = f"order:{order_id}"
        self._audit.record(con, actor=by, action=f"order.{step}", subject=subject, reason=note, detail=detail)
        return order


def _select(con: sa.Connection, sources: Sequence[str]) -> list[Order]:
    query = sa.select(work_orders).where(work_orders.c.state != "closed", work_orders.c.source.in_(list(sources)))
    return [Order(**row) for row in con.execute(query).mappings()]


def _one(con: sa.Connection, order_id: int) -> Order:
    row = con.execute(sa.select(work_orders).where(work_orders.c.id == order_id)).mappings().one_or_none()
    if row is None:
        raise OfficeError(f"no work order {order_id}.", todo="See `yuheng quality orders`.")
    return Order(**row)


def _open_one(con: sa.Connection, order_id: int) -> Order:
    order = _one(con, order_id)
    if order.state == "closed":
        raise OfficeError(f"work order {order_id} is closed.", todo="See `yuheng quality orders --all`.")
    return order
