"""Files that cannot be taken: refused with a reason that names file and field; nothing half-taken, the others go on."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.intake.world import World, csv_body, firm, gz, jsonl, penalty, uscc, workbook
from yuheng.errors import IntakeError
from yuheng.intake import land

FIRMS = [firm(i) for i in range(1, 400)]


def _cases(world: World) -> dict[str, tuple[str, str, str, bytes, str]]:
    reg, check, lists = (
        world.feed("S-REG", "reg_entity"),
        world.feed("S-CHECK", "check"),
        world.feed("S-CREDIT", "lists"),
    )
    whole = csv_body(reg, FIRMS)
    packed = gz(whole)
    crooked = csv_body(reg, FIRMS).replace(b"UPDATETIME", b"UPDATED")
    row = {"CHECKNO": "1", "UNISCID": uscc(1), "CHECKDATE": "2024-01-01", "UPDATETIME": "2024-01-02"}
    return {
        "encoding": (
            "S-REG",
            "reg_entity",
            "reg_entity_1.csv",
            csv_body(reg, FIRMS, encoding="utf-8"),
            "the file is UTF-8",
        ),
        "columns": ("S-REG", "reg_entity", "reg_entity_1.csv", crooked, "missing: UPDATETIME; unknown: UPDATED"),
        "cut_gzip": ("S-REG", "reg_entity", "reg_entity_1.csv.gz", packed[: len(packed) * 2 // 3], "is cut off"),
        "bad_gzip": (
            "S-REG",
            "reg_entity",
            "reg_entity_1.csv.gz",
            packed[:200] + b"\0" * 80 + packed[280:],
            "is broken",
        ),
        "no_gzip": ("S-REG", "reg_entity", "reg_entity_1.csv.gz", whole, "is broken"),
        "empty": ("S-REG", "reg_entity", "reg_entity_1.csv", b"", "is empty"),
        "empty_gzip": ("S-REG", "reg_entity", "reg_entity_1.csv.gz", gz(b""), "is empty"),
        "json_key": (
            "S-CHECK",
            "check",
            "check_1.jsonl",
            jsonl(check, [row]).replace(b"KIND", b"SORT"),
            "unknown: SORT",
        ),
        "json_less": ("S-CHECK", "check", "check_1.jsonl", b'{"CHECKNO": "1", "UNISCID": "2"}\n', "missing: KIND"),
        "json_code": ("S-CHECK", "check", "check_1.jsonl", '{"CHECKNO": "郑州市"}\n'.encode("gb18030"), "is not UTF-8"),
        "no_book": ("S-CREDIT", "lists", "lists_1.xlsx", b"not a workbook", "not a workbook"),
        "cut_book": ("S-CREDIT", "lists", "lists_1.xlsx", workbook(lists, [{"LISTID": "1"}])[:-300], "not a workbook"),
        "empty_book": ("S-CREDIT", "lists", "lists_1.xlsx", b"", "is empty"),
    }


NAMES = [
    "encoding", "columns", "cut_gzip", "bad_gzip", "no_gzip", "empty", "empty_gzip", "json_key", "json_less",
    "json_code",    "no_book", "cut_book", "empty_book",
]  # fmt: skip


def test_all_are_refused_with_their_reasons_and_the_good_one_is_taken(make_world: Callable[..., World]) -> None:
    for number, name in enumerate(NAMES):
        world = make_world(f"w{number}")
        source, feed, file, body, says = _cases(world)[name]
        world.put(source, feed, file, body)
        world.deliver("S-PUN", "penalty", [penalty(1, uscc(1))])
        report = world.run()
        (reason,) = report.refused.values()
        assert says in reason, name
        assert file in reason, name
        assert world.rows("ent_registration") == []
        assert len(world.rows("ent_penalty")) == 1
        assert not world.quarantine()
        (batch,) = world.office.batches.list(state="refused")
        assert batch.reason == reason
        assert (world.deployment.landing / batch.stored).is_file(), "kept as evidence, and to be tried again"


def test_a_refused_file_beside_a_good_one_of_the_same_feed(world: World) -> None:
    feed = world.feed("S-REG", "reg_entity")
    packed = gz(csv_body(feed, FIRMS))
    world.put("S-REG", "reg_entity", "reg_entity_1.csv.gz", packed[: len(packed) // 2])
    world.put("S-REG", "reg_entity", "reg_entity_2.csv", csv_body(feed, [firm(1000), firm(1001)]))
    report = world.run()
    assert len(report.refused) == 1
    assert {r["src_file"] for r in world.rows("ent_registration")} == {"reg_entity_2.csv"}
    assert report.counts["whole"] == 2


def test_a_refused_file_that_comes_again_is_tried_again(world: World) -> None:
    body = csv_body(world.feed("S-REG", "reg_entity"), [firm(1)], encoding="utf-8").replace(b"UPDATETIME", b"X")
    world.put("S-REG", "reg_entity", "reg_entity_1.csv", body)
    assert world.run().refused
    world.put("S-REG", "reg_entity", "reg_entity_1.csv", body)
    report = world.run()
    assert [one.status for one in report.landed] == ["again"]
    assert report.refused


def test_broken_lines_are_quarantined_and_the_others_keep_their_numbers(world: World) -> None:
    feed = world.feed("S-CHECK", "check")
    lines = jsonl(
        feed,
        [{"CHECKNO": f"K{i}", "UNISCID": uscc(1), "KIND": "日常检查", "CHECKDATE": "2024-01-04",
          "UPDATETIME": "2024-01-05 00:00:00", "OPFLAG": "I"} for i in range(1, 6)],
    ).splitlines()  # fmt: skip
    lines[2] = lines[2][:30]
    world.put("S-CHECK", "check", "check_202401.jsonl", b"\n".join(lines) + b"\n[1, 2]\n")
    report = world.run()
    assert {r["src_row"] for r in world.rows("ent_inspection")} == {1, 2, 4, 5}
    assert [(q["src_row"], q["reason_codes"]) for q in world.quarantine()] == [(3, "BROKEN_JSON"), (6, "BROKEN_JSON")]
    assert (report.counts["whole"], report.counts["quarantined"]) == (4, 2)


def test_a_file_of_a_heading_alone_has_no_records(world: World) -> None:
    world.deliver("S-REG", "reg_entity", [])
    world.put("S-CHECK", "check", "check_202401.jsonl", b"")
    report = world.run()
    assert not report.refused
    assert sum(report.counts.values()) == 0
    assert {b.state for b in world.office.batches.list()} == {"taken"}


def test_a_full_disk_leaves_the_inbox_and_nothing_half_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = world.deliver("S-REG", "reg_entity", [firm(1)])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(land, "encrypt_file", full)
        with pytest.raises(IntakeError, match="the disk is full"):
            world.run()
    assert path.exists()
    assert not world.office.batches.list()
    assert not [p for p in world.deployment.landing.rglob("*") if p.is_file()]
    assert world.run().counts["whole"] == 1


def test_a_full_disk_while_the_table_is_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.deliver("S-REG", "reg_entity", [firm(1)])
    engine = type(world.engine)
    write = engine.write

    def full(self: object, sql: str, directory: Path, **more: object) -> list[Path]:
        if "ent_registration" in str(directory):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, sql, directory, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(engine, "write", full)
        with pytest.raises(OSError, match="No space"):
            world.run()
    assert world.lake.table("standard", "ent_registration").version() == -1
    assert not list(world.lake.root.glob("standard/*/_staging/*"))
    assert world.run().counts["whole"] == 1


def test_a_damaged_seal_is_a_refusal(world: World) -> None:
    world.deliver("S-REG", "reg_entity", FIRMS)
    land.land_all(world.deployment, world.office, world.store)
    (sealed,) = world.deployment.landing.rglob("*.seal")
    body = bytearray(sealed.read_bytes())
    body[-40] ^= 1
    sealed.write_bytes(body)
    (reason,) = world.run().refused.values()
    assert "does not decrypt" in reason
