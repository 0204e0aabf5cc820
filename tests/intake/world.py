"""A small deployment for tests, and deliveries written the way the sources write them."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from yuheng import intake
from yuheng.content import ContentStore
from yuheng.content.schema import Feed
from yuheng.content.shape import standard_schema
from yuheng.lake import Engine, Lake
from yuheng.office import Office
from yuheng.settings import Deployment

RECEIVED = dt.date(2024, 6, 30)
Row = Mapping[str, str | None]


@dataclass
class World:
    """One deployment with everything an intake needs."""

    deployment: Deployment
    office: Office
    lake: Lake
    engine: Engine
    store: ContentStore

    def feed(self, source: str, feed: str) -> Feed:
        """The declaration of a feed."""
        return next(f for f in self.store.sources[source].feeds if f.id == feed)

    def put(self, source: str, feed: str, name: str, body: bytes) -> Path:
        """A file in the inbox."""
        path = self.deployment.inbox / source / feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    def deliver(self, source: str, feed: str, rows: Sequence[Row], label: str = "202401") -> Path:
        """A well-formed delivery; columns a row does not name are blank."""
        declared = self.feed(source, feed)
        kind = declared.format.kind
        body = jsonl(declared, rows) if kind == "jsonl" else csv_body(declared, rows)
        if kind == "xlsx":
            body = workbook(declared, rows)
        return self.put(source, feed, f"{feed}_{label}.{kind}", body)

    def run(self, **more: object) -> intake.IntakeReport:
        """One run with a fixed day of receipt."""
        received = more.pop("received", RECEIVED)
        return intake.run(
            self.deployment,
            self.office,
            self.lake,
            self.engine,
            self.store,
            received=received,
            **more,  # type: ignore[arg-type]
        )

    def table(self, name: str) -> pa.Table:
        """All versions in a standard table, sorted as stored."""
        table = self.lake.table("standard", name)
        schema = standard_schema(self.store.standard[name])
        self.engine.scan("t", table.files() if table.version() >= 0 else [], schema)
        return self.engine.query("select * from t order by ent_id nulls first, source, source_key, known_from, src_row")

    def rows(self, name: str) -> list[dict[str, object]]:
        """The same as dictionaries."""
        return self.table(name).to_pylist()

    def quarantine(self) -> list[dict[str, object]]:
        """All quarantined records."""
        table = self.lake.table("intake", "quarantine")
        self.engine.scan("q", table.files() if table.version() >= 0 else [], intake.QUARANTINE)
        return self.engine.query("select * from q order by source, feed, src_file, src_row").to_pylist()


def csv_body(feed: Feed, rows: Sequence[Row], *, encoding: str | None = None) -> bytes:
    """CSV with a heading, in the feed's encoding unless another is asked for."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(feed.columns)
    writer.writerows([[row.get(c) or "" for c in feed.columns] for row in rows])
    return text.getvalue().encode(encoding or feed.format.encoding)


def jsonl(feed: Feed, rows: Sequence[Row]) -> bytes:
    """One object per line with all keys."""
    lines = [json.dumps({c: row.get(c) for c in feed.columns}, ensure_ascii=False) for row in rows]
    return "".join(line + "\n" for line in lines).encode()


def workbook(feed: Feed, rows: Sequence[Row]) -> bytes:
    """One sheet."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(list(feed.columns))
    for row in rows:
        sheet.append([row.get(c) for c in feed.columns])
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def gz(body: bytes) -> bytes:
    """Compressed."""
    return gzip.compress(body, mtime=0)


_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def uscc(number: int) -> str:
    """A sound credit code."""
    head = f"91410100MA{number:07d}"
    total = sum(_ALPHABET.index(c) * w for c, w in zip(head, _WEIGHTS, strict=True))
    return head + _ALPHABET[(31 - total % 31) % 31]


def firm(number: int, stamp: str = "2024-01-05 10:00:00", **changes: str | None) -> dict[str, str | None]:
    """A registration as the register writes it."""
    return {
        "PRIPID": f"P{number}",
        "UNISCID": uscc(number),
        "REGNO": f"41010000{number:07d}",
        "ENTNAME": f"郑州市第{number}商贸有限公司",
        "ENTTYPE": "1130",
        "LEREP": f"张{number}",
        "CERTYPE": "1",
        "CERNO": "410101198001010019",
        "REGCAP": "100.00",
        "REGCAPCUR": "156",
        "ESTDATE": "2015-03-01",
        "APPRDATE": "2015-03-01",
        "OPFROM": "2015-03-01",
        "OPTO": "长期",
        "INDUSTRYPHY": "F",
        "INDUSTRYCO": "5219",
        "OPSCOPE": "销售:日用品",
        "DOM": f"郑州市金水区花园路{number}号",
        "DOMDISTRICT": "410105",
        "REGORG": "410105",
        "REGSTATE": "1",
        "EMPNUM": "5",
        "TEL": "13800000000",
        "ENTSIZE": "S",
        "UPDATETIME": stamp,
        "OPFLAG": "I",
        "DATAMARK": "模拟数据",
        **changes,
    }


def penalty(number: int, code: str | None, **changes: str | None) -> dict[str, str | None]:
    """A penalty as the case system writes it; amounts in 元."""
    return {
        "CASENO": f"C{number}",
        "UNISCID": code,
        "PENDECNO": f"豫市监罚〔2023〕{number}号",
        "ILLEGACTTYPE": "虚假宣传",
        "DOMAIN": "01",
        "PENTYPE": "01,03",
        "PENAM": "20000.00",
        "FORFAM": "0.00",
        "JUDAUTH": "郑州市市场监督管理局",
        "PENDECISSDATE": "2024-01-05",
        "PERFORMDUE": "2024-01-20",
        "UPDATETIME": "2024-01-06 09:00:00",
        "OPFLAG": "I",
        "DATAMARK": "模拟数据",
        **changes,
    }
