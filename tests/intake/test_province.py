"""A simulated province: every file accounted for as the simulator wrote it, every fact about the right firm."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.intake.world import World
from tests.province import make_inbox


def test_every_row_and_broken_line_of_every_file(make_world: Callable[..., World], tmp_path: Path) -> None:
    make_inbox(tmp_path, enterprises=300, months=3)
    world = make_world("province")
    shutil.copytree(tmp_path / "inbox", world.deployment.inbox, dirs_exist_ok=True)
    report = world.run(received=None)
    assert not report.refused
    assert not report.strange
    batches = {(b.source, b.feed, b.file): b for b in world.office.batches.list()}
    said = json.loads((tmp_path / "truth" / "counts.json").read_text(encoding="utf-8"))["feeds"]
    looked = broken_lines = 0
    for feed in said.values():
        for path, counts in feed["files"].items():
            batch = batches.get(tuple(path.split("/")))  # type: ignore[arg-type]
            if batch is None:
                assert counts == {"rows": 0, "broken": 0}, "an empty month repeats the bytes of another"
                continue
            broken = sum(n for name, n in batch.counts.items() if name.startswith("check:BROKEN"))
            assert (batch.records, broken) == (counts["rows"] + counts["broken"], counts["broken"]), path
            looked += 1
            broken_lines += broken
    assert looked > 60
    assert broken_lines > 0
    links = report.counts
    known = sum(n for name, n in links.items() if name.startswith("link:") and name != "link:NONE")
    assert known > 0.97 * (known + links["link:NONE"])
    assert min(links["link:USCC"], links["link:PRIPID"], links["link:NAME_REGION_LR"]) > 0
    _marked_simulated(world)


def _marked_simulated(world: World) -> None:
    for layer, name in world.lake.tables():
        if layer == "standard":
            assert set(world.table(name)["is_simulated"].to_pylist()) == {1}, name
