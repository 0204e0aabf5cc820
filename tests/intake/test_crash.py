"""Cut off between any two lasting effects and run again: the tables, quarantine and accounts of an undisturbed run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.intake.world import World, firm, penalty, uscc
from yuheng import intake
from yuheng.lake import LakeTable
from yuheng.office import Batches

EFFECTS: list[tuple[type, str]] = [
    (Batches, "add_all"),
    (Batches, "set_states"),
    (LakeTable, "_commit"),
    (Path, "unlink"),
    (Path, "replace"),
]
"""Everything an intake does that outlives the process."""


class Killed(BaseException):
    """The process ended here."""


@contextmanager
def killing(moment: int) -> Iterator[None]:
    """Ends the process just before the effect number `moment`, counted from 0."""
    done = 0

    def counted(effect: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **more: object) -> object:
            nonlocal done
            if done == moment:
                raise Killed
            done += 1
            return effect(*args, **more)

        return run

    patches = [patch.object(owner, name, counted(getattr(owner, name))) for owner, name in EFFECTS]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def fill(world: World) -> None:
    world.deliver("S-REG", "reg_entity", [firm(1), firm(2), firm(2), firm(3, ENTTYPE="ZZ")])
    world.deliver("S-REG", "reg_entity", [firm(1, "2024-02-01 00:00:00", EMPNUM="9", OPFLAG="U")], label="202402")
    world.deliver("S-PUN", "penalty", [penalty(1, uscc(1)), penalty(2, uscc(9)), penalty(3, uscc(2), PENAM="viel")])


def state(world: World) -> dict[str, object]:
    """Everything that must be the same."""
    counts = {b.id: (b.state, b.records, dict(b.counts)) for b in world.office.batches.list()}
    reports = intake.report(world.office, world.store)
    clues = world.lake.table("identity", "clue")
    keys = world.lake.table("identity", "ent_key")
    world.engine.scan("k", keys.files(), keys.schema())
    world.engine.scan("c", clues.files(), clues.schema())
    return {
        "registrations": world.rows("ent_registration"),
        "penalties": world.rows("ent_penalty"),
        "quarantine": world.quarantine(),
        "batches": counts,
        "reports": reports,
        "keys": world.engine.query("select * from k order by key_kind, key_value, ent_id").to_pylist(),
        "clues": world.engine.query("select * from c order by batch_id, src_row").to_pylist(),
        "inbox": [p for p in world.deployment.inbox.rglob("*") if p.is_file()],
    }


@pytest.mark.faults
def test_every_moment(make_world: Callable[..., World]) -> None:
    straight = make_world("straight")
    fill(straight)
    straight.run()
    want = state(straight)
    for moment in range(100):
        world = make_world(f"m{moment}")
        fill(world)
        try:
            with killing(moment):
                world.run()
        except Killed:
            world.run()
        else:
            assert moment > 15
            return
        assert state(world) == want, moment
    pytest.fail("the run never ended")
