"""A worker's share of a simulation: a run of blocks, written to one folder, in the calling process or in its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from yuheng.simulate.clock import Clock
from yuheng.simulate.declared import feeds as declared_feeds
from yuheng.simulate.dirt import Counts, Rows
from yuheng.simulate.emit import Emitter
from yuheng.simulate.events import feeds as event_feeds
from yuheng.simulate.params import Params
from yuheng.simulate.population import World, populate
from yuheng.simulate.province import registered
from yuheng.simulate.registry import key_to_originals, world_of
from yuheng.simulate.rng import Streams
from yuheng.simulate.spec import load_feeds
from yuheng.simulate.truth import observed


@dataclass(frozen=True)
class Job:
    """Blocks from `first` with as many firms each as `sizes` say; `folder` takes inbox and truth of this share.

    `register` is a real register as one Parquet file, whose firms are to be faked with `key` (hex)."""

    folder: str
    parameters: str
    seed: int
    end: str
    months: int
    others: float
    first: int
    sizes: tuple[int, ...]
    register: str = ""
    key: str = ""

    def text(self) -> str:
        """As JSON, to hand to another process."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Job:
        """From JSON."""
        body = json.loads(text)
        return cls(**{**body, "sizes": tuple(body["sizes"])})


def work(job: Job, done: Callable[[int], None]) -> None:
    """Write the blocks of a job; `done` hears the number of each finished block."""
    params = Params(Path(job.parameters))
    clock = Clock(params, date.fromisoformat(job.end), job.months)
    feeds, days = load_feeds(params.home)
    folder = Path(job.folder)
    folder.mkdir(parents=True)
    emitter = Emitter(folder / "inbox", feeds, days, clock, header=job.first == 0)
    oracle: list[np.ndarray[tuple[int, ...], np.dtype[np.int64]]] = []
    writers: dict[str, pq.ParquetWriter] = {}
    for number, size in enumerate(job.sizes, start=job.first):
        world = _world(job, params, clock, number, size)
        block, rows = registered(world)
        rows |= event_feeds(block, rows)
        rows |= declared_feeds(block, rows)
        _emit(emitter, rows, world)
        *tables, counts = observed(block, rows)
        oracle.append(counts)
        named = dict(zip(("firms", "labels"), tables, strict=True))
        if job.register:
            named["population"] = key_to_originals(Path(job.register), world, size)
        for name, table in named.items():
            if name not in writers:
                writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", table.schema, compression="zstd")
            writers[name].write_table(table)
        done(number)
    for writer in writers.values():
        writer.close()
    emitter.close()
    np.save(folder / "oracle.npy", np.sum(oracle, axis=0))
    (folder / "counts.json").write_text(json.dumps({name: asdict(c) for name, c in emitter.counts.items()}))


def _world(job: Job, params: Params, clock: Clock, number: int, size: int) -> World:
    streams = Streams(job.seed, number)
    if job.register:
        return world_of(Path(job.register), bytes.fromhex(job.key), params, clock, streams, size)
    return populate(params, clock, streams, size, others=job.others)


def _emit(emitter: Emitter, rows: dict[str, Rows], world: World) -> None:
    for name in emitter.feeds:
        if name in rows:
            emitter.write(name, rows[name], world.block.lookups, world.block.streams)


def merged(parts: list[dict[str, dict[str, dict[str, int]]]]) -> dict[str, Counts]:
    """The counts of all shares together."""
    total: dict[str, Counts] = {}
    for part in parts:
        for name, body in part.items():
            counts = total.setdefault(name, Counts())
            for into, what in ((counts.rows, "rows"), (counts.malformed, "malformed"), (counts.dirt, "dirt")):
                for key, value in body[what].items():
                    into[key] = into.get(key, 0) + value
    return total


def main() -> None:
    """Read a job from the standard input; print the number of each finished block."""
    work(Job.of(sys.stdin.read()), lambda number: print(number, flush=True))  # noqa: T201
