"""Batches: the same bytes land once, states and counts are kept, a shredded key is gone for good."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from yuheng.errors import OfficeError
from yuheng.office import Batch, Office

SHA = "ab" * 32


def batch(**changes: object) -> Batch:
    made = Batch(
        id="S-REG.reg.abababababab",
        source="S-REG",
        feed="reg",
        file="reg_202603.csv",
        sha256=SHA,
        size=5 * 2**31,
        stored="landing/S-REG/reg/x.seal",
        received=dt.date(2026, 4, 1),
        wrapped_key=b"\x00wrapped\xff",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_batch_is_kept_whole(office: Office) -> None:
    office.batches.add(batch(counts={"taken": 1}))
    assert office.batches.get(batch().id) == batch(counts={"taken": 1})
    assert office.batches.by_sha("S-REG", "reg", SHA) == batch(counts={"taken": 1})
    assert office.batches.by_sha("S-REG", "other", SHA) is None


def test_the_same_bytes_land_once(office: Office) -> None:
    office.batches.add(batch())
    for again in (batch(id="x"), batch(sha256="cd" * 32)):
        with pytest.raises(OfficeError, match=r"landed before as batch S-REG\.reg"):
            office.batches.add(again)
    office.batches.add(batch(id="x", feed="other"))


def test_states_and_accounting(office: Office) -> None:
    office.batches.add(batch())
    mapped = office.batches.set_state(batch().id, "mapped", records=10)
    assert (mapped.state, mapped.records, mapped.counts) == ("mapped", 10, {})
    counts = {"taken": 8, "quarantined": 2}
    taken = office.batches.set_state(batch().id, "taken", counts=counts)
    assert office.batches.set_state(batch().id, "taken", counts=counts) == taken
    assert taken == batch(state="taken", records=10, counts=counts)
    assert office.batches.set_state(batch().id, "refused", reason="列缺失").reason == "列缺失"
    assert office.batches.get(batch().id).counts == counts


def test_unknown_batches_and_states(office: Office) -> None:
    with pytest.raises(OfficeError, match="no batch 'x'"):
        office.batches.get("x")
    with pytest.raises(OfficeError, match="no batch 'x'"):
        office.batches.set_state("x", "taken")
    with pytest.raises(OfficeError, match="no state of a batch"):
        office.batches.set_state("x", "eaten")  # type: ignore[arg-type]
    with pytest.raises(OfficeError, match="batch id is empty"):
        office.batches.add(batch(id=""))


def test_lists_are_ordered_by_day_of_receipt(office: Office) -> None:
    for name, day, state in (("b", 2, "landed"), ("c", 1, "taken"), ("a", 2, "landed")):
        office.batches.add(batch(id=name, sha256=name * 64, received=dt.date(2026, 4, day), state=state))
    office.batches.add(batch(id="d", source="S-TAX", feed="tax"))
    assert [one.id for one in office.batches.list(source="S-REG")] == ["c", "a", "b"]
    assert [one.id for one in office.batches.list(state="landed", feed="reg")] == ["a", "b"]
    assert len(office.batches.list()) == 4


def test_shredding_forgets_the_key_and_is_audited(office: Office, url: str) -> None:
    office.batches.add(batch(wrapped_key=b"SECRET-KEY-OF-THIS-BATCH"))
    assert not office.batches.get(batch().id).shredded
    shredded = office.batches.shred(batch().id, by="李娜", reason="依法删除")
    assert shredded.shredded
    entry = office.audit.entries(subject=f"batch:{batch().id}")[0]
    assert (entry.actor, entry.action, entry.reason, entry.detail["sha256"]) == ("李娜", "batch.shred", "依法删除", SHA)
    with pytest.raises(OfficeError, match="forgotten before"):
        office.batches.shred(batch().id, by="李娜", reason="x")
    if url.startswith("sqlite"):
        for file in Path(url.removeprefix("sqlite:///")).parent.glob("office.db*"):
            assert b"SECRET-KEY" not in file.read_bytes(), file.name


@pytest.mark.parametrize(("by", "reason"), [("", "x"), ("李娜", " ")])
def test_a_refused_shredding_changes_nothing(office: Office, by: str, reason: str) -> None:
    office.batches.add(batch())
    with pytest.raises(OfficeError):
        office.batches.shred(batch().id, by=by, reason=reason)
    assert office.batches.get(batch().id) == batch()
    assert office.audit.verify() == 0
