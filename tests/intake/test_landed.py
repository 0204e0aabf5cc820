"""Landed files: read from the inbox file while it is open, else unsealed; never other bytes than those sealed."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path

import pytest

from tests.intake.world import World, firm
from yuheng.crypto import KeyRing
from yuheng.errors import IntakeError
from yuheng.intake import land, landed
from yuheng.intake.landed import LandedFiles
from yuheng.office import Batch


def landed_one(world: World, monkeypatch: pytest.MonkeyPatch, least: int) -> tuple[LandedFiles, Batch, Path]:
    monkeypatch.setattr(landed, "_LEAST", least)
    path = world.deliver("S-REG", "reg_entity", [firm(1), firm(2)])
    other = path.with_name("other")
    os.link(path, other)  # another name of the same file
    files = LandedFiles(world.deployment.landing, KeyRing(world.deployment.master_key()))
    land.land_all(world.deployment, world.office, world.store, sources=["S-REG"], files=files)
    (batch,) = world.office.batches.list()
    return files, batch, other


@pytest.mark.parametrize("least", [1, 1 << 30])
def test_the_bytes_are_those_of_the_file(world: World, monkeypatch: pytest.MonkeyPatch, least: int) -> None:
    files, batch, other = landed_one(world, monkeypatch, least)
    assert bool(files._open) is (least == 1)
    for _ in range(2):  # the second time out of the sealed copy
        with files.open(batch) as stream:
            assert stream.read() == other.read_bytes()
    assert not files._open


def test_a_file_changed_before_it_is_read_is_unsealed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    files, batch, other = landed_one(world, monkeypatch, 1)
    before = other.read_bytes()
    other.write_bytes(before + b"more\n")
    with files.open(batch) as stream:
        assert stream.read() == before


def test_a_file_changed_unseen_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    files, batch, other = landed_one(world, monkeypatch, 1)
    (file, seen) = files._open[batch.id]
    other.write_bytes(other.read_bytes().swapcase())
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    with files.open(batch) as stream, pytest.raises(IntakeError, match="changed while it was read"):
        deque(iter(lambda: stream.read(100), b""))
    assert file.closed


def test_what_was_not_read_is_closed_at_last(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    files, batch, _ = landed_one(world, monkeypatch, 1)
    (file, _) = files._open[batch.id]
    files.close()
    assert file.closed
