"""`kill -9` at random moments of a run: run again, it leaves what an undisturbed run leaves."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.kills import Nursery, Undisturbed, cleared, killed_round

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]


def test_the_comparison_sees_a_lost_row(wanted: Undisturbed) -> None:
    """Every table of every layer is compared, and the office's accounts of every file."""
    layers = {name.split("/")[0] for name in wanted.state.parts if "/" in name}
    assert layers == {"standard", "identity", "intake", "derived", "rating", "library"}
    assert wanted.state.parts["office batches"][0] > 80
    assert wanted.state.parts["left in the inbox"][0] == 0
    fewer = type(wanted.state)({**wanted.state.parts, "standard/ent_penalty/all": (1, "0")})
    assert len(wanted.state.differences(fewer)) == 1


def test_killed_six_times_it_leaves_what_it_leaves_undisturbed(
    home: Nursery, inbox: Path, wanted: Undisturbed, tmp_path: Path
) -> None:
    found = killed_round(home, inbox, tmp_path / "killed", wanted, rng=random.Random(20260630), kills=6, stride=0.2)
    assert found.problems == []
    assert len(found.kills) >= 4


@pytest.mark.slow
def test_killed_a_hundred_times(home: Nursery, inbox: Path, wanted: Undisturbed, tmp_path: Path) -> None:
    rng, kills = random.Random(7), 0
    while kills < 100:
        root = tmp_path / f"{kills}"
        found = killed_round(home, inbox, root, wanted, rng=rng, kills=min(6, 100 - kills))
        assert found.problems == []
        kills += len(found.kills)
        cleared(root)
