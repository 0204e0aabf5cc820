"""Replay: what a mended mapping takes leaves the quarantine for the table, nothing twice, whatever is cut off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.intake.test_crash import Killed, killing
from tests.intake.world import World, csv_body, firm
from yuheng import intake
from yuheng.content import ContentStore

ROWS = [firm(1), firm(2, ENTTYPE="ZZ"), firm(3, ENTTYPE="ZY"), firm(1, "2024-03-01 00:00:00", ENTTYPE="ZZ", OPFLAG="U")]


def mended(tmp_path: Path, store: ContentStore) -> ContentStore:
    """The content with one more type of firm."""
    overlay = tmp_path / "overlay"
    (overlay / "codes").mkdir(parents=True)
    body = store.files.data["codes/ent_type.csv"].decode().rstrip("\n")
    columns = len(body.split("\n", 1)[0].split(","))
    line = ",".join(["ZZ", "新类型", "LTD", "1", "enterprise"][:columns])
    (overlay / "codes" / "ent_type.csv").write_text(f"{body}\n{line}\n", encoding="utf-8")
    return ContentStore.load(overlay)


def replay(world: World) -> intake.IntakeReport:
    return intake.replay(
        world.deployment, world.office, world.lake, world.engine, world.store, source="S-REG", feed="reg_entity"
    )


def test_what_passes_now_is_taken_and_counted_once(
    make_world: Callable[..., World], tmp_path: Path, store: ContentStore
) -> None:
    world = make_world("a")
    world.deliver("S-REG", "reg_entity", ROWS)
    assert world.run().counts["quarantined"] == 3
    world.store = mended(tmp_path, store)
    counts = replay(world).counts
    assert (counts["whole"], counts["quarantined"], counts["check:UNKNOWN_CODE:ent_type"]) == (3, 1, 1)
    assert [q["src_row"] for q in world.quarantine()] == [3]
    straight = make_world("b", world.store)
    straight.deliver("S-REG", "reg_entity", ROWS)
    straight.run()
    assert world.table("ent_registration").equals(straight.table("ent_registration"))
    (account,) = intake.report(world.office, world.store)
    assert sum(account.fates.values()) == account.records == 4
    again = replay(world).counts
    assert (again["whole"], again["quarantined"]) == (3, 1)
    assert world.table("ent_registration").equals(straight.table("ent_registration"))


def test_nothing_to_replay(world: World) -> None:
    world.deliver("S-REG", "reg_entity", [firm(1)])
    world.run()
    assert not replay(world).taken


def test_a_refused_file_is_taken_once_the_feed_is_mended(world: World, tmp_path: Path, store: ContentStore) -> None:
    body = csv_body(world.feed("S-REG", "reg_entity"), [firm(1), firm(2)]).replace(b"EMAIL", b"MAIL", 1)
    world.put("S-REG", "reg_entity", "reg_entity_202401.csv", body)
    assert world.run().refused
    assert replay(world).refused, "nothing was mended yet"
    (tmp_path / "overlay" / "sources").mkdir(parents=True)
    declared = store.files.data["sources/s-reg.yaml"].decode().replace("EMAIL, CANDATE", "MAIL, CANDATE", 1)
    declared = declared.replace("text_of(EMAIL)", "text_of(MAIL)", 1)
    (tmp_path / "overlay" / "sources" / "s-reg.yaml").write_text(declared, encoding="utf-8")
    world.store = ContentStore.load(tmp_path / "overlay")
    report = replay(world)
    assert not report.refused
    assert report.counts["whole"] == 2
    assert len(world.rows("ent_registration")) == 2
    assert [b.state for b in world.office.batches.list()] == ["taken"]


def test_cut_off_anywhere_and_repeated(make_world: Callable[..., World], tmp_path: Path, store: ContentStore) -> None:
    better = mended(tmp_path, store)
    straight = make_world("straight", better)
    straight.deliver("S-REG", "reg_entity", ROWS)
    straight.run()
    for moment in range(40):
        world = make_world(f"m{moment}")
        world.deliver("S-REG", "reg_entity", ROWS)
        world.run()
        world.store = better
        try:
            with killing(moment):
                replay(world)
        except Killed:
            world.run()
            replay(world)
        else:
            break
        assert world.table("ent_registration").equals(straight.table("ent_registration")), moment
        assert [q["src_row"] for q in world.quarantine()] == [3], moment
        (account,) = intake.report(world.office, world.store)
        assert account.fates == intake.report(straight.office, better)[0].fates, moment
    else:
        pytest.fail("the replay never ended")
