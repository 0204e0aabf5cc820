"""`yuheng rate` against the hand-tuned script: time, ratio, peak memory, and equality row by row.

python bench/bench_rate.py [--enterprises 20000] [--runs 3] [--folder bench/data]

The world is made once per size. Both run as fresh processes with a warm file cache, in turn; the program starts from
standard tables alone each time (its derived tables and ratings are removed before). Exit code 1 when the results differ
or the median ratio is above 1.3.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

import world
from yuheng.pipeline import Workspace, usable_models
from yuheng.rating import Model

BENCH = Path(__file__).parent
BUDGET = 1.3
CODES = ("ent_type", "sensitive_industry", "report_calendar", "license_requirement", "repair_rule", "workday")


@dataclass(frozen=True)
class Run:
    """One process from outside."""

    seconds: float
    cpu: float
    peak_mb: float


def timed(command: list[str], log: Path) -> Run:
    """Runs a command to its end. Raises CalledProcessError when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _peak(process.pid))
            time.sleep(0.02)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, log.read_text(encoding="utf-8")[-2000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, cpu, peak)


def _peak(pid: int) -> float:
    """Peak resident memory of a living process, MB."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmHWM")), 0.0)


def specification(root: Path, out: Path) -> Path:
    """Files, code lists and models for the script, as JSON."""
    with Workspace.open(root) as ws:
        files = {n: [str(p) for p in ws.lake.table("standard", n).files()] for n in ws.store.standard}
        codes = {}
        for name in CODES:
            codes[name] = str(out / f"{name}.parquet")
            pq.write_table(ws.store.code_lists[name], codes[name])
        numbers: dict[str, object] = {}
        for grading in ws.store.gradings.values():
            numbers |= _numbers(grading.id, usable_models(ws)(grading))
    path = out / "reference.json"
    path.write_text(json.dumps({"files": files, "codes": codes, "numbers": numbers}), encoding="utf-8")
    return path


def _numbers(name: str, model: Model) -> dict[str, object]:
    bounds = model.knots.raw[1:-1]
    pieces = [
        f"{s0!r}::double + (score_raw - {r0!r}::double) * {slope!r}::double" for r0, s0, slope in model.knots.pieces
    ]
    branches = " ".join(f"when score_raw < {b!r}::double then {p}" for b, p in zip(bounds, pieces, strict=False))
    weights = {f"w.{name}.{i}": units for i, units in model.weights.items()}
    knots = f"case {branches} else {pieces[-1]} end" if branches else pieces[-1]
    rest = {"knots": knots, "top": model.knots.score[-1], "version": model.version, "content": model.content_version}
    return weights | {f"{key}.{name}": value for key, value in rest.items()}


def differences(root: Path, out: Path) -> dict[str, int]:
    """Column -> rows in which program and script differ; 'rows' counts rows only one of them has."""
    lake = root / "lake" / "rating"
    day = f"slice={world.AS_OF.isoformat()}"
    pairs = {"indicator_value": [out / "values.parquet"], "grade": sorted(out.glob("grades_*.parquet"))}
    con = duckdb.connect(config={"memory_limit": "6GB", "threads": 2, "temp_directory": str(out / "spill")})
    found: dict[str, int] = {}
    for name, theirs in pairs.items():
        ours = [str(p) for p in sorted((lake / name / day).glob("*.parquet"))]
        a = f"read_parquet({ours}, hive_partitioning = false)"
        b = f"read_parquet({[str(p) for p in theirs]})"
        columns = con.sql(f"select * from {a} limit 0").columns
        tests = ", ".join(f"count(*) filter (where x.{c} is distinct from y.{c}) as {c}" for c in columns)
        row = con.execute(f"select {tests}, count(*) filter (where x.ent_id is null or y.ent_id is null) as rows "
                          f"from {a} x full join {b} y on y.ent_id = x.ent_id").fetchall()[0]  # fmt: skip
        found |= {f"{name}.{c}": n for c, n in zip([*columns, "rows"], row, strict=True) if n}
        rows, firms = con.execute(f"select count(*), count(distinct ent_id) from {a}").fetchall()[0]
        found |= {f"{name}.repeated": rows - firms} if rows != firms else {}
    return found


def bench(root: Path, out: Path, runs: int) -> tuple[list[Run], list[Run]]:
    """Alternating runs of program and script."""
    spec = specification(root, out)
    yuheng = [
        str(Path(sys.executable).with_name("yuheng")),
        "rate",
        "--dir",
        str(root),
        "--as-of",
        world.AS_OF.isoformat(),
    ]
    script = [sys.executable, str(BENCH / "reference_rate.py"), str(spec), str(out)]
    ours, theirs = [], []
    for number in range(runs + 1):
        for layer in ("derived", "rating"):
            shutil.rmtree(root / "lake" / layer, ignore_errors=True)
        a, b = timed(yuheng, out / "yuheng.log"), timed(script, out / "reference.log")
        note = "warm-up, not counted" if number == 0 else f"ratio {a.seconds / b.seconds:.2f}"
        print(f"  yuheng {a.seconds:7.1f} s (cpu {a.cpu:6.1f}, {a.peak_mb:5.0f} MB)   script {b.seconds:7.1f} s "
              f"(cpu {b.cpu:6.1f}, {b.peak_mb:5.0f} MB)   {note}", flush=True)  # fmt: skip
        if number:
            ours.append(a)
            theirs.append(b)
    return ours, theirs


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enterprises", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=BENCH / "data")
    args = parser.parse_args()
    root, out = args.folder / f"rate-{args.enterprises}", args.folder / f"rate-{args.enterprises}-out"
    if not root.exists():
        rows = world.make(root, args.enterprises, quiet=True)
        print(f"made {args.enterprises:,} enterprises with {rows:,} event rows")
    out.mkdir(parents=True, exist_ok=True)
    ours, theirs = bench(root, out, args.runs)
    wrong = differences(root, out)
    ratios = [a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True)]
    print(f"{args.enterprises:,} enterprises: yuheng {statistics.median(r.seconds for r in ours):.1f} s, "
          f"script {statistics.median(r.seconds for r in theirs):.1f} s, ratio {statistics.median(ratios):.2f} "
          f"({min(ratios):.2f}-{max(ratios):.2f}), peak {max(r.peak_mb for r in ours):.0f} MB, "
          f"{'equal' if not wrong else f'DIFFERENT: {wrong}'}")  # fmt: skip
    sys.exit(1 if wrong or statistics.median(ratios) > BUDGET else 0)


if __name__ == "__main__":
    main()
