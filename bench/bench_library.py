"""Building all thematic libraries against their bare SELECTs: time and ratio.

python bench/bench_library.py [--enterprises 20000] [--runs 3] [--root DEPLOYMENT --as-of DAY]

The deployment must have been rated (the world of bench_rate, made when absent, is rated first). The program builds
every library from nothing each time: SELECT, contract, commit, record. The reference runs the same SELECTs with
DuckDB's own COPY to Parquet, over the same views, and nothing else. Both in one process, in turn, with a warm
file cache. Exit code 1 when the median ratio is above 1.3.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import world
from yuheng import library
from yuheng.content.libraryshape import full_sql
from yuheng.lake import DuckEngine
from yuheng.library.build import day_param
from yuheng.library.libraries import LAYER, _register_inputs, _Work
from yuheng.library.slices import no_leases
from yuheng.pipeline import Workspace, rate, usable_models
from yuheng.pipeline.libraries import ensure_libraries, register_rating
from yuheng.sql import compile_sql, literal

BUDGET = 1.3


def prepared(root: Path, day: date) -> None:
    """Rates the day, so that everything the libraries read is there."""
    with Workspace.open(root) as ws, ws.engine() as engine:
        library.build(engine, ws.lake, ws.store, day, leases=ws.lease)
        rate(ws, engine, day, models=usable_models(ws))


def program(root: Path, day: date) -> tuple[float, int, dict[str, float]]:
    """Seconds, rows and seconds per library of a build from nothing."""
    shutil.rmtree(root / "lake" / LAYER, ignore_errors=True)
    with Workspace.open(root) as ws, ws.engine() as engine:
        started = time.perf_counter()
        found = ensure_libraries(ws, engine, day)
        spent = time.perf_counter() - started
    return spent, sum(b.rows for b in found), {b.id: b.seconds for b in found}


def reference(root: Path, day: date) -> tuple[float, dict[str, float]]:
    """Seconds of the bare SELECTs, and of each; libraries that are inputs are read from the files just written."""
    each: dict[str, float] = {}
    with Workspace.open(root) as ws, ws.engine() as engine, tempfile.TemporaryDirectory() as out:
        assert isinstance(engine, DuckEngine)
        order = [x for x in library.library_order(ws.store) if x.sql]
        work = _Work(engine, ws.lake, ws.store, day, no_leases, register_rating(ws, engine, day))
        _register_inputs(work, order, None)
        con = engine.connection
        for one in order:
            sql = full_sql(one)
            text = compile_sql(sql, params=day_param(sql, day), macros=ws.store.macros)
            path = Path(out) / f"{one.table}.parquet"
            started = time.perf_counter()
            con.execute(
                f"copy ({text}) to {literal(str(path))} "
                "(format parquet, compression zstd, compression_level 1, row_group_size 122880)"
            )
            each[one.id] = time.perf_counter() - started
            con.execute(f"create or replace view {one.table} as select * from {literal(str(path))}")
    return sum(each.values()), each


def main() -> int:
    """Command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--root", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, default=world.AS_OF)
    options = parser.parse_args()
    root = options.root or Path(__file__).parent / "data" / f"library-{options.enterprises}"
    if not (root / "yuheng.toml").is_file():
        world.make(root, options.enterprises)
    prepared(root, options.as_of)
    ours, bare = [], []
    for _ in range(options.runs):
        seconds, rows, each = program(root, options.as_of)
        ours.append(seconds)
        seconds, single = reference(root, options.as_of)
        bare.append(seconds)
        print(f"program {ours[-1]:.2f} s, {rows:,} rows; bare SELECTs {bare[-1]:.2f} s", flush=True)
    for name in sorted(each, key=lambda n: -each[n])[:12]:
        print(f"  {name} {each[name]:.2f} s, bare {single.get(name, 0):.2f} s")
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    print(f"ratio {ratio:.2f} (budget {BUDGET})")
    return 0 if ratio <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
