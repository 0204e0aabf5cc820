"""The small parts: the edge of a mark, waits and rates, files written, masked rows, declarations refused."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuheng.content.checks.pull import pull_problems
from yuheng.content.schema import ApiMark, Feed, FileFormat
from yuheng.errors import IntakeError, SettingsError, TransportError
from yuheng.intake import csvfile, jsonl
from yuheng.intake.plain import Plain
from yuheng.intake.pull.check import masked
from yuheng.intake.pull.columns import compare
from yuheng.intake.pull.edge import Edge, Position
from yuheng.intake.pull.writer import csv_lines, file_name, json_lines, place
from yuheng.intake.repeats import Repeats
from yuheng.settings import Connection, create, open_deployment
from yuheng.transport import Again, Bucket, HttpClient, Schedule, retrying

MARK = ApiMark(param="since", field="T")
LATEST = "2026-01-03"


def through(start: Position, rows: list[dict[str, object]], size: int = 2) -> tuple[list[object], Edge]:
    """The ids that pass an edge, page by page."""
    edge = Edge(start, MARK, LATEST)
    passed = [row for low in range(0, len(rows), size) for row in edge.rows(rows[low : low + size])]
    return [row["id"] for row in [*passed, *edge.rest()]], edge


def row(number: int, stamp: str | None) -> dict[str, object]:
    return {"id": number, "T": stamp}


DAYS = [row(1, "2025-01-01"), row(2, "2025-01-02"), row(3, "2025-01-02")]


def test_rows_at_the_edge_pass_once() -> None:
    ids, edge = through(Position(), DAYS)
    assert ids == [1, 2, 3]
    again, later = through(edge.position, [*DAYS[1:], row(4, "2025-01-02"), row(5, "2025-01-03")])
    assert again == [4, 5]
    assert later.position.at == "2025-01-03"
    assert Position.of(later.position.mark()) == later.position


def test_rows_that_changed_at_the_edge_pass_all_again() -> None:
    _, edge = through(Position(), DAYS)
    changed = [{**DAYS[1], "x": 1}, DAYS[2], row(4, "2025-01-03")]
    assert through(edge.position, changed)[0] == [2, 3, 4]
    assert through(edge.position, [DAYS[2], row(4, "2025-01-03")])[0] == [3, 4]  # one is gone
    assert through(edge.position, [])[0] == []


def test_rows_without_a_time_and_from_the_future_pass_and_move_nothing() -> None:
    odd = [row(7, None), row(8, "soon"), *DAYS, row(9, "2199-01-01")]
    ids, edge = through(Position(), odd)
    assert ids == [7, 8, 1, 2, 3, 9]
    assert (edge.position.at, edge.unplaced, edge.ahead, edge.rising) == ("2025-01-02", 3, 1, True)


def test_rows_out_of_order_are_noticed() -> None:
    ids, edge = through(Position(), [DAYS[2], DAYS[0]])
    assert ids == [3, 1]
    assert not edge.rising
    assert edge.position.at == "2025-01-02"


def test_waits_double_and_end() -> None:
    slept: list[float] = []

    def never() -> int:
        raise Again(TransportError("down", where="x", kind="connect"), 3.0 if len(slept) == 1 else None)

    with pytest.raises(TransportError, match="down"):
        retrying(never, Schedule(4, 0.5), sleep=slept.append)
    assert slept == [0.5, 3.0, 2.0]


def test_a_bucket_keeps_its_rate() -> None:
    now = [0.0]
    bucket = Bucket(2.0, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    for _ in range(9):
        bucket.take()
    assert now[0] == pytest.approx(4.0)


def test_no_way_leads_to_another_host() -> None:
    with HttpClient(Connection(url="http://data.example.cn/api"), str) as client:
        assert client.url("a/b") == "http://data.example.cn/api/a/b"
        for other in ("https://data.example.cn/", "http://elsewhere.cn/", "http://data.example.cn:81/"):
            with pytest.raises(TransportError, match="another host"):
                client.url(other)


TEXTS = st.one_of(
    st.none(), st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\0"), max_size=8)
)
FORMATS = [("csv", "utf-8"), ("csv", "gb18030"), ("jsonl", "utf-8")]


@pytest.mark.parametrize(("kind", "encoding"), FORMATS)
@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS, st.just("x")), min_size=1, max_size=4))
def test_what_is_written_is_read_again(kind: str, encoding: str, rows: list[tuple[str | None, ...]]) -> None:
    names = ["A", "B", "C"]
    given_rows = [tuple(v or None for v in one) for one in rows]
    table = pa.table(
        {n: pa.array(list(column), pa.string()) for n, column in zip(names, zip(*given_rows, strict=True), strict=True)}
    )
    form = FileFormat.model_validate({"kind": kind, "encoding": encoding})
    lines = csv_lines(table, form) if kind == "csv" else json_lines(table)
    head = "A,B,C\n" if kind == "csv" else ""
    body = (head + "".join(lines.to_pylist())).encode(encoding)
    plain = Plain(io.BytesIO(body), f"x.{kind}", form)
    pieces = csvfile.read(plain, names, ",", Repeats(())) if kind == "csv" else jsonl.read(plain, names)
    found = [tuple(r[n] for n in names) for piece in pieces for r in piece.table.to_pylist()]
    assert found == given_rows


def test_a_file_from_another_disk_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "made", tmp_path / "inbox" / "x.csv"
    source.write_bytes(b"body")
    replace = Path.replace

    def crossing(self: Path, to: Path) -> Path:
        if self == source:
            raise OSError(18, "Invalid cross-device link")
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", crossing)
    place(source, target)
    assert target.read_bytes() == b"body"
    assert [p.name for p in target.parent.iterdir()] == ["x.csv"]


def test_columns_are_compared_by_name() -> None:
    assert compare(["A", "B"], ["B", "A"], "S-X.y") == ()
    assert "C" in compare(["A", "B", "C"], ["A", "B"], "S-X.y")[0].text
    with pytest.raises(IntakeError, match=r"missing: B. New there: C"):
        compare(["A", "C"], ["A", "B"], "S-X.y")


def test_rows_are_shown_masked() -> None:
    table = pa.table({"a": ["张三", "91410100MA0000001X", "2024-01-05", "01", None]})
    assert [r[0] for r in masked(table)] == ["张*", "9******X", "2024-01-05", "01", ""]
    marked = pa.table({"NAME": ["张三丰"], "DATAMARK": ["模拟数据"]})
    assert masked(marked, plain="DATAMARK") == [["张*丰", "模拟数据"]]


BASE = {
    "id": "x", "name_zh": "x", "table": "t", "pattern": "x_*.csv", "format": {"kind": "csv"}, "frequency": "daily",
    "columns": ["A", "B"], "key": ["A"], "link": {}, "map": {},
}  # fmt: skip
API = {"kind": "api", "path": "x", "paging": {"style": "page", "param": "p"}}
WEB = {"kind": "web", "start": ["/"], "link": "(", "fields": {"A": {"tag": "h1", "pattern": "x"}, "C": {"value": "1"}}}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pull": API}, []),
        ({"pull": API, "format": {"kind": "xlsx"}, "pattern": "x_*.xlsx"}, ["written as csv or jsonl"]),
        ({"pull": API, "pattern": "x.csv"}, ["one '*'"]),
        ({"pull": {**API, "rename": {"Z": "z"}}}, ["no raw column 'Z'"]),
        ({"pull": {**API, "envelope": ["A"]}}, ["is a column of the feed"]),
        ({"pull": WEB}, ["nothing for B", "no raw column 'C'", "no regular expression", "no group"]),
    ],
)
def test_a_pull_that_does_not_fit_is_refused(changes: dict[str, object], told: list[str]) -> None:
    problems = [message for _, message in pull_problems(Feed.model_validate({**BASE, **changes}))]
    assert len(problems) == len(told)
    assert all(any(part in message for message in problems) for part in told)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return create(tmp_path / "d").root


def test_secrets_stand_apart_and_closed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (root / "yuheng.toml").open("a") as file:
        file.write('\n[connections.S-COURT]\nurl = "https://x.example.cn"\nauth = "key"\n')
    deployment = open_deployment(root)
    assert deployment.settings.connections["S-COURT"].auth == "key"
    with pytest.raises(SettingsError, match="YUHENG_SECRET_S_COURT"):
        deployment.secret("S-COURT")
    path = root / "keys" / "S-COURT.secret"
    path.write_text("s3cret\n")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        deployment.secret("S-COURT")
    path.chmod(0o600)
    assert deployment.secret("S-COURT") == "s3cret"
    monkeypatch.setenv("YUHENG_SECRET_S_COURT", "other")
    assert open_deployment(root).secret("S-COURT") == "other"


@pytest.mark.parametrize("line", ['url = "ftp://x"', 'url = "http://x"\nsecret = "y"', 'url = "http://x"\nrate = 0'])
def test_a_wrong_connection_is_refused(line: str, root: Path) -> None:
    with (root / "yuheng.toml").open("a") as file:
        file.write(f"\n[connections.S-COURT]\n{line}\n")
    with pytest.raises(SettingsError, match=re.escape("connections.S-COURT")):
        open_deployment(root)


def test_a_file_is_named_by_its_range() -> None:
    feed = Feed.model_validate({**BASE, "pattern": "x_*.csv"})
    assert file_name(feed, "0-1.000001") == "x_0-1.000001.csv"
