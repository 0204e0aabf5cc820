"""Replay: what a mended mapping takes leaves the quarantine for the table, nothing twice, whatever is cut off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.intake.test_crash import Killed, killing
from tests.intake.world import World, firm
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
