"""The queue of likely links: offers, judgements that are only added to, undoing, merges and splits."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office import Offer, Office

DAY = dt.date(2026, 6, 30)
CODE = "91410100MA40000001"


def offer(row: int = 1, ent_id: int = 11, score: float = 0.8, state: str = "open") -> Offer:
    return Offer("case_12315", "b1", row, "鑫隆达", ent_id, "郑州鑫隆达", score, {"字号": "相同"}, DAY, state)  # type: ignore[arg-type]


def test_offers_are_kept_once(office: Office) -> None:
    assert office.links.offer([offer(), offer(ent_id=12)]) == 2
    assert office.links.offer([offer(), offer(row=2)]) == 1
    assert [c.id for c in office.links.list(state="open")] == [1, 2, 3]


def test_accepting_rejects_the_other_firms(office: Office) -> None:
    office.links.offer([offer(), offer(ent_id=12)])
    found = office.links.accept(1, by="李科员", reason="现场核对")
    assert (found.state, found.basis) == ("accepted", "PROBABLE")
    assert office.links.get(2).state == "rejected"
    assert [(d.ent_id, d.link_basis) for d in office.links.decisions()] == [(11, "PROBABLE")]
    with pytest.raises(OfficeError, match="accepted"):
        office.links.accept(1, by="李科员", reason="再核")


def test_a_code_makes_it_sure_and_undo_says_what_it_was(office: Office) -> None:
    office.links.offer([offer()])
    assert office.links.accept(1, by="李科员", reason="执照照片", uscc=CODE).basis == "USCC"
    assert office.links.undo(1, by="王科长", reason="另一家").state == "undone"
    (one,) = office.links.decisions()
    assert (one.ent_id, one.was_ent_id, one.was_basis) == (None, 11, "USCC")
    assert [h.verdict for h in office.links.history(1)] == ["accept", "undo"]
    assert office.links.accept(1, by="李科员", reason="再核").basis == "PROBABLE"
    assert office.audit.verify() >= 4


def test_an_automatic_link_can_be_undone(office: Office) -> None:
    office.links.offer([offer(state="auto", score=0.99)])
    assert [d.link_basis for d in office.links.decisions()] == ["PROBABLE"]
    office.links.undo(1, by="王科长", reason="误关联")
    assert [d.ent_id for d in office.links.decisions()] == [None]


def test_a_record_has_one_firm(office: Office) -> None:
    office.links.offer([offer(state="auto"), offer(ent_id=12)])
    with pytest.raises(OfficeError, match="Undo 1 first"):
        office.links.accept(2, by="李科员", reason="核对")


def test_nothing_is_undone_twice(office: Office) -> None:
    office.links.offer([offer()])
    with pytest.raises(OfficeError, match="nothing to undo"):
        office.links.undo(1, by="王科长", reason="误")
    with pytest.raises(OfficeError, match="no candidate 9"):
        office.links.get(9)


def test_merges_and_splits_keep_history(office: Office) -> None:
    office.links.merge(5, 6, by="李科员", reason="同一主体重复登记", on=DAY)
    assert office.links.merged() == {5: 6}
    with pytest.raises(OfficeError):
        office.links.merge(5, 7, by="李科员", reason="重复", on=DAY)
    with pytest.raises(OfficeError):
        office.links.merge(6, 7, by="李科员", reason="重复", on=DAY)
    office.links.split(5, by="王科长", reason="两家公司", on=DAY)
    assert office.links.merged() == {}
    assert [h.kind for h in office.links.firm_history()] == ["merge", "split"]
    with pytest.raises(OfficeError, match="not merged"):
        office.links.split(5, by="王科长", reason="两家", on=DAY)


def test_judgements_are_never_changed(office: Office) -> None:
    office.links.offer([offer()])
    office.links.reject(1, by="李科员", reason="不是")
    for text in ("UPDATE link_judgements SET reason = 'x'", "DELETE FROM link_judgements"):
        with pytest.raises(OfficeError, match="only added to"), office._database.write() as con:
            con.execute(sa.text(text))
