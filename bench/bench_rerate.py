"""Re-rating single firms after one new event each: p50, p95, p99, and equality to the full run on the same features.

python bench/bench_rerate.py [--enterprises 20000] [--firms 300] [--root DEPLOYMENT --as-of DAY]

Without --root the world of bench_rate is taken (made when absent) and rated once. Each firm gets one new record of a
table drawn by its number, a copy of some record there. Then all records are put into a copy of the lake and the full
plan runs over all firms with the same feature tables; values, points, scores and grades must be equal. Exit code 1
when p95 is above 100 ms or anything differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

BENCH = Path(__file__).parent
sys.path.insert(0, str(BENCH.parent))

from tests.pipeline.live_world import Row, append, different, full_run, newest  # noqa: E402

import world  # noqa: E402
from yuheng.pipeline import Live, Rerated, Workspace, rate, usable_models  # noqa: E402
from yuheng.pipeline.live_store import live_store, parts_of  # noqa: E402
from yuheng.pipeline.rate import grade_table, register_grades  # noqa: E402

BUDGET_MS = 100.0
Event = tuple[str, Row]


def events(ws: Workspace, day: date, count: int) -> dict[int, Event]:
    """Firm -> one new record; firms and tables are drawn by hash, so every run has the same."""
    tables = [t for t in parts_of(ws.store).standard if ws.store.standard[t].entity and t != "ent_registration"]
    with ws.engine() as engine:
        register_grades(ws, engine, day)
        sql = f"select ent_id from grade order by hash(ent_id), ent_id limit {count}"
        firms = engine.query(sql)["ent_id"].to_pylist()
    records = {table: row for table in tables if (row := newest(ws, table, day)) is not None}
    names = sorted(records)
    drawn = [names[number % len(names)] for number in range(len(firms))]
    return {
        e: (t, {**records[t], "ent_id": e, "source_key": f"NEW-{e}", "known_from": day, "link_basis": "USCC"})
        for e, t in zip(firms, drawn, strict=True)
    }


def timed(live: Live, made: Mapping[int, Event]) -> tuple[dict[int, Rerated], list[float], list[float]]:
    """Results, wall and processor milliseconds per firm; a few firms before warm up and do not count."""
    for ent_id in list(made)[:5]:
        live.rerate(ent_id)
    found, wall, cpu = {}, [], []
    for ent_id, (table, row) in made.items():
        started, used = time.perf_counter(), time.process_time()
        found[ent_id] = live.rerate(ent_id, {table: [row]})
        wall.append((time.perf_counter() - started) * 1e3)
        cpu.append((time.process_time() - used) * 1e3)
    return found, wall, cpu


def wrong(root: Path, day: date, made: Mapping[int, Event], found: Mapping[int, Rerated]) -> dict[int, list[object]]:
    """Firm -> what the full run over a lake with the records has otherwise."""
    with tempfile.TemporaryDirectory(dir=root.parent) as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(root, copy, copy_function=_linked)
        with Workspace.open(copy) as ws:
            for table in sorted({table for table, _ in made.values()}):
                append(ws, table, [row for name, row in made.values() if name == table])
            with ws.engine() as engine:
                values, grades = full_run(ws, engine, day, day, only=list(found))
    compared = {e: different(r, values.get(e), grades.get(e)) for e, r in found.items()}
    return {e: list(d) for e, d in compared.items() if d}


def _linked(source: str, target: str) -> None:
    """Lake files are never changed in place: a link is a copy. The office's database is."""
    if source.endswith(".parquet"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enterprises", type=int, default=20_000)
    parser.add_argument("--firms", type=int, default=300)
    parser.add_argument("--root", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, default=world.AS_OF)
    args = parser.parse_args()
    root = args.root or BENCH / "data" / f"rate-{args.enterprises}"
    if not root.exists():
        world.make(root, args.enterprises, quiet=True)
    with Workspace.open(root) as ws:
        if args.as_of.isoformat() not in grade_table(ws).slices():
            with ws.engine() as engine:
                rate(ws, engine, args.as_of, models=usable_models(ws))
        made = events(ws, args.as_of, args.firms)
        written, opened = _open_times(ws, args.as_of)
        with Live(ws, args.as_of) as live:
            found, wall, cpu = timed(live, made)
    differing = wrong(root, args.as_of, made, found)
    p95 = _report(ws, args.as_of, wall, cpu, written, opened)
    moved = sum(bool(r.changed) for r in found.values())
    print(f"{moved} of {len(found)} firms changed; {'equal to the full run' if not differing else 'DIFFERENT'}")
    for ent_id, columns in list(differing.items())[:5]:
        print(f"  {ent_id} ({made[ent_id][0]}): {columns[:4]}")
    sys.exit(1 if differing or p95 > BUDGET_MS else 0)


def _open_times(ws: Workspace, day: date) -> tuple[float, float]:
    """Seconds to write the live store (almost none when it stands) and to open it."""
    started = time.perf_counter()
    live_store(ws, day)
    written = time.perf_counter() - started
    started = time.perf_counter()
    Live(ws, day).close()
    return written, time.perf_counter() - started


def _report(
    ws: Workspace, day: date, wall: Sequence[float], cpu: Sequence[float], written: float, opened: float
) -> float:
    size = (ws.deployment.serving / f"live-{day.isoformat()}.duckdb").stat().st_size / 1e6
    cuts, used = (statistics.quantiles(times, n=100, method="inclusive") for times in (wall, cpu))
    print(f"store {size:,.0f} MB, written or checked in {written:.1f} s, opened in {opened:.1f} s")
    for name, c in (("wall", cuts), ("processor", used)):
        print(f"  {name:9s} p50 {c[49]:6.1f} ms   p95 {c[94]:6.1f} ms   p99 {c[98]:6.1f} ms")
    return cuts[94]


if __name__ == "__main__":
    main()
