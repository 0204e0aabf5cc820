"""Reading CSV: as Python's own reader where the file is sound; broken lines apart, the rest numbered right."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuheng.content.schema import FileFormat
from yuheng.errors import IntakeError
from yuheng.intake import csvfile, plain
from yuheng.intake.csvlines import scan
from yuheng.intake.plain import Plain
from yuheng.intake.read import read
from yuheng.intake.records import HASH, ROW, Piece
from yuheng.intake.repeats import Repeats
from yuheng.intake.rowhash import of_columns

COLUMNS = ["A", "B", "C"]


def pieces(
    body: bytes, *, encoding: str = "utf-8", columns: list[str] | None = None, delimiter: str = ","
) -> list[Piece]:
    form = FileFormat(kind="csv", encoding=encoding, delimiter=delimiter)  # type: ignore[arg-type]
    feed = SimpleNamespace(format=form, columns=columns or COLUMNS)
    return list(read(io.BytesIO(body), "x.csv", feed))  # type: ignore[arg-type]


def rows(found: list[Piece]) -> list[tuple[int, list[str | None]]]:
    return [(r[ROW], [r[c] for c in COLUMNS]) for p in found for r in p.table.to_pylist()]


def broken(found: list[Piece]) -> list[tuple[int, str, str]]:
    return [b for p in found for b in zip(p.broken.rows, p.broken.reasons, p.broken.texts, strict=True)]


texts = st.text(alphabet=st.sampled_from(list('ab,"\n 中文')), max_size=6)
records = st.lists(st.lists(texts, min_size=3, max_size=3), max_size=30)


@given(records, st.sampled_from(["\n", "\r\n"]), st.integers(min_value=1, max_value=40))
def test_sound_files_are_read_as_python_reads_them(table: list[list[str]], end: str, size: int) -> None:
    table = [row for row in table if any(row)]
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([COLUMNS, *table])
    old, plain.PIECE = plain.PIECE, size
    try:
        found = pieces(text.getvalue().encode())
    finally:
        plain.PIECE = old
    assert rows(found) == [(i, [c or None for c in row]) for i, row in enumerate(table, start=1)]
    assert not broken(found)


fields = st.text(alphabet=st.sampled_from(list("ab中 ")), max_size=4)


@given(
    st.lists(st.tuples(fields, fields, fields, st.sampled_from(["ok", "short", "long", "stray", "inner"])), max_size=60)
)
def test_broken_lines_do_not_move_the_numbers_of_the_others(table: list[tuple[str, str, str, str]]) -> None:
    bad = {
        "short": lambda a, b, c: f"x{a},{b}",
        "long": lambda a, b, c: f"x{a},{b},{c},more",
        "stray": lambda a, b, c: f'x{a},{b}"y,{c}',
        "inner": lambda a, b, c: f'x{a},"{b}"q{b}"z",{c}',
    }
    # Sound lines outnumber the broken ones, or the file would be refused as a whole.
    lines = [f"x{a},{b},{c}" if kind == "ok" else bad[kind](a, b, c) for a, b, c, kind in table] + ["x,y,z"] * 80
    found = pieces(("A,B,C\n" + "\n".join(lines) + "\n").encode())
    want = {i for i, row in enumerate(table, start=1) if row[3] == "ok"} | set(range(len(table) + 1, len(lines) + 1))
    assert {row for row, _ in rows(found)} == want
    assert {row: text for row, _, text in broken(found)} == {
        i: lines[i - 1] for i in range(1, len(lines) + 1) if i not in want
    }
    reasons = {row: reason for row, reason, _ in broken(found)}
    for i, (_, _, _, kind) in enumerate(table, start=1):
        if kind != "ok":
            assert reasons[i] == ("BROKEN_COLUMNS" if kind in ("short", "long") else "BROKEN_QUOTES")


def test_a_quoted_field_may_hold_line_breaks_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "PIECE", 7)
    found = pieces(b'A,B,C\n1,"two\nlines, and ""quotes""",3\n4,5,6\n')
    assert rows(found) == [(1, ["1", 'two\nlines, and "quotes"', "3"]), (2, ["4", "5", "6"])]


def test_an_opening_quote_without_end_is_broken_alone() -> None:
    found = pieces(b'A,B,C\n1,"never closed,3\n' + b"4,5,6\n" * 30)
    assert broken(found) == [(1, "BROKEN_QUOTES", '1,"never closed,3')]
    assert [row for row, _ in rows(found)] == list(range(2, 32))


def test_blank_lines_are_no_records() -> None:
    assert rows(pieces(b"A,B,C\n\n1,2,3\n\r\n4,5,6\n\n")) == [(1, ["1", "2", "3"]), (2, ["4", "5", "6"])]


def test_columns_may_come_in_another_order_and_behind_a_mark() -> None:
    assert rows(pieces(b"\xef\xbb\xbfC,A,B\n3,1,2\n")) == [(1, ["1", "2", "3"])]


def test_another_delimiter() -> None:
    assert rows(pieces(b"A;B;C\n1;2,5;3\n", delimiter=";")) == [(1, ["1", "2,5", "3"])]


def test_gb18030_is_transcoded() -> None:
    body = "A,B,C\n郑州,𠮷,﨎\n".encode("gb18030")
    assert rows(pieces(body, encoding="gb18030")) == [(1, ["郑州", "𠮷", "﨎"])]


def test_plain_lines_are_hashed_as_they_stand() -> None:
    (piece,) = pieces("A,B,C\n1,,三\n\n4,5,\r\n".encode())
    (alike,) = pieces("A;B;C\n1;;三\n4;5;\n".encode(), delimiter=";")
    assert piece.table[HASH].combine_chunks() == of_columns([piece.table[c] for c in COLUMNS])
    assert alike.table[HASH] == piece.table[HASH]
    (quoted,) = pieces(b'A,B,C\n1,"2",3\n')
    assert HASH not in quoted.table.column_names, "a quoted line is not its texts"
    (turned,) = pieces(b"C,B,A\n3,2,1\n")
    assert HASH not in turned.table.column_names


def test_columns_that_repeat_come_as_dictionaries_with_the_same_texts() -> None:
    body = b"A,B,C\n" + b"".join(b"%d,%d,x\n" % (i, i % 7) for i in range(30_000))
    form = FileFormat(kind="csv")
    repeats = Repeats(["A", "B", "C"])
    (piece,) = csvfile.read(Plain(io.BytesIO(body), "x.csv", form), COLUMNS, ",", repeats)
    repeats.look(piece.table)
    assert repeats.columns == {"B", "C"}
    (again,) = csvfile.read(Plain(io.BytesIO(body), "x.csv", form), COLUMNS, ",", repeats)
    assert again.table["B"].to_pylist() == piece.table["B"].to_pylist()


@pytest.mark.parametrize(
    ("body", "encoding", "says"),
    [
        (b"", "utf-8", "the file is empty"),
        (b" \n", "utf-8", "the file is empty"),
        (b"A,B\n1,2\n", "utf-8", "missing: C"),
        (b"A,B,C,D\n1,2,3,4\n", "utf-8", "unknown: D"),
        (b"A,B,B,C\n1,2,2,3\n", "utf-8", "twice there: B"),
        (
            "A,B,C\n1,2,3\n郑州,2,3\n".encode("gb18030"),
            "utf-8",
            "record 2: d6 dd 2c 32 is not UTF-8. It may be GB18030.",
        ),
        (("A,B,C\n" + "郑州市金水区,花园路,3\n" * 9).encode(), "gb18030", "the file is UTF-8, declared is gb18030"),
        ("A,B,C\n1,2,3\n".encode("utf-16"), "utf-8", "the file is UTF-16"),
        (b"A,B,C\n\xff\xff\xff,2,3\n", "gb18030", "is not gb18030"),
        (b"A,B,C\n" + b"1;2;3\n" * 50, "utf-8", "50 of 50 records from record 1 on"),
    ],
)
def test_files_that_are_refused(body: bytes, encoding: str, says: str) -> None:
    with pytest.raises(IntakeError, match=r"x\.csv") as refused:
        pieces(body, encoding=encoding)
    assert says in str(refused.value)
    assert refused.value.todo


def test_scan_of_nothing() -> None:
    assert len(scan(b"", ",").start) == 0
