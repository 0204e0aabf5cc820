"""The real register: every one of its lines accounted for. Reads the folder of real data beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.world import World
from yuheng import intake

REGISTRY = Path(__file__).parents[3] / "shared" / "data" / "henan_registry"
LINES = 147_886
OUT_OF_POPULATION = 12_863


@pytest.mark.shared
@pytest.mark.skipif(not REGISTRY.is_dir(), reason="no folder shared/data/henan_registry beside the checkout")
def test_every_line_of_the_real_register_has_one_fate(world: World) -> None:
    copies = intake.add_files(world.deployment, world.store, "S-HNREG", [REGISTRY])
    report = world.run()
    assert len(report.landed) == len(copies) == len(list(REGISTRY.iterdir()))
    assert not report.refused
    (one,) = intake.report(world.office, world.store)
    assert one.records == LINES
    assert sum(one.fates.values()) == LINES
    assert one.fates["out_of_population"] == OUT_OF_POPULATION
    kept = one.fates["whole"] + one.fates["repaired"]
    table = world.table("ent_registration")
    assert table.num_rows == kept
    assert table["ent_id"].null_count == 0
    assert set(table["is_simulated"].to_pylist()) == {0}
    quarantined = world.quarantine()
    assert len(quarantined) == one.fates["quarantined"]
    assert all(q["reason_zh"] for q in quarantined)
    assert {q["reason_codes"] for q in quarantined} == {"authority", "BROKEN_COLUMNS"}
    taken = set(zip(table["src_file"].to_pylist(), table["src_row"].to_pylist(), strict=True))
    aside = {(q["src_file"], q["src_row"]) for q in quarantined}
    assert len(taken) == kept
    assert not taken & aside
    assert len(taken | aside) == LINES - OUT_OF_POPULATION
