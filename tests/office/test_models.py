"""Models: two people, one active per grading, rollback, every step in the chain."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office import Office, RatingModel

from .conftest import Attack

DAY = dt.date(2025, 12, 31)
BODY = {"weights": {"I01": 250_000_000_000}, "knots": {"raw": [0.0, 0.1, 1 / 3], "score": [0.0, 300.0, 1000.0]}}


def save(office: Office, version: str, grading: str = "enterprise") -> RatingModel:
    return office.models.save(version, grading=grading, fitted_as_of=DAY, body=BODY, by="张伟")


def approved(office: Office, version: str, grading: str = "enterprise") -> RatingModel:
    save(office, version, grading)
    return office.models.approve(version, by="李娜")


def test_from_draft_to_active(office: Office) -> None:
    draft = save(office, "m1")
    assert (draft.state, draft.body, draft.approved_at) == ("draft", BODY, None)
    assert office.models.active("enterprise") is None
    model = office.models.approve("m1", by="李娜", reason="回测合格")
    assert (model.state, model.approved_by) == ("approved", "李娜")
    active = office.models.activate("m1", by="李娜")
    assert active.state == "active"
    assert office.models.active("enterprise") == active == office.models.get("m1")
    assert office.models.activate("m1", by="李娜") == active
    trail = [(entry.action, entry.actor) for entry in office.audit.entries(subject="model:m1")]
    assert trail == [("model.activate", "李娜"), ("model.approve", "李娜"), ("model.propose", "张伟")]
    assert office.audit.verify() == 3


@pytest.mark.parametrize("same", ["张伟", " 张伟 ", "　张伟"])
def test_the_proposer_cannot_approve(office: Office, same: str) -> None:
    save(office, "m1")
    with pytest.raises(OfficeError, match="Another person"):
        office.models.approve("m1", by=same)
    assert office.models.get("m1").state == "draft"
    assert office.audit.verify() == 1


def test_only_what_was_approved_becomes_active(office: Office) -> None:
    save(office, "m1")
    with pytest.raises(OfficeError, match="is a draft"):
        office.models.activate("m1", by="李娜")
    office.models.approve("m1", by="李娜")
    with pytest.raises(OfficeError, match="not a draft"):
        office.models.approve("m1", by="王芳")
    with pytest.raises(OfficeError, match="nobody is named"):
        office.models.activate("m1", by=" ")
    assert office.models.get("m1").state == "approved"


def test_one_active_per_grading_and_rollback(office: Office) -> None:
    for version, grading in (("m1", "enterprise"), ("m2", "enterprise"), ("s1", "self_employed")):
        approved(office, version, grading)
        office.models.activate(version, by="李娜")
    states = {model.version: model.state for model in office.models.list()}
    assert states == {"m1": "retired", "m2": "active", "s1": "active"}
    office.models.activate("m1", by="王芳", reason="回滚")
    assert {model.version: model.state for model in office.models.list(grading="enterprise")} == {
        "m1": "active",
        "m2": "retired",
    }
    newest = office.audit.entries(limit=1)[0]
    assert (newest.reason, newest.detail["instead_of"]) == ("回滚", "m2")


def test_retiring(office: Office) -> None:
    approved(office, "m1")
    office.models.activate("m1", by="李娜")
    assert office.models.retire("m1", by="李娜", reason="数据源停用").state == "retired"
    assert office.models.active("enterprise") is None
    with pytest.raises(OfficeError, match="not in use"):
        office.models.retire("m1", by="李娜", reason="x")
    with pytest.raises(OfficeError, match="reason is empty"):
        office.models.retire(approved(office, "m2").version, by="李娜", reason="")


def test_a_version_never_changes_its_body(office: Office, attack: Attack) -> None:
    first = save(office, "m1")
    assert save(office, "m1") == first
    assert office.audit.verify() == 1
    with pytest.raises(OfficeError, match="other content"):
        office.models.save("m1", grading="enterprise", fitted_as_of=DAY, body={**BODY, "x": 1}, by="张伟")
    approved(office, "m2")
    for sql in ("UPDATE rating_models SET body = '{}'", "DELETE FROM rating_models WHERE version = 'm2'"):
        with pytest.raises(sa.exc.DBAPIError, match="never"):
            attack(sql)


def test_two_active_ones_are_refused_by_the_database(office: Office, attack: Attack) -> None:
    approved(office, "m1")
    approved(office, "m2")
    with pytest.raises(sa.exc.IntegrityError):
        attack("UPDATE rating_models SET state = 'active'")


def test_what_does_not_exist(office: Office) -> None:
    for call in (office.models.get, lambda version: office.models.approve(version, by="李娜")):
        with pytest.raises(OfficeError, match="no rating model 'x'"):
            call("x")
