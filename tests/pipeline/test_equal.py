"""The same deliveries give the same tables: whatever the number of threads or the order of a process's sets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from tests.faults.state import state_of
from tests.province import END, deploy, make_inbox, once
from yuheng.content import ContentStore
from yuheng.lake import Lake, connect

ALIKE = "rating"
"""The layer whose files are promised to be equal to the byte; derived tables are equal row for row."""

SCRIPT = """
import sys
from datetime import date
from pathlib import Path
from yuheng import intake
from yuheng.pipeline import Workspace, fit, rate, store, usable_models

root, day = Path(sys.argv[1]), date.fromisoformat(sys.argv[2])
with Workspace.open(root) as ws, ws.engine() as engine:
    intake.run(ws.deployment, ws.office, ws.lake, engine, ws.store, received=day)
    for grading in ws.store.gradings.values():
        store(ws, fit(ws, engine, grading, day).model, by="test")
    rate(ws, engine, day, models=usable_models(ws))
"""


def run(root: Path, *, threads: int, seed: int) -> None:
    """Takes in, fits and rates one day in a process of its own."""
    env = {**os.environ, "YUHENG_THREADS": str(threads), "PYTHONHASHSEED": str(seed)}
    args = [sys.executable, "-c", SCRIPT, str(root), END.isoformat()]
    done = subprocess.run(args, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two deployments with the same key and inbox, run apart."""

    def make(folder: Path) -> None:
        make_inbox(folder, enterprises=60, months=2)
        for number in (1, 2):
            deploy(folder / str(number), folder / "inbox")
            run(folder / str(number), threads=number, seed=number)

    folder = once(tmp_path_factory, "pair", make)
    return folder / "1", folder / "2"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_all_tables_and_the_office_are_equal(pair: tuple[Path, Path]) -> None:
    one, two = map(state_of, pair)
    assert len(one.parts) > 60
    assert one.differences(two) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_values_and_grades_are_equal_to_the_byte(pair: tuple[Path, Path]) -> None:
    one, two = (contents(root) for root in pair)
    assert {"rating/grade", "rating/indicator_value"} <= {name for name, _ in one}
    assert one.keys() == two.keys()
    assert [place for place, body in one.items() if body != two[place]] == []


def contents(root: Path) -> dict[tuple[str, str], list[bytes]]:
    """Table and slice → its files (their names are made up and say nothing)."""
    lake = Lake(root / "lake")
    return {
        (f"{layer}/{name}", part): sorted(f.read_bytes() for f in lake.table(layer, name).files(slice=part))
        for layer, name in lake.tables()
        if layer == ALIKE
        for part in lake.table(layer, name).slices()
    }


def test_many_rows_are_written_alike_by_one_thread_and_by_two(tmp_path: Path) -> None:
    """Enough rows for several row groups, which threads share; sums of what no order may change."""
    firms = pa.table({"ent_id": pa.array(range(300_000), pa.int64())})
    sql = (
        "select ent_id % 150001 as ent_id, sum(cast(ent_id * 0.01 as decimal(18, 6))) as total, "
        "round9(avg(cast(ent_id % 7 as double))) as mean, count(distinct ent_id % 5) as kinds "
        "from firm group by ent_id % 150001"
    )
    macros = ContentStore.load().macros
    bodies = []
    for threads in (1, 2):
        engine = connect(macros=macros, threads=threads, memory="1GB")
        engine.register("firm", firms)
        files = engine.write(sql, tmp_path / str(threads), order_by=["ent_id"])
        bodies.append([f.read_bytes() for f in files])
        engine.close()
    assert bodies[0] == bodies[1]
