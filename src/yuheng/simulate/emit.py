"""Writing the feeds: rows of a block become text in SQL, and are appended to their monthly files."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from yuheng.errors import DataError
from yuheng.simulate.broken import broken_lines
from yuheng.simulate.clock import MISSING, Clock
from yuheng.simulate.dirt import Counts, Rows, Spoiler, take
from yuheng.simulate.params import Ints
from yuheng.simulate.rng import Streams
from yuheng.simulate.spec import DirtDays, FeedSpec
from yuheng.simulate.workbook import Parts

CHUNK = 250_000
_OWNER = {"h": "f", "l": "k", "m": "f", "o": "f", "q": "p"}
_INDEX = {
    "a": "addr", "f": "firm", "h": "holder", "k": "worker", "l": "mate", "m": "maker", "o": "owner", "p": "person",
    "q": "person_before",
}  # fmt: skip
_MACROS = """
create macro iso(d) as cast(d as varchar);
create macro compact(d) as strftime(d, '%Y%m%d');
create macro slash(d) as strftime(d, '%Y/%-m/%-d');
create macro cn(d) as strftime(d, '%Y年%-m月%-d日');
create macro ts(d, s) as cast(cast(d as timestamp) + to_seconds(s) as varchar);
create macro m2(x) as cast(cast(x as decimal(18, 2)) as varchar);
create macro m4(x) as cast(cast(x as decimal(18, 4)) as varchar);
create macro yn(f) as case f when 1 then 'Y' when 0 then 'N' end;
create macro qtext(t) as case when t is null then '' else concat('"', replace(t, '"', '""'), '"') end;
create macro jtext(t) as case when t is null then 'null' else concat('"', replace(t, '"', '\\"'), '"') end;
"""


class Emitter:
    """Appends rows to the files of all feeds. One emitter writes one directory; blocks come one after another."""

    def __init__(
        self, root: Path, feeds: Mapping[str, FeedSpec], days: DirtDays, clock: Clock, *, header: bool
    ) -> None:
        self.root = root
        self.feeds = feeds
        self.clock = clock
        self.counts = {name: Counts() for name in feeds}
        self._spoiler = Spoiler(clock, days)
        self._books: dict[str, Parts] = {}
        self._db = duckdb.connect(config={"threads": 1})
        self._db.execute("set enable_progress_bar = false")
        self._db.execute(_MACROS)
        for spec in feeds.values():
            self._open(spec, header)

    def file(self, spec: FeedSpec, number: int) -> Path:
        """The file of a delivery: 0 is the opening stock."""
        name = f"{spec.feed}_{self.clock.labels[number]}.{spec.suffix}"
        return self.root / spec.source / spec.feed / name

    def part(self, spec: FeedSpec, number: int) -> Path:
        """Where the rows of a workbook wait until all blocks are done."""
        return self.file(spec, number).with_suffix(".arrow")

    def write(self, name: str, rows: Rows, lookups: Mapping[str, pa.Table], streams: Streams) -> None:
        """Deliver the true `rows` to the feed `name`; `lookups`: a addresses, f firms, k persons in no
        register, p persons, w words."""
        spec, counts = self.feeds[name], self.counts[name]
        if not len(rows["key"]):
            return
        rows = self._spoiler.deliver(spec, rows, streams, counts)
        files = rows["file"].astype(np.int64)
        for low in range(0, len(files), CHUNK):
            part = take(rows, np.arange(low, min(low + CHUNK, len(files))))
            self._db.register("rows", table_of(spec, part, lookups))
            self._append(spec, self._db.sql(spec.select()).to_arrow_table(), part["file"].astype(np.int64))
        for number, count in zip(*np.unique(files, return_counts=True), strict=True):
            label = self.clock.labels[int(number)]
            counts.rows[label] = counts.rows.get(label, 0) + int(count)
        if spec.encoding != "X":
            self._break(spec, rows, lookups, streams, counts)

    def close(self) -> None:
        """Store the parts of the workbooks and release the engine."""
        for name, book in self._books.items():
            spec = self.feeds[name]
            book.store([self.part(spec, number) for number in range(self.clock.months + 1)])
        self._db.close()

    def _open(self, spec: FeedSpec, header: bool) -> None:
        (self.root / spec.source / spec.feed).mkdir(parents=True, exist_ok=True)
        if spec.encoding == "X":
            self._books[spec.name] = Parts(self.clock.months + 1)
            return
        first = (",".join(spec.header) + "\n").encode() if header and spec.encoding != "J" else b""
        for number in range(self.clock.months + 1):
            self.file(spec, number).write_bytes(first)

    def _append(self, spec: FeedSpec, table: pa.Table, files: Ints) -> None:
        """`files` ascends; every run of one number goes to one file."""
        if spec.encoding == "X":
            self._books[spec.name].add(table, files)
            return
        low = 0
        for chunk in table.column("line").chunks:
            part = files[low : low + len(chunk)]
            starts = np.concatenate(([0], np.flatnonzero(np.diff(part)) + 1, [len(part)]))
            text, offsets = _buffer(chunk)
            for a, b in pairwise(starts):
                self._put(spec, int(part[a]), text[int(offsets[a]) : int(offsets[b])])
            low += len(chunk)

    def _put(self, spec: FeedSpec, number: int, text: memoryview) -> None:
        body: bytes | memoryview = text
        if spec.encoding == "G":
            body = str(text, "utf-8").encode("gb18030")
        with self.file(spec, number).open("ab") as file:
            file.write(body)

    def _break(
        self, spec: FeedSpec, rows: Rows, lookups: Mapping[str, pa.Table], streams: Streams, counts: Counts
    ) -> None:
        rng = streams.of(f"broken/{spec.name}")
        chosen = np.flatnonzero(rng.random(len(rows["key"])) < spec.malformed)
        if not len(chosen):
            return
        part = take(rows, chosen)
        self._db.register("rows", table_of(spec, part, lookups))
        lines = self._db.sql(spec.select()).to_arrow_table().column("line").to_pylist()
        for line, number in zip(broken_lines(spec, lines), part["file"].astype(np.int64), strict=True):
            self._put(spec, int(number), memoryview(line.encode()))
            label = self.clock.labels[int(number)]
            counts.malformed[label] = counts.malformed.get(label, 0) + 1


def table_of(spec: FeedSpec, rows: Rows, lookups: Mapping[str, pa.Table]) -> pa.Table:
    """Rows as Arrow, with the texts the feed's SQL names gathered from the lookups."""
    columns: dict[str, pa.Array] = {}
    for name, values in rows.items():
        if name == "stamp" or name.endswith("_day"):
            days = values.astype(np.int32)
            columns[name] = pa.array(days, mask=days == MISSING).cast(pa.date32())
        elif values.dtype.kind == "f":
            columns[name] = pa.array(values, from_pandas=True)
        else:
            columns[name] = pa.array(values)
    for letter, names in spec.gather.items():
        for name in names:
            at = rows.get(name if letter == "w" else _INDEX[letter])
            if at is None:
                raise DataError(f"The feed {spec.name} names {letter}_{name}, but its rows have no index for it.")
            texts = lookups[f"w_{name}"]["text"] if letter == "w" else lookups[_OWNER.get(letter, letter)][name]
            columns[f"{letter}_{name}"] = texts.take(pa.array(at.astype(np.int64), mask=at.astype(np.int64) < 0))
    return pa.table(columns)


def _buffer(chunk: pa.StringArray) -> tuple[memoryview, Ints]:
    wide = chunk.type == pa.large_string()
    _, offsets, data = chunk.buffers()
    positions = np.frombuffer(offsets, dtype=np.int64 if wide else np.int32)[
        chunk.offset : chunk.offset + len(chunk) + 1
    ]
    return memoryview(data), positions.astype(np.int64)
