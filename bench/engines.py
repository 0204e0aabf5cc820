"""The whole main job on DuckDB and on Spark, from the same inbox: every table of the lake must be equal, row for row.

    python bench/engines.py [--enterprises 20000] [--months 24] [--folder DIR]

Simulates a province, deploys it twice with one key, runs `yuheng run` with each engine, and compares standard tables,
quarantine, firm identities, derived tables, values, points, scores and grades, models and the office's batches.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.faults.state import State, state_of
from tests.province import END, deploy

from yuheng.simulate import simulate

ENGINES = ("duckdb", "spark")


def run(root: Path, engine: str, day: date) -> float:
    """Seconds `yuheng run` takes on an engine. Its output goes to run.log beside the deployment."""
    yuheng = Path(sys.executable).with_name("yuheng")
    started = time.perf_counter()
    with root.with_suffix(".log").open("w", encoding="utf-8") as log:
        subprocess.run(
            [yuheng, "run", "--dir", root, "--as-of", day.isoformat()],
            env={**os.environ, "YUHENG_ENGINE": engine}, stdout=log, stderr=log, check=True,
        )  # fmt: skip
    return time.perf_counter() - started


def compare(folder: Path, enterprises: int, months: int) -> list[str]:
    """The places in which the engines differ."""
    simulate(folder / "inbox", enterprises=enterprises, months=months, seed=7, end=END, truth=folder / "truth")
    found: list[State] = []
    for engine in ENGINES:
        root = folder / engine
        deploy(root, folder / "inbox")
        seconds = run(root, engine, END)
        found.append(state_of(root))
        print(f"{engine}: {seconds:.0f} s", flush=True)
    rows = sum(n for place, (n, _) in found[0].parts.items() if place.startswith("standard/"))
    print(f"{len(found[0].parts)} places compared, {rows:,} rows of standard tables")
    return found[0].differences(found[1])


def main() -> None:
    """Command line: prints what differs; exit code 1 when anything does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enterprises", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="engines-"))
    try:
        wrong = compare(folder, options.enterprises, options.months)
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(wrong) if wrong else "equal")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
