"""Work orders: one per finding, worse is sooner, answered by the owner, closed by the data or by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from yuheng.errors import OfficeError
from yuheng.office import Finding, Office

DAYS = {"yellow": 10, "red": 3}
DAY = dt.date(2026, 3, 2)


def finding(subject: str = "", level: str = "yellow", source: str = "S-PUN") -> Finding:
    title = f"{source} {subject} {level}"
    return Finding(source, "penalty", "late", subject, level, title, {"days": 9}, "执法稽查局")  # type: ignore[arg-type]


def settle(
    office: Office, *found: Finding, on: dt.date = DAY, looked_at: tuple[str, ...] = ("S-PUN",)
) -> dict[str, int]:
    return office.orders.settle(found, on=on, days=DAYS, looked_at=looked_at)


def test_a_finding_has_one_open_order(office: Office) -> None:
    assert settle(office, finding(), finding("x")) == {"opened": 2, "seen": 0, "closed": 0}
    later = DAY + dt.timedelta(days=2)
    assert settle(office, finding(), finding("x"), on=later) == {"opened": 0, "seen": 2, "closed": 0}
    first, _ = office.orders.list()
    assert (first.state, first.due, first.last_seen) == ("open", DAY + dt.timedelta(days=10), later)
    assert (first.owner, first.detail) == ("执法稽查局", {"days": 9})


def test_what_gets_worse_is_due_sooner(office: Office) -> None:
    settle(office, finding())
    settle(office, finding(level="red"), on=DAY + dt.timedelta(days=1))
    (order,) = office.orders.list()
    assert (order.level, order.due) == ("red", DAY + dt.timedelta(days=4))
    settle(office, finding(level="yellow"), on=DAY + dt.timedelta(days=2))
    (order,) = office.orders.list()
    assert (order.level, order.due) == ("yellow", DAY + dt.timedelta(days=4)), "better does not give more time"
    assert [s.step for s in office.orders.steps(order.id)] == ["opened", "worse"]


def test_good_data_close_an_order_and_bad_ones_open_another(office: Office) -> None:
    settle(office, finding())
    assert settle(office, finding(source="S-TAX"), looked_at=("S-TAX",))["closed"] == 0, "S-PUN was not looked at"
    assert settle(office)["closed"] == 1
    assert settle(office, finding())["opened"] == 1
    states = [(o.source, o.state) for o in sorted(office.orders.list(), key=lambda o: o.id)]
    assert states == [("S-PUN", "closed"), ("S-TAX", "open"), ("S-PUN", "open")]
    assert [o.source for o in office.orders.list(source="S-PUN", open_only=True)] == ["S-PUN"]


def test_the_owner_answers_and_an_officer_closes(office: Office) -> None:
    settle(office, finding())
    (order,) = office.orders.list()
    with pytest.raises(OfficeError):
        office.orders.answer(order.id, by="李娜", note="  ")
    with pytest.raises(OfficeError):
        office.orders.answer(order.id, by=" ", note="已补报")
    assert office.orders.answer(order.id, by="李娜", note="已补报").state == "answered"
    assert settle(office, finding())["seen"] == 1, "answered, but still there"
    assert office.orders.close(order.id, by="王强", note="约定改期").state == "closed"
    with pytest.raises(OfficeError, match="closed"):
        office.orders.answer(order.id, by="李娜", note="又一次")
    with pytest.raises(OfficeError, match="no work order"):
        office.orders.get(99)
    assert [(s.actor, s.step) for s in office.orders.steps(order.id)] == [
        ("玉衡", "opened"), ("李娜", "answered"), ("王强", "closed"),
    ]  # fmt: skip
    noted = [e.action for e in office.audit.entries() if e.subject == f"order:{order.id}"]
    assert sorted(noted) == ["order.answer", "order.close"]
