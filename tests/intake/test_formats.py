"""The formats beside CSV, JSON lines and workbooks; packed files; and what is refused by name before it does harm."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.intake.world import World, csv_body, firm, gz, uscc, workbook
from yuheng.content.schema import Feed
from yuheng.errors import IntakeError
from yuheng.intake.read import read
from yuheng.intake.records import ROW, Piece

COLUMNS = ["NO", "NAME", "AMOUNT"]
ROWS = [{"NO": "1", "NAME": '郑州"一"店,\n二楼', "AMOUNT": "20.5"}, {"NO": "2", "NAME": "a\\b", "AMOUNT": None}]


@pytest.fixture(scope="module")
def feed() -> Feed:
    """A feed's declaration; tests change its format."""
    return Feed.model_validate(
        {"id": "f", "name_zh": "f", "table": "t", "pattern": "a*", "format": {"kind": "csv"}, "frequency": "daily",
         "columns": COLUMNS, "key": ["NO"], "link": {}, "map": {}}
    )  # fmt: skip


def _of(feed: Feed, **form: str) -> Feed:
    whole = {"encoding": "utf-8", "delimiter": ",", **form}
    return feed.model_copy(update={"format": feed.format.model_copy(update=whole)})


def _taken(feed: Feed, body: bytes, file: str) -> tuple[list[dict[str, object]], list[Piece]]:
    pieces = list(read(io.BytesIO(body), file, feed))
    rows = [row for piece in pieces for row in piece.table.select([*COLUMNS, ROW]).to_pylist()]
    return rows, pieces


def _numbered(rows: Sequence[dict[str, str | None]]) -> list[dict[str, object]]:
    return [{**row, ROW: number} for number, row in enumerate(rows, start=1)]


def _zip(members: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in members.items():
            file.writestr(name, body)
    return raw.getvalue()


def _xml(rows: Sequence[dict[str, str | None]]) -> bytes:
    from xml.sax.saxutils import escape

    fields = ["".join(f"<{k}>{escape(v)}</{k}>" for k, v in row.items() if v is not None) for row in rows]
    return ("<?xml version='1.0'?><d>" + "".join(f"<row>{f}</row>" for f in fields) + "</d>").encode()


def _parquet(rows: Sequence[dict[str, str | None]]) -> bytes:
    raw = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), raw)
    return raw.getvalue()


# ── each format gives the same texts ────────────────────────────────────────────────────────────────────────────────


def test_tab_separated(feed: Feed) -> None:
    body = 'NO\tNAME\tAMOUNT\n1\t甲,乙\t2\n2\t"丙\t丁"\t\n'.encode()
    rows, _ = _taken(_of(feed, kind="csv", delimiter="\t"), body, "a.tsv")
    assert [(r["NAME"], r["AMOUNT"]) for r in rows] == [("甲,乙", "2"), ("丙\t丁", None)]


@pytest.mark.parametrize("encoding", ["big5", "utf-16", "gb18030"])
def test_encodings(feed: Feed, encoding: str) -> None:
    rows, _ = _taken(_of(feed, kind="csv", encoding=encoding), "NO,NAME,AMOUNT\n1,中山路,2\n".encode(encoding), "a.csv")
    assert rows == _numbered([{"NO": "1", "NAME": "中山路", "AMOUNT": "2"}])


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("where", ["", "rows", "data.list"])
def test_a_json_list_alone_or_in_an_answer(feed: Feed, where: str, indent: int | None) -> None:
    whole: object = ROWS
    for key in reversed(where.split(".") if where else []):
        whole = {"code": 0, "skip": [{"rows": ["]"]}, 'x"}'], key: whole, "total": 2}
    rows, _ = _taken(_of(feed, kind="json", rows=where), json.dumps(whole, indent=indent).encode(), "a.json")
    assert rows == _numbered(ROWS)


def test_a_json_list_cut_at_any_byte_reads_the_same(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"rows": [*ROWS, {"NO": '\\"', "NAME": "\\\\", "AMOUNT": "[{"}]}).encode()
    form = _of(feed, kind="json", rows="rows")
    whole, _ = _taken(form, body, "a.json")
    assert whole[2]["NAME"] == "\\\\"
    for size in range(1, 24):
        monkeypatch.setattr("yuheng.intake.plain.PIECE", size)
        assert _taken(form, body, "a.json")[0] == whole


def test_a_broken_element_of_a_json_list_is_broken_alone(feed: Feed) -> None:
    rows, (piece,) = _taken(
        _of(feed, kind="json"),
        b'[{"NO": "1", "NAME": tru, "AMOUNT": ""}, 7, {"NO": "3", "NAME": "", "AMOUNT": 1}]',
        "a.json",
    )
    assert [(r["NO"], r["AMOUNT"], r[ROW]) for r in rows] == [("3", "1", 3)]
    assert (piece.broken.rows, piece.broken.reasons) == ([1, 2], ["BROKEN_JSON"] * 2)


def test_xml_with_child_elements_attributes_or_a_namespace(feed: Feed) -> None:
    form = _of(feed, kind="xml")
    assert _taken(form, _xml(ROWS), "a.xml")[0] == _numbered(ROWS)
    attributes = b'<d xmlns="urn:x"><row NO="1" NAME="&#37073;&lt;"/><row NO="2" AMOUNT="3"/></d>'
    assert [(r["NAME"], r["AMOUNT"]) for r in _taken(form, attributes, "a.xml")[0]] == [("郑<", None), (None, "3")]


def test_xml_in_another_encoding(feed: Feed) -> None:
    name = "郑州市花园路商贸有限公司二十几个汉字才看得出来的名字"
    body = f"<?xml version='1.0' encoding='GB18030'?><d><row NO='1' NAME='{name}' AMOUNT=''/></d>".encode("gb18030")
    assert _taken(_of(feed, kind="xml", encoding="gb18030"), body, "a.xml")[0][0]["NAME"] == name


def test_a_record_with_nested_or_repeated_fields_is_broken_alone(feed: Feed) -> None:
    sound = b"<row><NO>3</NO><NAME>n</NAME><AMOUNT>1</AMOUNT></row>"
    body = b"<d><row><NO>1</NO><NO>2</NO></row><row><NAME><b>x</b></NAME></row>" + sound + b"</d>"
    rows, (piece,) = _taken(_of(feed, kind="xml"), body, "a.xml")
    assert [(r["NO"], r[ROW]) for r in rows] == [("3", 3)]
    assert (piece.broken.rows, piece.broken.reasons) == ([1, 2], ["BROKEN_XML"] * 2)
    assert '"2"' in piece.broken.texts[0], "nothing of the record is lost"


def test_parquet_of_texts_and_of_typed_columns(feed: Feed) -> None:
    form = _of(feed, kind="parquet")
    assert _taken(form, _parquet(ROWS), "a.parquet")[0] == _numbered(ROWS)
    typed = pa.table(
        {
            "NO": pa.array([1, 2], pa.int64()),
            "NAME": pa.array([1704412800, 1704447000], pa.timestamp("s")),
            "AMOUNT": pa.array([3.0, 2.5]),
        }
    )
    raw = io.BytesIO()
    pq.write_table(typed, raw)
    rows, _ = _taken(form, raw.getvalue(), "a.parquet")
    assert [(r["NO"], r["NAME"], r["AMOUNT"]) for r in rows] == [
        ("1", "2024-01-05", "3"),
        ("2", "2024-01-05 09:30:00", "2.5"),
    ]


def test_the_files_of_an_archive_are_one_delivery(feed: Feed) -> None:
    head = b"NO,NAME,AMOUNT\n"
    body = _zip({"b.csv": head + b"3,c,\nx\n", "a.csv": head + b"1,a,\n2,b,\n", "__MACOSX/._a.csv": b"?"})
    rows, pieces = _taken(_of(feed, kind="csv"), body, "a.zip")
    assert [(r["NO"], r[ROW]) for r in rows] == [("1", 1), ("2", 2), ("3", 3)]
    assert [p.broken.rows for p in pieces] == [[], [4]]
    for kind, one in {"json": json.dumps(ROWS).encode(), "xml": _xml(ROWS), "parquet": _parquet(ROWS)}.items():
        assert _taken(_of(feed, kind=kind), _zip({f"x.{kind}": one}), f"a.{kind}.zip")[0] == _numbered(ROWS)


# ── refused by name ─────────────────────────────────────────────────────────────────────────────────────────────────

ENTITIES = b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><d><row><NO>&b;</NO></row></d>'
OUTSIDE = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d><row><NO>&x;</NO></row></d>'
ROW_1 = b'[{"NO": "1", "NAME": "", "AMOUNT": ""}'
PLAIN = b"NO,NAME,AMOUNT\n1,a,b\n"
LONG = b"1,a," + b"b" * 65 + b"\n"

REFUSED = {
    "xml_bomb": ("xml", "a.xml", ENTITIES, "declares a document type"),
    "xml_outside": ("xml", "a.xml", OUTSIDE, "declares a document type"),
    "xml_cut": ("xml", "a.xml", b"<d><row><NO>1</NO></row><row><NO>", "not XML, or cut off"),
    "xml_other": ("xml", "a.xml", b"<d><row><NO>1</NO><SORT>2</SORT></row></d>", "unknown: SORT"),
    "xml_less": ("xml", "a.xml", b"<d><row><NO>1</NO></row></d>", "missing: NAME, AMOUNT"),
    "xml_empty": ("xml", "a.xml", b"", "is empty"),
    "json_cut": ("json", "a.json", ROW_1, "the JSON is cut off"),
    "json_crooked": ("json", "a.json", ROW_1[:-1] + b"]", "the JSON is cut off"),
    "json_twice": ("json", "a.json", ROW_1 + b"]" + ROW_1 + b"]", "the JSON is cut off"),
    "json_none": ("json", "a.json", b'{"error": "no rights"}', "no list of objects"),
    "json_empty": ("json", "a.json", b"", "is empty"),
    "json_less": ("json", "a.json", b'[{"NO": "1"}]', "missing: NAME, AMOUNT"),
    "parquet_no": ("parquet", "a.parquet", b"PAR1 no PAR1", "not Parquet"),
    "parquet_cut": ("parquet", "a.parquet", _parquet(ROWS)[:-30], "not Parquet"),
    "parquet_less": ("parquet", "a.parquet", _parquet([{"NO": "1", "NAME": "a"}]), "missing: AMOUNT"),
    "zip_no": ("csv", "a.csv.zip", PLAIN, "the archive is broken"),
    "zip_cut": ("csv", "a.csv.zip", _zip({"a.csv": PLAIN})[:-40], "the archive is broken"),
    "zip_empty": ("csv", "a.csv.zip", _zip({}), "the archive is empty"),
    "zip_nested": ("csv", "a.csv.zip", _zip({"a.csv.zip": _zip({"a.csv": PLAIN})}), "is packed itself"),
    "zip_out": ("csv", "a.csv.zip", _zip({"../../a.csv": PLAIN}), "leads out of the archive"),
    "zip_root": ("csv", "a.csv.zip", _zip({"/etc/a.csv": PLAIN}), "leads out of the archive"),
    "zip_other": ("csv", "a.csv.zip", _zip({"a.csv": PLAIN, "run.sh": b"rm"}), "'run.sh' is no .csv"),
    "zip_bomb": ("csv", "a.csv.zip", _zip({"a.csv": PLAIN + b"0" * (150 << 20)}), "a compression bomb"),
    "gzip_bomb": ("csv", "a.csv.gz", gz(PLAIN + LONG * 2_200_000), "a compression bomb"),
    "endless": ("csv", "a.csv", b"0" * (70 << 20), "a record of more than 64 MiB"),
    "endless_json": ("jsonl", "a.jsonl", b"0" * (70 << 20), "a record of more than 64 MiB"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(feed: Feed, name: str) -> None:
    kind, file, body, says = REFUSED[name]
    with pytest.raises(IntakeError, match=says) as error:
        _taken(_of(feed, kind=kind), body, file)
    assert error.value.path.startswith("a.")
    assert error.value.todo


def test_a_workbook_that_unfolds_beyond_measure(feed: Feed) -> None:
    declared = _of(feed, kind="xlsx")
    raw = io.BytesIO(workbook(declared, ROWS))
    with zipfile.ZipFile(raw, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings2.xml", b"<sst>" + b" " * (150 << 20) + b"</sst>")
    with pytest.raises(IntakeError, match="a compression bomb"):
        _taken(declared, raw.getvalue(), "a.xlsx")


def test_a_parquet_file_of_few_bytes_and_endless_rows(feed: Feed) -> None:
    raw = io.BytesIO()
    same = pa.array(["0" * 100]).dictionary_encode().take(pa.array([0] * 500_000, pa.int32()))
    with pq.ParquetWriter(raw, pa.table(dict.fromkeys(COLUMNS, same)).schema, compression="zstd") as writer:
        for _ in range(3):
            writer.write_table(pa.table(dict.fromkeys(COLUMNS, same)))
    with pytest.raises(IntakeError, match="a compression bomb"):
        _taken(_of(feed, kind="parquet"), raw.getvalue(), "a.parquet")


def test_a_formula_is_not_computed_and_kept_apart(feed: Feed) -> None:
    rows = [{"NO": "1", "NAME": '=HYPERLINK("http://x")', "AMOUNT": "2"}, {"NO": "2", "NAME": "甲", "AMOUNT": "3"}]
    taken, (piece,) = _taken(_of(feed, kind="xlsx"), workbook(_of(feed, kind="xlsx"), rows), "a.xlsx")
    assert [(r["NO"], r[ROW]) for r in taken] == [("2", 2)]
    assert piece.broken.reasons == ["FORMULA"]
    assert "HYPERLINK" in piece.broken.texts[0]


# ── through the whole intake ────────────────────────────────────────────────────────────────────────────────────────


def test_a_formula_is_quarantined_with_its_reason(world: World) -> None:
    world.put("S-CREDIT", "lists", "lists_1.xlsx", workbook(world.feed("S-CREDIT", "lists"), [{"LISTID": "=1+1"}]))
    world.run()
    (kept,) = world.quarantine()
    assert (kept["reason_codes"], kept["reason_zh"]) == ("FORMULA", "单元格是公式，未执行")


def test_sql_in_a_field_is_a_text(world: World) -> None:
    evil = "'; drop table standard; -- \" :received {0} $1"
    world.deliver("S-REG", "reg_entity", [firm(1, ENTNAME=evil, DOM=evil)])
    assert world.run().counts["whole"] == 1
    (row,) = world.rows("ent_registration")
    assert "drop table" in str(row["ent_name"]).lower()


def test_an_archive_through_the_intake(world: World) -> None:
    declared = world.feed("S-REG", "reg_entity")
    members = {f"part_{n}.csv": csv_body(declared, [firm(n)]) for n in (1, 2, 3)}
    world.put("S-REG", "reg_entity", "reg_entity_202401.zip", _zip(members))
    report = world.run()
    assert report.counts["whole"] == 3
    assert {r["src_row"] for r in world.rows("ent_registration")} == {1, 2, 3}
    assert {r["uscc"] for r in world.rows("ent_registration")} == {uscc(n) for n in (1, 2, 3)}


_BIG = """
import resource, sys
from pathlib import Path
from yuheng.content import ContentStore
from yuheng.intake.read import read

class Endless:
    # A file of `left` bytes that is nowhere.
    def __init__(self, head, line, size):
        self.rest, self.line, self.left = head, line * 2000, size
    def read(self, size=-1):
        while len(self.rest) < size and self.left > 0:
            self.rest += self.line
            self.left -= len(self.line)
        out, self.rest = self.rest[:size], self.rest[size:]
        return out

feed = ContentStore.load().sources["S-PUN"].feeds[0]
kind = sys.argv[1]
form = feed.format.model_copy(update={"kind": kind, "encoding": "utf-8"})
feed = feed.model_copy(update={"format": form, "columns": ["A", "B"]})
parts = {
    "csv": (b"A,B\\n", b"123456789,abcdefghijklmnopqrstuvwxyz\\n"),
    "jsonl": (b"", b'{"A": "123456789", "B": "abcdefghijklmnopqrstuvwxyz"}\\n'),
    "json": (b'[{"A": "1", "B": "2"}', b',{"A": "123456789", "B": "abcdefghijklmnopqrstuvwxyz"}'),
    "xml": (b"<d>", b"<row><A>123456789</A><B>abcdefghijklmnopqrstuvwxyz</B></row>"),
}
rows = 0
try:
    for piece in read(Endless(*parts[kind], int(sys.argv[2])), f"a.{kind}", feed):
        rows += piece.records
except Exception as error:
    if "cut off" not in str(error):
        raise
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "mb"), [("csv", 300), ("jsonl", 120), ("json", 120), ("xml", 60)])
def test_memory_does_not_grow_with_the_file(kind: str, mb: int) -> None:
    """Peak memory of reading a file, against that of reading a tenth of it."""
    peaks = []
    for size in (mb // 10, mb):
        args = [sys.executable, "-c", _BIG, kind, str(size << 20)]
        out = subprocess.run(args, capture_output=True, text=True, check=True).stdout.split()
        assert int(out[0]) > size * 10_000
        peaks.append(int(out[1]))
    assert peaks[1] < peaks[0] + 200, f"MiB: {peaks}"
