"""A full disk: a clear message, nothing half-written, and once there is room the work goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.kills import Ended, Nursery, Undisturbed, command
from tests.faults.state import lake_state, state_of
from tests.province import deploy
from yuheng.lake import Lake

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]
STOPPED = ("landing", "office", "parquet", "first commit", "commit")
"""What the nursery can refuse room to."""


def clear(ended: Ended) -> None:
    """Exit code 1 and one message for a person, with what to do."""
    told = [line for line in ended.output.splitlines() if line.startswith("yuheng: ")]
    assert ended.code == 1, ended.output
    assert len(told) == 1, ended.output
    assert "Traceback" not in ended.output, ended.output


def whole(root: Path, wanted: Undisturbed) -> None:
    """Every slice that is there is as it must be in the end, or not there at all; the log of each table can be read."""
    for name, found in lake_state(Lake(root / "lake")).items():
        if not name.startswith("identity/"):  # grows table by table
            assert found == wanted.state.parts[name], name


def test_refused_room_at_every_kind_of_write_it_stops_clearly_and_goes_on(
    home: Nursery, inbox: Path, wanted: Undisturbed, tmp_path: Path
) -> None:
    root = tmp_path / "deployment"
    deploy(root, inbox)
    for place in STOPPED:
        for after in (0, 3):
            ended = home.run(command(root), full=(place, after))
            clear(ended)
            whole(root, wanted)
    ended = home.run(command(root))
    assert ended.code == 0, ended.output
    assert wanted.state.differences(state_of(root)) == []


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, too small."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_fills_up(home: Nursery, inbox: Path, wanted: Undisturbed, small: Path) -> None:
    """Room is given piece by piece, until it is enough; nothing that was done before is lost or spoilt."""
    root = small / "deployment"
    room = sum(-(-p.stat().st_size // 4096) * 4 for p in inbox.rglob("*") if p.is_file()) + 300
    grown(small, room)
    deploy(root, inbox)
    refusals = 0
    while (ended := home.run(command(root))).code:
        clear(ended)
        whole(root, wanted)
        refusals += 1
        room += 400
        grown(small, room)
    assert refusals >= 3
    assert wanted.state.differences(state_of(root)) == []


def grown(place: Path, kib: int) -> None:
    """The mounted file system with another size."""
    subprocess.run(["mount", "-o", f"remount,size={kib}k", str(place)], check=True)
