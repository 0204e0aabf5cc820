"""A killed run goes on where it stopped: what was done before is not done again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.kills import Moment, Nursery, Undisturbed, command
from tests.faults.state import state_of
from tests.province import deploy
from yuheng.lake import Lake
from yuheng.office import Batch
from yuheng.pipeline import Workspace

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]
PLACES = {
    "landing": ("/landing/", 0.7),
    "taking in": ("/standard/", 0.5),
    "training": ("/indicator_value/", 0.3),
    "rating": ("/grade/", 0.0),
}
"""Where the run is killed: at what share of the durable acts on such a path."""
STARTING = 25
"""Durable acts a start costs at most: the leases, the sweep, the words about the steps, what was cut off."""


@dataclass(frozen=True)
class Held:
    """What a deployment holds of the work that was done."""

    waiting: int
    """Files in the inbox."""
    sealed: frozenset[tuple[str, int, int]]
    """Sealed copies of the batches: name, inode, time of the last change."""
    files: Mapping[str, frozenset[tuple[str, int]]]
    """Table → its files and their inodes."""
    commits: Mapping[str, int]
    """Table → how often it was committed."""
    taken: frozenset[str]
    """Batches that are in their standard table, whether or not there was time to note it."""

    @classmethod
    def of(cls, root: Path) -> Held:
        """As it stands."""
        lake = Lake(root / "lake")
        tables = {f"{layer}/{name}": lake.table(layer, name) for layer, name in lake.tables()}
        with Workspace.open(root) as ws:
            batches = ws.office.batches.list()
            sealed = [ws.deployment.landing / b.stored for b in batches]
            return cls(
                sum(p.is_file() for p in ws.deployment.inbox.rglob("*")),
                frozenset((p.name, p.stat().st_ino, p.stat().st_mtime_ns) for p in sealed),
                {name: frozenset((str(f), f.stat().st_ino) for f in t.files()) for name, t in tables.items()},
                {name: t.version() + 1 for name, t in tables.items()},
                frozenset(b.id for b in batches if b.state == "taken" or (b.state == "mapped" and committed(lake, b))),
            )


def committed(lake: Lake, batch: Batch) -> bool:
    """Whether some standard table holds the batch."""
    tables = (lake.table(layer, name) for layer, name in lake.tables() if layer == "standard")
    return any(t.landed(batch.id) is not None for t in tables)


def test_what_was_done_before_a_kill_is_not_done_again(
    home: Nursery, inbox: Path, reference: tuple[Undisturbed, Path], tmp_path: Path
) -> None:
    wanted, whole, root = reference[0], Held.of(reference[1]), tmp_path / "deployment"
    deploy(root, inbox)
    acts: list[str] = []
    stages = {}
    before = Held(0, frozenset(), {}, {}, frozenset())
    for place, (path, share) in PLACES.items():
        at = 1 + int(share * sum(path in act for act in wanted.acts))
        killed = home.run(command(root), moment=Moment("act", at, path))
        assert killed.killed, killed.output
        acts += killed.acts
        stages[place] = Held.of(root)
        keeps(before, stages[place])
        if place == "training":
            told_all_it_took(root)
        before = stages[place]
    fell_as_meant(stages, whole)
    last = home.run(command(root))
    assert last.code == 0, last.output
    after = Held.of(root)
    keeps(before, after)
    told = json.loads(last.output[last.output.index("{\n") :])
    assert (told["resumed"], told["intake"]["files"], told["intake"]["records"]) == (True, 0, 0)
    assert after.commits == whole.commits
    assert paid(acts + list(last.acts)) <= paid(wanted.acts) + STARTING * len(PLACES)
    assert wanted.state.differences(state_of(root)) == []


def paid(acts: Sequence[str]) -> int:
    """Acts beyond the landing (files are sealed in groups: a group that was cut off is sealed anew)."""
    return sum("/landing/" not in act for act in acts)


def keeps(before: Held, after: Held) -> None:
    """Nothing sealed, taken or computed was made anew. (The keys and the clues grow from table to table.)"""
    assert before.sealed <= after.sealed
    assert before.taken <= after.taken
    for name, files in before.files.items():
        if not name.startswith("identity/"):
            assert files <= after.files[name], name


def fell_as_meant(stages: Mapping[str, Held], whole: Held) -> None:
    """The kills fell into the stages they are named after."""
    landing, taking, training, rating = stages.values()
    assert landing.sealed
    assert landing.waiting
    assert not landing.files
    assert 0 < len(taking.taken) < len(whole.taken)
    assert training.taken == whole.taken
    assert "rating/indicator_value" in training.files
    assert "rating/grade" not in training.files
    assert len(training.files["rating/indicator_value"]) < len(rating.files["rating/indicator_value"])


def told_all_it_took(root: Path) -> None:
    """The step says what the run took in over all its sittings, not what the last of them had left to take."""
    with Workspace.open(root) as ws:
        job = ws.office.runs.list(kind="run", limit=1)[0]
        step = next(s for s in ws.office.runs.steps(job) if s.name == "intake")
        batches = ws.office.batches.list()
    told = json.loads(step.detail)
    assert told["files"] == len(batches)
    assert told["records"] == sum(b.records or 0 for b in batches if b.state == "taken") > 0
    assert sorted(told["refused"]) == sorted(b.id for b in batches if b.state == "refused") != []
