"""Releases: the way to frozen, four eyes, frozen for good, which lake versions must stay."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office import Contents, Office, Release, ReleaseCheck

from .conftest import Attack

MARCH = dt.date(2026, 3, 31)
GOOD = ReleaseCheck("shares", True, "51.4 %")
BAD = ReleaseCheck("psi", False, "0.31 > 0.25")


def contents(as_of: dt.date = MARCH, version: int = 7) -> Contents:
    return Contents(
        as_of=as_of,
        models={"enterprise": "m1", "self_employed": "s1"},
        tables={"rating/grade": version, "standard/ent_registration": 3},
        content_version="c1",
        serving_path=f"serving/{as_of}.duckdb",
    )


def frozen(office: Office, as_of: dt.date, version: int = 7) -> Release:
    release = office.releases.create(contents(as_of, version), by="系统")
    office.releases.check(release.id, [GOOD], by="系统")
    office.releases.sign(release.id, by="李娜")
    office.releases.sign(release.id, by="王芳")
    return office.releases.freeze(release.id, by="王芳")


def test_from_draft_to_frozen(office: Office) -> None:
    draft = office.releases.create(contents(), by="系统")
    assert (draft.state, draft.contents, draft.checks, draft.signatures) == ("draft", contents(), (), ())
    checked = office.releases.check(draft.id, [GOOD], by="系统")
    assert (checked.state, list(checked.checks)) == ("checked", [GOOD])
    once = office.releases.sign(draft.id, by="李娜")
    assert (once.state, [one.signer for one in once.signatures]) == ("checked", ["李娜"])
    twice = office.releases.sign(draft.id, by="王芳", reason="同意")
    assert (twice.state, [one.signer for one in twice.signatures]) == ("signed", ["李娜", "王芳"])
    assert {one.digest for one in twice.signatures} == {checked.digest}
    done = office.releases.freeze(draft.id, by="王芳")
    assert done.state == "frozen"
    assert done.frozen_at is not None
    assert office.releases.get(draft.id) == done == office.releases.latest()
    steps = [entry.action for entry in office.audit.entries(subject=f"release:{draft.id}")][::-1]
    assert steps == [f"release.{step}" for step in ("create", "check", "sign", "sign", "freeze")]
    assert office.audit.verify() == 5


def test_creating_again_resumes_the_open_release(office: Office) -> None:
    first = office.releases.create(contents(), by="系统")
    assert office.releases.create(contents(), by="系统") == first
    assert office.releases.create(contents(version=8), by="系统").id != first.id
    office.releases.withdraw(first.id, by="李娜", reason="x")
    assert office.releases.create(contents(), by="系统").id > first.id


def test_a_failed_check_waits_for_a_reason(office: Office) -> None:
    release = office.releases.create(contents(), by="系统")
    assert office.releases.check(release.id, [GOOD, BAD], by="系统").state == "draft"
    with pytest.raises(OfficeError, match="is draft, not checked"):
        office.releases.sign(release.id, by="李娜")
    with pytest.raises(OfficeError, match="reason"):
        office.releases.accept(release.id, "psi", by="李娜", reason=" ")
    for name in ("shares", "unknown"):
        with pytest.raises(OfficeError, match="no failed check"):
            office.releases.accept(release.id, name, by="李娜", reason="x")
    accepted = office.releases.accept(release.id, "psi", by="李娜", reason="新接入税务数据")
    assert accepted.state == "checked"
    assert list(accepted.checks) == [GOOD, replace(BAD, accepted_by="李娜", accepted_reason="新接入税务数据")]
    assert office.audit.entries(limit=1)[0].reason == "新接入税务数据"


def test_a_draft_may_change_and_is_checked_anew(office: Office) -> None:
    release = office.releases.create(contents(), by="系统")
    office.releases.check(release.id, [BAD], by="系统")
    changed = office.releases.change(release.id, contents(version=9), by="系统")
    assert (changed.tables["rating/grade"], changed.checks) == (9, ())
    office.releases.check(release.id, [GOOD], by="系统")
    with pytest.raises(OfficeError, match="is checked, not draft"):
        office.releases.change(release.id, contents(), by="系统")
    with pytest.raises(OfficeError, match="no checks were made"):
        office.releases.check(release.id, [], by="系统")


def test_one_person_signs_once(office: Office) -> None:
    release = office.releases.create(contents(), by="系统")
    office.releases.check(release.id, [GOOD], by="系统")
    office.releases.sign(release.id, by="Li Na")
    with pytest.raises(OfficeError, match="Another person"):
        office.releases.sign(release.id, by=" li  NA")
    with pytest.raises(OfficeError, match="is checked, not signed"):
        office.releases.freeze(release.id, by="Li Na")


def test_signing_at_the_same_moment_counts_both_once(office: Office) -> None:
    release = office.releases.create(contents(), by="系统")
    office.releases.check(release.id, [GOOD], by="系统")
    errors: list[OfficeError] = []

    def sign(name: str) -> None:
        try:
            office.releases.sign(release.id, by=name)
        except OfficeError as error:
            errors.append(error)

    threads = [threading.Thread(target=sign, args=(name,)) for name in ("甲", "乙", "甲", "丙")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    signed = office.releases.get(release.id)
    assert signed.state == "signed"
    assert len({one.signer for one in signed.signatures}) == 2
    assert len(errors) == 2


def test_what_was_signed_is_what_is_frozen(office: Office, attack: Attack) -> None:
    release = office.releases.create(contents(), by="系统")
    office.releases.check(release.id, [GOOD], by="系统")
    office.releases.sign(release.id, by="李娜")
    attack("UPDATE releases SET content_version = 'other'")
    office.releases.sign(release.id, by="王芳")
    with pytest.raises(OfficeError, match="not what was signed"):
        office.releases.freeze(release.id, by="王芳")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE releases SET state = 'draft'",
        "UPDATE releases SET content_version = 'x'",
        "UPDATE releases SET state = 'withdrawn', tables = '{}'",
        "UPDATE releases SET frozen_at = '2020-01-01T00:00:00.000000Z'",
        "DELETE FROM releases",
        "UPDATE release_signatures SET signer = 'x'",
        "DELETE FROM release_signatures",
    ],
)
def test_a_frozen_release_stays(office: Office, attack: Attack, sql: str) -> None:
    release = frozen(office, MARCH)
    with pytest.raises(sa.exc.DBAPIError, match="never"):
        attack(sql)
    assert office.releases.get(release.id) == release


def test_a_frozen_release_takes_no_further_step(office: Office) -> None:
    release = frozen(office, MARCH)
    steps = [
        lambda: office.releases.sign(release.id, by="赵强"),
        lambda: office.releases.freeze(release.id, by="赵强"),
        lambda: office.releases.check(release.id, [GOOD], by="赵强"),
        lambda: office.releases.accept(release.id, "psi", by="赵强", reason="x"),
        lambda: office.releases.change(release.id, contents(), by="赵强"),
    ]
    for step in steps:
        with pytest.raises(OfficeError, match="is frozen, not"):
            step()


def test_withdrawing_opens_the_month_again(office: Office) -> None:
    release = frozen(office, MARCH)
    second = office.releases.create(contents(version=8), by="系统")
    office.releases.check(second.id, [GOOD], by="系统")
    for name in ("李娜", "王芳"):
        office.releases.sign(second.id, by=name)
    with pytest.raises(OfficeError, match=f"release {release.id} of 2026-03-31 is frozen"):
        office.releases.freeze(second.id, by="王芳")
    gone = office.releases.withdraw(release.id, by="省局", reason="数据有误")
    assert gone.state == "withdrawn"
    assert (gone.contents, gone.signatures) == (release.contents, release.signatures)
    assert office.releases.latest() is None
    assert office.releases.freeze(second.id, by="王芳").state == "frozen"
    with pytest.raises(OfficeError, match="withdrawn before"):
        office.releases.withdraw(release.id, by="省局", reason="x")


def test_latest_and_the_versions_that_must_stay(office: Office) -> None:
    months = [dt.date(2026, 1, 31), dt.date(2026, 2, 28), MARCH]
    done = [frozen(office, month, number) for number, month in enumerate(months, 1)]
    work = office.releases.create(contents(dt.date(2026, 4, 30), 9), by="系统")
    gone = office.releases.create(contents(dt.date(2026, 4, 30), 10), by="系统")
    office.releases.withdraw(gone.id, by="李娜", reason="x")
    assert office.releases.latest() == done[2]
    assert office.releases.latest(before=MARCH) == done[1]
    assert office.releases.latest(frozen=False) == work
    assert [one.id for one in office.releases.live()] == [done[1].id, done[2].id, work.id]
    assert office.releases.needed() == {"rating/grade": [2, 3, 9], "standard/ent_registration": [3]}
    assert office.releases.needed(keep=0) == {"rating/grade": [9], "standard/ent_registration": [3]}
    assert [one.id for one in office.releases.list(state="frozen")] == [one.id for one in done]
    assert [one.id for one in office.releases.list(as_of=MARCH)] == [done[2].id]


def test_an_unknown_release(office: Office) -> None:
    with pytest.raises(OfficeError, match="no release 5"):
        office.releases.get(5)
