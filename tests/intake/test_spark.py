"""Both engines make the same standard tables, keys, clues, quarantine and accounts of the same inbox."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.intake.world import World
from tests.province import make_inbox
from tests.spark import spark_engine
from yuheng import intake

pytestmark = [pytest.mark.spark, pytest.mark.timeout(900)]

SOURCES = ["S-REG", "S-PUN", "S-DR", "S-COURT", "S-CREDIT"]


def test_both_engines_take_a_province_alike(make_world: Callable[..., World], tmp_path: Path) -> None:
    make_inbox(tmp_path / "province", enterprises=100, months=2)
    duck, spark = make_world("duck"), make_world("spark")
    spark.engine.close()
    spark.engine = spark_engine(spark.store.macros, tmp_path / "spill")
    for world in (duck, spark):
        shutil.copytree(tmp_path / "province" / "inbox", world.deployment.inbox, dirs_exist_ok=True)
        later = list(world.deployment.inbox.rglob("*_202606.*"))
        for path in later:
            path.rename(world.deployment.root / f"{path.parent.parent.name}~{path.parent.name}~{path.name}")
        world.run(sources=SOURCES, received=None)
        for path in world.deployment.root.glob("*~*"):
            source, feed, name = path.name.split("~")
            path.rename(world.deployment.inbox / source / feed / name)
        world.run(sources=SOURCES, received=None)
    tables = [name for layer, name in duck.lake.tables() if layer == "standard"]
    assert len(tables) > 10
    for name in tables:
        assert spark.table(name).equals(duck.table(name)), name
    assert spark.quarantine() == duck.quarantine() != []
    assert intake.report(spark.office, spark.store) == intake.report(duck.office, duck.store)
    for name in ("ent_key", "clue"):
        assert _whole(spark, name) == _whole(duck, name), name


def _whole(world: World, name: str) -> list[dict[str, object]]:
    table = world.lake.table("identity", name)
    world.engine.scan("x", table.files(), table.schema())
    columns = ", ".join(table.schema().names)
    return world.engine.query(f"select {columns} from x order by {columns}").to_pylist()
