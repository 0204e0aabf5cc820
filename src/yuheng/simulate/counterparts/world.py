"""The rows a simulated world delivered, feed by feed, for servers that give them out over other transports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pa_csv

from yuheng.content import ContentStore
from yuheng.content.schema import Feed, Source
from yuheng.errors import DataError, UsageError
from yuheng.sql import identifier, literal


@dataclass(frozen=True)
class World:
    """An inbox as the simulation wrote it, and the declarations of its feeds."""

    inbox: Path
    store: ContentStore

    @classmethod
    def open(cls, folder: Path, store: ContentStore) -> World:
        """The world in `folder`: an inbox, or a folder that holds one. Raises UsageError when it is neither."""
        inbox = folder / "inbox" if (folder / "inbox").is_dir() else folder
        if not inbox.is_dir() or not any(path.name in store.sources for path in inbox.iterdir()):
            raise UsageError(f"{folder} holds no simulated inbox.", todo="Run `yuheng simulate` first.")
        return cls(inbox.resolve(), store)

    def feeds(self, kind: str) -> list[tuple[Source, Feed]]:
        """The feeds that are pulled in this way, by source, then as they are declared."""
        found = []
        for source in sorted(self.store.sources.values(), key=lambda s: s.id):
            found += [(source, feed) for feed in source.feeds if feed.pull is not None and feed.pull.kind == kind]
        return found

    def files(self, source: str, feed: str) -> list[Path]:
        """The files of a feed in the order of delivery; none where the world has no such feed."""
        folder = self.inbox / source / feed
        return sorted(p for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []

    def rows(self, source: str, feed: Feed) -> pa.Table:
        """The well-formed rows of a feed in the order of delivery: its columns as texts, null where empty."""
        parts = [_read(path, feed) for path in self.files(source, feed.id)]
        empty = pa.schema([(c, pa.string()) for c in feed.columns]).empty_table()
        return pa.concat_tables([part.select(feed.columns).cast(empty.schema) for part in [empty, *parts]])


def _read(path: Path, feed: Feed) -> pa.Table:
    match feed.format.kind:
        case "csv":
            return _csv(path, feed)
        case "jsonl":
            return _jsonl(path, feed)
        case "xlsx":
            return _xlsx(path)
    raise DataError(f"{path}: counterparts cannot read {feed.format.kind}.")


def _csv(path: Path, feed: Feed) -> pa.Table:
    """Records of one line each; those with other quotes or numbers of fields than CSV has are left out."""
    text = path.read_bytes().decode(feed.format.encoding)
    head, _, body = text.partition("\n")
    names = [name.strip() for name in head.split(feed.format.delimiter)]
    lines = pa.array(body.split("\n"), pa.large_string())
    good = lines.filter(pc.match_substring_regex(lines, _sound(len(names), feed.format.delimiter)))
    columns: dict[str, pa.DataType] = dict.fromkeys(names, pa.string())
    if not len(good):
        return pa.schema(list(columns.items())).empty_table()
    return pa_csv.read_csv(
        pa.BufferReader("\n".join(good.to_pylist()).encode()),
        pa_csv.ReadOptions(column_names=names, use_threads=False),
        pa_csv.ParseOptions(delimiter=feed.format.delimiter),
        pa_csv.ConvertOptions(
            column_types=columns, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True
        ),
    )


@lru_cache(maxsize=100)
def _sound(fields: int, delimiter: str) -> str:
    plain = f'(?:[^"\\{delimiter}\r]*|"(?:[^"]|"")*")'
    return f"^{plain}(?:\\{delimiter}{plain}){{{fields - 1}}}\r?$" if fields > 1 else f"^{plain}\r?$"


def _jsonl(path: Path, feed: Feed) -> pa.Table:
    lines = pa.table({"line": pa.array(path.read_text(encoding="utf-8").split("\n"), pa.string())})
    picked = ", ".join(
        f"""nullif(json_extract_string(line, {literal(f'$."{c}"')}), '') as {identifier(c)}""" for c in feed.columns
    )
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("set enable_progress_bar = false")
        con.register("lines", lines)
        whole = "case when json_valid(line) then json_type(line) = 'OBJECT' else false end"
        return con.sql(f"select {picked} from lines where {whole}").to_arrow_table()


def _xlsx(path: Path) -> pa.Table:
    from openpyxl import load_workbook  # slow to load, and few feeds are workbooks

    book = load_workbook(path, read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    names = [str(name) for name in rows[0]]
    cells = list(zip(*rows[1:], strict=True)) if len(rows) > 1 else [()] * len(names)
    return pa.table(
        {
            name: pa.array([None if v in (None, "") else str(v) for v in cells[i]], pa.string())
            for i, name in enumerate(names)
        }
    )
