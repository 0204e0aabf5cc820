"""The audit chain: whatever is changed, removed, put in or cut off is found; two writers never fork it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from yuheng.crypto import hmac_sm3
from yuheng.errors import AuditBroken, OfficeError
from yuheng.office import AuditHead, Office, open_office

from .conftest import KEY, Attack, workers

Disarm = Callable[[str], None]


@pytest.fixture
def chain(office: Office) -> Office:
    """An office with five rows."""
    for number in range(5):
        detail = {"金额": number / 3, "list": [number, None, True]}
        office.audit.append(
            actor="李娜", action="test", subject=f"s:{number % 2}", reason=f"理由 {number}", detail=detail
        )
    return office


def test_rows_are_chained_and_read_back(chain: Office) -> None:
    assert chain.audit.verify() == 5
    newest, before = chain.audit.entries(limit=2)
    assert (newest.seq, before.seq, newest.prev) == (5, 4, before.digest)
    assert newest.detail == {"金额": 4 / 3, "list": [4, None, True]}
    assert newest.at.tzinfo is not None
    assert chain.audit.head() == AuditHead(5, newest.digest)


def test_the_digest_can_be_recomputed_by_hand(chain: Office) -> None:
    entry = chain.audit.entries(limit=1)[0]
    at = entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    text = (
        f'[5,"{at}","李娜","test","s:0","理由 4",'
        '"{\\"list\\":[4,null,true],\\"金额\\":1.3333333333333333}"]' + entry.prev
    )
    assert entry.digest == hmac_sm3(KEY, text.encode()).hex()


def test_entries_are_filtered(chain: Office) -> None:
    rows = chain.audit.entries()
    assert [entry.seq for entry in rows] == [5, 4, 3, 2, 1]
    assert [entry.seq for entry in chain.audit.entries(subject="s:1")] == [4, 2]
    assert [entry.seq for entry in chain.audit.entries(before=4, limit=2)] == [3, 2]
    assert [entry.seq for entry in chain.audit.entries(since=rows[2].at)] == [5, 4, 3]
    assert chain.audit.entries(since=rows[0].at + dt.timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET reason = 'x' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 5",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET seq = 4",
        "UPDATE audit_head SET digest = 'x'",
    ],
)
def test_the_database_refuses_changes(chain: Office, attack: Attack, sql: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"never|only moves on"):
        attack(sql)
    assert chain.audit.verify() == 5


def test_the_database_refuses_replacing_and_emptying(chain: Office, attack: Attack, url: str) -> None:
    row = "(5, '', '', '', '', '', '', '', '')"
    ways = [f"INSERT OR REPLACE INTO audit VALUES {row}", f"REPLACE INTO audit VALUES {row}"]
    for sql in ways if url.startswith("sqlite") else ["TRUNCATE audit", "TRUNCATE audit_head"]:
        with pytest.raises(sa.exc.DBAPIError, match="never"):
            attack(sql)
    assert chain.audit.verify() == 5


@pytest.mark.parametrize("column", ["at", "actor", "action", "subject", "reason", "detail", "prev", "digest"])
def test_a_changed_field_is_found(chain: Office, attack: Attack, disarm: Disarm, column: str) -> None:
    disarm("audit")
    attack(f"UPDATE audit SET {column} = '2020-01-01' WHERE seq = 3")
    with pytest.raises(AuditBroken) as caught:
        chain.audit.verify()
    assert caught.value.seq == 3


@pytest.mark.parametrize("seq", [1, 3])
def test_a_removed_row_is_found(chain: Office, attack: Attack, disarm: Disarm, seq: int) -> None:
    disarm("audit")
    attack(f"DELETE FROM audit WHERE seq = {seq}")
    with pytest.raises(AuditBroken, match="missing") as caught:
        chain.audit.verify()
    assert caught.value.seq == seq


@pytest.mark.parametrize("seq", [0, 6])
def test_a_row_put_in_is_found(chain: Office, attack: Attack, seq: int) -> None:
    copied = "at, actor, action, subject, reason, detail, prev, digest"
    attack(f"INSERT INTO audit (seq, {copied}) SELECT {seq}, {copied} FROM audit WHERE seq = 5")
    with pytest.raises(AuditBroken) as caught:
        chain.audit.verify()
    assert caught.value.seq == (1 if seq == 0 else 6)


def test_a_cut_tail_is_found(chain: Office, attack: Attack, disarm: Disarm) -> None:
    disarm("audit")
    attack("DELETE FROM audit WHERE seq > 3")
    with pytest.raises(AuditBroken, match="ends at 3") as caught:
        chain.audit.verify()
    assert caught.value.seq == 4


def test_a_cut_tail_with_its_head_is_found(chain: Office, attack: Attack, disarm: Disarm) -> None:
    disarm("audit")
    disarm("audit_head")
    attack("DELETE FROM audit WHERE seq > 3")
    attack("UPDATE audit_head SET seq = 3, digest = (SELECT digest FROM audit WHERE seq = 3)")
    with pytest.raises(AuditBroken, match="head"):
        chain.audit.verify()
    with pytest.raises(AuditBroken, match="head"):
        chain.audit.append(actor="a", action="b", subject="c")


def test_an_older_backup_is_found_with_a_head_kept_outside(chain: Office, attack: Attack, disarm: Disarm) -> None:
    known = chain.audit.head()
    assert chain.audit.verify(known=known) == 5
    assert chain.audit.verify(known=AuditHead(2, chain.audit.entries()[3].digest)) == 5
    with pytest.raises(AuditBroken, match="noted elsewhere"):
        chain.audit.verify(known=AuditHead(2, known.digest))
    with pytest.raises(AuditBroken, match="row 9 was noted"):
        chain.audit.verify(known=AuditHead(9, known.digest))


def test_a_removed_head_is_found(chain: Office, attack: Attack, disarm: Disarm, url: str) -> None:
    disarm("audit_head")
    attack("DELETE FROM audit_head")
    with pytest.raises(AuditBroken, match="missing"):
        chain.audit.verify()
    with pytest.raises(AuditBroken, match="missing"):
        open_office(url, audit_key=KEY)


@pytest.mark.parametrize(
    "wrong", [{"actor": " "}, {"action": ""}, {"subject": " "}, {"subject": "x" * 201}, {"detail": {"x": float("nan")}}]
)
def test_what_is_no_entry(office: Office, wrong: dict[str, object]) -> None:
    with pytest.raises(OfficeError):
        office.audit.append(**{"actor": "a", "action": "b", "subject": "c", **wrong})  # type: ignore[arg-type]
    assert office.audit.verify() == 0


def _append(url: str, name: str, times: int) -> None:
    with open_office(url, audit_key=KEY) as opened:
        for number in range(times):
            opened.audit.append(actor=name, action="count", subject=f"n:{number}")


def test_two_processes_append_one_chain(url: str, office: Office) -> None:
    processes = [workers().Process(target=_append, args=(url, name, 60)) for name in ("甲", "乙")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    assert office.audit.verify() == 120
    order = [entry.actor for entry in office.audit.entries(limit=200)]
    assert order.count("甲") == order.count("乙") == 60
