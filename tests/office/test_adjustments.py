"""Manual adjustments: two people, an end within the months allowed, in force by both clocks."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from yuheng.errors import OfficeError
from yuheng.office import IN_FORCE, Adjustment, Office

FROM = dt.date(2026, 1, 31)
BIG = 2**60 - 1


def propose(office: Office, ent_id: int = BIG, **changes: object) -> Adjustment:
    given: dict[str, object] = {
        "grading": "enterprise",
        "grade": "D",
        "reason_code": "ACCIDENT",
        "evidence": "豫市监查〔2026〕12号",
        "valid_from": FROM,
        "valid_to": dt.date(2026, 7, 1),
        "months": 12,
        "by": "县局",
    }
    return office.adjustments.propose(ent_id, **{**given, **changes})  # type: ignore[arg-type]


def ids(office: Office, day: dt.date) -> list[int]:
    return [one.decision_id for one in office.adjustments.in_force(day, grading="enterprise")]


def test_from_proposal_to_force(office: Office) -> None:
    made = propose(office)
    assert (made.state, made.ent_id, made.grade, made.known_from) == ("proposed", BIG, "D", None)
    assert ids(office, FROM) == []
    done = office.adjustments.approve(made.decision_id, by="市局", on=FROM)
    assert (done.state, done.approved_by, done.known_from) == ("approved", "市局", FROM)
    assert office.adjustments.get(made.decision_id) == done
    trail = [(entry.actor, entry.action) for entry in office.audit.entries()]
    assert trail == [("市局", "adjustment.approve"), ("县局", "adjustment.propose")]
    assert office.audit.entries()[0].detail["known_from"] == "2026-01-31"


def test_days_at_the_edges(office: Office) -> None:
    made = propose(office)
    office.adjustments.approve(made.decision_id, by="市局", on=dt.date(2026, 2, 10))
    held = {
        day: bool(ids(office, day))
        for day in map(
            dt.date.fromisoformat, ("2026-01-30", "2026-01-31", "2026-02-09", "2026-02-10", "2026-06-30", "2026-07-01")
        )
    }
    assert list(held.values()) == [False, False, False, True, True, False]
    assert office.adjustments.in_force(dt.date(2026, 3, 1), grading="self_employed") == []


def test_revoking_leaves_the_past(office: Office) -> None:
    made = propose(office)
    office.adjustments.approve(made.decision_id, by="市局", on=FROM)
    with pytest.raises(OfficeError, match="counts from"):
        office.adjustments.revoke(made.decision_id, by="省局", reason="x", on=dt.date(2026, 1, 1))
    gone = office.adjustments.revoke(made.decision_id, by="省局", reason="证据不足", on=dt.date(2026, 3, 15))
    assert (gone.state, gone.ended_by, gone.end_reason) == ("revoked", "省局", "证据不足")
    assert ids(office, dt.date(2026, 3, 14)) == [made.decision_id]
    assert ids(office, dt.date(2026, 3, 15)) == []
    with pytest.raises(OfficeError, match="is revoked, not approved"):
        office.adjustments.revoke(made.decision_id, by="省局", reason="x")


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "good"),
    [
        ("2026-01-31", "2027-01-31", True),
        ("2026-01-31", "2027-02-01", False),
        ("2027-02-28", "2028-02-28", True),
        ("2028-02-29", "2029-02-28", True),
        ("2028-02-29", "2029-03-01", False),
        ("2026-01-31", "2026-01-31", False),
        ("2026-01-31", "2025-01-31", False),
    ],
)
def test_the_end_is_within_the_months_allowed(office: Office, valid_from: str, valid_to: str, good: bool) -> None:
    dates = {"valid_from": dt.date.fromisoformat(valid_from), "valid_to": dt.date.fromisoformat(valid_to)}
    if good:
        assert propose(office, **dates).state == "proposed"
    else:
        with pytest.raises(OfficeError, match="must end"):
            propose(office, **dates)
        assert office.adjustments.list() == []


def test_a_shorter_allowance_ends_on_the_last_day_of_a_shorter_month(office: Office) -> None:
    propose(office, months=1, valid_to=dt.date(2026, 2, 28))
    with pytest.raises(OfficeError, match="by 2026-02-28"):
        propose(office, months=1, valid_to=dt.date(2026, 3, 1))


def test_who_may_decide(office: Office) -> None:
    made = propose(office)
    with pytest.raises(OfficeError, match="Another person"):
        office.adjustments.approve(made.decision_id, by="县局 ")
    with pytest.raises(OfficeError, match="ended on"):
        office.adjustments.approve(made.decision_id, by="市局", on=dt.date(2026, 7, 1))
    with pytest.raises(OfficeError, match="reason is empty"):
        office.adjustments.reject(made.decision_id, by="市局", reason="")
    assert office.adjustments.reject(made.decision_id, by="市局", reason="理由不足").state == "rejected"
    with pytest.raises(OfficeError, match="is rejected, not proposed"):
        office.adjustments.approve(made.decision_id, by="市局")
    with pytest.raises(OfficeError, match="no adjustment 99"):
        office.adjustments.get(99)
    assert office.audit.verify() == 2


@pytest.mark.parametrize("field", ["grading", "grade", "reason_code", "evidence"])
def test_nothing_may_be_left_out(office: Office, field: str) -> None:
    with pytest.raises(OfficeError, match="is empty"):
        propose(office, **{field: " "})


def test_the_table_for_a_scoring_run(office: Office) -> None:
    assert office.adjustments.table(FROM, grading="enterprise").equals(IN_FORCE.empty_table())
    for ent_id, grade in ((BIG, "D"), (5, "C"), (5, "B"), (7, "A")):
        made = propose(office, ent_id, grade=grade)
        if ent_id != 7:
            office.adjustments.approve(made.decision_id, by="市局", on=FROM)
    table = office.adjustments.table(FROM, grading="enterprise")
    end = dt.date(2026, 7, 1)
    columns = {"ent_id": [5, 5, BIG], "grade": ["C", "B", "D"], "valid_from": [FROM] * 3, "valid_to": [end] * 3}
    assert table.equals(pa.table({**columns, "decision_id": [2, 3, 1]}, schema=IN_FORCE))


def test_lists_are_filtered(office: Office) -> None:
    propose(office, 5)
    office.adjustments.approve(propose(office, 6).decision_id, by="市局", on=FROM)
    assert [one.ent_id for one in office.adjustments.list(state="approved")] == [6]
    assert [one.ent_id for one in office.adjustments.list(ent_id=5, grading="enterprise")] == [5]
