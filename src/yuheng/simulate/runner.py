"""Simulate a province: blocks shared out over processes, joined in their order, put in place whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

import numpy as np

from yuheng.crypto import new_key
from yuheng.errors import DataError, UsageError
from yuheng.simulate.clock import Clock
from yuheng.simulate.dirt import Counts
from yuheng.simulate.job import Job, merged, work
from yuheng.simulate.params import HOME, Params
from yuheng.simulate.registry import BLOCK_ROWS, read_register
from yuheng.simulate.spec import FeedSpec, load_feeds
from yuheng.simulate.truth import gather, oracle
from yuheng.simulate.workbook import bind

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Summary:
    """What was written: `rows` and `broken` lines in the inbox, `oracle` the declared limits of foresight."""

    target: Path
    truth: Path
    enterprises: int
    blocks: int
    end: date
    months: int
    files: int
    rows: int
    broken: int
    oracle: dict[str, object]


def simulate(
    target: Path,
    *,
    enterprises: int,
    months: int = 24,
    seed: int = 1,
    end: date | None = None,
    others: float = 1.0,
    truth: Path | None = None,
    population: Path | None = None,
    key: Path | None = None,
    workers: int = 0,
    progress: Progress | None = None,
    parameters: Path | None = None,
) -> Summary:
    """Write the inbox of a province to `target` and what is true to `truth` (default: a folder `truth` beside it).

    `enterprises` are on the register at the end, with `months` of deliveries up to the month end `end` (default: the
    last one that has passed); self-employed and cooperatives come in proportion, times `others`. Equal arguments give
    equal bytes, whatever the number of `workers` (0: one per core). Neither folder may exist with content.
    With `population`, a folder of extracts of a real register, its firms are simulated (`enterprises` of them by lot,
    0: all) under fakes that only the key in `truth` turns back: a new one, or that of the file `key` (hex).
    Raises UsageError on wrong arguments and DataError when the inbox cannot be written.
    """
    target = Path(target)
    truth = Path(truth) if truth else target.parent / "truth"
    params = Params(parameters or HOME)
    plan = _plan(params, enterprises, months, seed, end, others, population is not None)
    for folder in (target, truth):
        _must_be_free(folder)
    room = target.with_name(target.name + ".unfinished")
    shutil.rmtree(room, ignore_errors=True)
    try:
        room.mkdir(parents=True)
        (room / "truth").mkdir()
        if population is not None:
            plan = _of_register(params, plan, Path(population), key, room, enterprises)
        shares = _shared_out(plan, room, _cores(workers))
        _run(shares, len(plan.sizes), progress or _silent)
        summary = _join(params, plan, shares, target, truth, progress or _silent)
        _put(room / "share-0" / "inbox", target)
        _put(room / "truth", truth)
    except OSError as error:
        raise DataError(f"The simulated inbox {target} could not be written: {error}.") from error
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return summary


def last_month_end(today: date) -> date:
    """The last month end before a day."""
    return today.replace(day=1) - timedelta(days=1)


def _plan(
    params: Params,
    enterprises: int,
    months: int,
    seed: int,
    end: date | None,
    others: float,
    real: bool,
) -> Job:
    if enterprises < (0 if real else 1):
        raise UsageError("The number of enterprises must be at least 1.", todo="Use --enterprises 20000, for example.")
    if others < 0:
        raise UsageError("The share of other entities must not be negative.", todo="1 is the share of the province.")
    end = end or last_month_end(datetime.now(tz=UTC).astimezone().date())
    Clock(params, end, months)
    block = params.integer("population", "block")
    full, rest = divmod(enterprises, block)
    sizes = (block,) * full + ((rest,) if rest else ())
    return Job("", str(params.home), seed, end.isoformat(), months, others, 0, sizes)


def _of_register(params: Params, plan: Job, folder: Path, key: Path | None, room: Path, limit: int) -> Job:
    """The plan with the firms of a real register, read once into `room`; its key goes to the truth."""
    secret = key.read_text(encoding="ascii").strip() if key else new_key().hex()
    try:
        bytes.fromhex(secret)
    except ValueError as error:
        raise UsageError(f"{key} is not a key in hex.", todo="Use the key.hex of an earlier truth.") from error
    (room / "truth" / "key.hex").write_text(secret + "\n", encoding="ascii")
    firms = read_register(folder, params, room / "register.parquet", limit=limit, seed=plan.seed)
    full, rest = divmod(firms, BLOCK_ROWS)
    sizes = (BLOCK_ROWS,) * full + ((rest,) if rest else ())
    return replace(plan, sizes=sizes, register=str(room / "register.parquet"), key=secret)


def _must_be_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} already has content.", todo="Name a new folder; nothing is ever overwritten.")


def _cores(workers: int) -> int:
    return workers if workers > 0 else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _shared_out(plan: Job, room: Path, workers: int) -> list[Job]:
    """Runs of neighbouring blocks, one per worker, of about equal length."""
    count = max(1, min(workers, len(plan.sizes)))
    bounds = [len(plan.sizes) * i // count for i in range(count + 1)]
    return [
        replace(plan, folder=str(room / f"share-{i}"), first=low, sizes=plan.sizes[low:high])
        for i, (low, high) in enumerate(pairwise(bounds))
    ]


def _silent(what: str, done: int, total: int) -> None:
    """No progress is shown."""


def _run(shares: list[Job], blocks: int, progress: Progress) -> None:
    progress("blocks", 0, blocks)
    if len(shares) == 1:
        finished: list[int] = []

        def count(number: int) -> None:
            finished.append(number)
            progress("blocks", len(finished), blocks)

        work(shares[0], count)
        return
    _run_apart(shares, blocks, progress)


def _run_apart(shares: list[Job], blocks: int, progress: Progress) -> None:
    """One process per share; each prints a line per finished block. When one fails, all are ended."""
    with ExitStack() as stack:
        select = stack.enter_context(DefaultSelector())
        for share in shares:
            process = _started(stack, share)
            if process.stdout is not None:
                select.register(process.stdout, EVENT_READ, (process, share))
        finished = 0
        while select.get_map():
            for key, _ in select.select():
                lines = os.read(key.fd, 4096)
                finished += lines.count(b"\n")
                if lines:
                    progress("blocks", finished, blocks)
                    continue
                select.unregister(key.fileobj)
                _well_ended(*key.data)


def _started(stack: ExitStack, share: Job) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(x for x in sys.path if x)}
    complaints = stack.enter_context(_complaints(share).open("wb"))
    process = subprocess.Popen(
        [sys.executable, "-c", "from yuheng.simulate.job import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env=environment,
    )
    stack.enter_context(process)
    stack.callback(process.kill)
    if process.stdin is not None:
        process.stdin.write(share.text().encode())
        process.stdin.close()
    return process


def _complaints(share: Job) -> Path:
    return Path(f"{share.folder}.err")


def _well_ended(process: subprocess.Popen[bytes], share: Job) -> None:
    if process.wait():
        lines = _complaints(share).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        why = lines[-1] if lines else f"code {process.returncode}"
        raise DataError(f"A worker of the simulation failed: {why}.")


def _join(params: Params, plan: Job, shares: list[Job], target: Path, truth: Path, progress: Progress) -> Summary:
    feeds, _ = load_feeds(params.home)
    clock = Clock(params, date.fromisoformat(plan.end), plan.months)
    folders = [Path(share.folder) for share in shares]
    room = folders[0].parent / "truth"
    counts = merged([json.loads((folder / "counts.json").read_text()) for folder in folders])
    for place, spec in enumerate(feeds.values()):
        progress("files", place, len(feeds))
        _join_feed(spec, _sent(spec, clock, counts[spec.name]), clock, folders)
    progress("files", len(feeds), len(feeds))
    for name in ("firms", "labels", *(("population",) if plan.register else ())):
        gather([folder / f"{name}.parquet" for folder in folders], room / f"{name}.parquet")
    foretold = oracle(params, clock, np.sum([np.load(folder / "oracle.npy") for folder in folders], axis=0))
    _save(room / "oracle.json", foretold)
    _save(room / "counts.json", {"feeds": {n: _counted(feeds[n], clock, c) for n, c in counts.items()}})
    return Summary(
        target=target,
        truth=truth,
        enterprises=sum(plan.sizes),
        blocks=len(plan.sizes),
        end=date.fromisoformat(plan.end),
        months=plan.months,
        files=sum(1 for path in (folders[0] / "inbox").rglob("*") if path.is_file()),
        rows=sum(sum(c.rows.values()) for c in counts.values()),
        broken=sum(sum(c.malformed.values()) for c in counts.values()),
        oracle=foretold,
    )


def _sent(spec: FeedSpec, clock: Clock, counts: Counts) -> list[str]:
    """The deliveries of a feed: all of them, or those with records and the opening stock for one that is quiet."""
    first = clock.labels[0]
    filled = {label for part in (counts.rows, counts.malformed) for label, number in part.items() if number}
    return [label for label in clock.labels if not spec.quiet or label in filled or label == first]


def _join_feed(spec: FeedSpec, sent: list[str], clock: Clock, folders: list[Path]) -> None:
    """Append the files of the later shares to those of the first; workbooks are bound from their parts."""
    for label in clock.labels:
        name = f"{spec.feed}_{label}.{spec.suffix}"
        paths = [folder / "inbox" / spec.source / spec.feed / name for folder in folders]
        if label not in sent:
            for path in paths:
                path.unlink(missing_ok=True)
            continue
        if spec.encoding == "X":
            parts = [path.with_suffix(".arrow") for path in paths]
            parts = [part for part in parts if part.exists()]
            bind(spec, paths[0], parts)
            for part in parts:
                part.unlink()
            continue
        with paths[0].open("ab") as into:
            for path in paths[1:]:
                with path.open("rb") as more:
                    shutil.copyfileobj(more, into, 1 << 22)
                path.unlink()


def _counted(spec: FeedSpec, clock: Clock, counts: Counts) -> dict[str, object]:
    """What an intake of the feed must account for: rows and broken lines per file, faults by kind."""
    files = {
        f"{spec.source}/{spec.feed}/{spec.feed}_{label}.{spec.suffix}": {
            "rows": counts.rows.get(label, 0),
            "broken": counts.malformed.get(label, 0),
        }
        for label in _sent(spec, clock, counts)
    }
    return {"source": spec.source, "feed": spec.feed, "files": files, "faults": dict(sorted(counts.dirt.items()))}


def _save(path: Path, body: dict[str, object]) -> None:
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _put(folder: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.rmdir()
    shutil.move(folder, target)
