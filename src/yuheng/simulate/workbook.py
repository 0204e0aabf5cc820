"""The small feeds that come as XLSX: gathered, and written at the end, byte-equal for equal content."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
from openpyxl import Workbook as Book

from yuheng.simulate.params import Ints
from yuheng.simulate.spec import FeedSpec

LIMIT = 1_048_575
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


class Parts:
    """Keeps the rows of one feed per delivery, and stores them as one Arrow file for the workbook to be made of."""

    def __init__(self, deliveries: int) -> None:
        self._parts: list[list[pa.Table]] = [[] for _ in range(deliveries)]

    def add(self, table: pa.Table, files: Ints) -> None:
        """Rows of a block with the number of their delivery (ascending)."""
        for number in np.unique(files):
            low, high = np.searchsorted(files, [number, number + 1])
            self._parts[int(number)].append(table.slice(int(low), int(high - low)))

    def store(self, paths: list[Path]) -> None:
        """One Arrow file per delivery that has rows."""
        for path, parts in zip(paths, self._parts, strict=True):
            if parts:
                table = pa.concat_tables(parts)
                with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                    writer.write_table(table)


def bind(spec: FeedSpec, path: Path, parts: list[Path]) -> None:
    """One XLSX file of stored parts; rows beyond the sheet limit go on in `<name>_2.xlsx`, `_3` …"""
    columns: list[list[str | None]] = [[] for _ in spec.header]
    for part in parts:
        table = pa.ipc.open_file(part).read_all()
        for into, column in zip(columns, table.columns, strict=True):
            into.extend(column.to_pylist())
    rows = list(zip(*columns, strict=True))
    for number, low in enumerate(range(0, max(len(rows), 1), LIMIT), start=1):
        target = path if number == 1 else path.with_name(f"{path.stem}_{number}{path.suffix}")
        write_sheet(target, spec.header, rows[low : low + LIMIT])


def write_sheet(path: Path, header: list[str], rows: Iterable[tuple[str | None, ...]]) -> None:
    """One sheet; the archive carries no clock time, so equal rows give equal bytes."""
    book = Book(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(header)
    for row in rows:
        sheet.append(row)
    raw = io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            body = _STAMP.sub(rb"\g<1>2000-01-01T00:00:00Z", old.read(info.filename))
            new.writestr(zipfile.ZipInfo(info.filename, (2000, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
