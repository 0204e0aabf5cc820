"""The connector of paged interfaces over HTTP."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from yuheng.content.schema import ApiPull
from yuheng.errors import TransportError
from yuheng.intake.pull import probe
from yuheng.intake.pull.columns import compare
from yuheng.intake.pull.connector import Context, Fetched, Finding, Mark
from yuheng.intake.pull.edge import Edge, Position, Row
from yuheng.intake.pull.pages import Page, pages
from yuheng.transport import HttpClient

_LOGIN_TODO = "核对连接的 user、auth 和密钥（YUHENG_SECRET_… 或 keys/…secret），并向来源确认授权。"


def connector(context: Context) -> ApiConnector:
    """The connector of a feed pulled over an interface."""
    return ApiConnector(context)


class ApiConnector:
    """Fetches page by page; with a mark only what is new, without one everything."""

    def __init__(self, context: Context) -> None:
        assert isinstance(context.feed.pull, ApiPull)
        self._context = context
        self._pull = context.feed.pull
        self._size = context.connection.page_size or self._pull.paging.size
        self._client = HttpClient(context.connection, context.secret)

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def test(self) -> list[Finding]:
        """Name, port, login, first page, clock; ends with the first error."""
        findings = [*probe.reach(self._context.connection), *probe.plain(self._context.connection)]
        if findings[-1].level == "error":
            return findings
        try:
            page = next(pages(self._client, self._pull, self._since(Position()), self._size))
        except TransportError as error:
            step, todo = ("login", _LOGIN_TODO) if error.kind == "login" else ("connect", error.todo)
            return [*findings, Finding("login" if step == "login" else "connect", "error", str(error.what), todo)]
        findings.append(Finding("login", "ok", f"认证通过，首页 {len(page.rows)} 行"))
        findings.append(probe.clock(page.skew))
        return findings

    def sample(self, rows: int) -> pa.Table:
        """The first rows with the names the interface gives, renamed as declared."""
        page = next(pages(self._client, self._pull, self._since(Position()), max(rows, 1)))
        found = list(page.rows[:rows])
        back = {v: k for k, v in self._pull.rename.items()}
        names = list(dict.fromkeys(n for row in found for n in row if n not in self._aside()))
        return pa.table({back.get(n, n): pa.array([text(row.get(n)) for row in found], pa.string()) for n in names})

    def fetch(self, mark: Mark | None) -> Iterator[Fetched]:
        """Delivery files of about `file_rows` rows."""
        if self._pull.mark is None:
            return self._everything(mark)
        return self._news(Position.of(mark))

    def _news(self, start: Position) -> Iterator[Fetched]:
        assert self._pull.mark is not None
        latest = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)).isoformat()
        edge = Edge(start, self._pull.mark, latest)
        rows: list[Row] = []
        seen = _Seen()
        from_ = start
        for page in pages(self._client, self._pull, self._since(start), self._size):
            seen.note(page)
            rows += edge.rows(page.rows)
            if page.last:
                rows += edge.rest()
            if len(rows) < self._pull.file_rows and not page.last:
                continue
            to = edge.position
            label = f"{from_.label()}-{to.label()}"
            mark = to if edge.rising else Position(to.at) if page.last else start
            yield Fetched(label, mark.mark(), self._table(rows), findings=self._findings(seen, edge, rows))
            rows, from_ = [], to

    def _everything(self, mark: Mark | None) -> Iterator[Fetched]:
        """All rows each time, in files that are left out where the pull before delivered the same."""
        before = mark or {}
        number = before.get("pull", 0)
        known = before.get("files", [])
        assert isinstance(number, int)
        assert isinstance(known, Sequence)
        rows: list[Row] = []
        digests: list[str] = []
        seen = _Seen()
        for page in pages(self._client, self._pull, {}, self._size):
            seen.note(page)
            rows += page.rows
            if len(rows) < self._pull.file_rows and not page.last:
                continue
            table, place = self._table(rows), len(digests)
            digests.append(hashlib.sha256(json.dumps(rows).encode()).hexdigest())
            same = place < len(known) and known[place] == digests[-1]
            files = [*digests, *known[len(digests) :]] if not page.last else digests
            moved = number + 1 if page.last else number
            yield Fetched(
                f"{number + 1:06d}.{place:04d}",
                {"pull": moved, "files": list(files)},
                None if same else table,
                findings=self._findings(seen, None, rows),
            )
            rows = []

    def _since(self, position: Position) -> dict[str, str]:
        mark = self._pull.mark
        if mark is None or position.at is None:
            return {}
        at = position.at
        if mark.overlap_days and isinstance(at, str):
            at = (dt.date.fromisoformat(at[:10]) - dt.timedelta(days=mark.overlap_days)).isoformat()
        return {mark.param: str(at)}

    def _aside(self) -> set[str]:
        """Fields that are no columns."""
        mark = self._pull.mark
        own = {mark.field} - set(self._context.feed.columns) if mark else set()
        return {*self._pull.envelope, *own}

    def _table(self, rows: list[Row]) -> pa.Table:
        """The declared columns; what is missing is an error, what is new is left out and told."""
        columns = self._context.feed.columns
        names = {c: self._pull.rename.get(c, c) for c in columns}
        return pa.table({c: pa.array([text(row.get(n)) for row in rows], pa.string()) for c, n in names.items()})

    def _findings(self, seen: _Seen, edge: Edge | None, rows: list[Row]) -> tuple[Finding, ...]:
        name = self._context.name
        findings: list[Finding] = []
        if rows:
            back = {v: k for k, v in self._pull.rename.items()}
            names = list(dict.fromkeys(back.get(n, n) for row in rows for n in row))
            findings += compare(names, self._context.feed.columns, name, known=self._aside())
        if seen.skew is not None and (one := probe.clock(seen.skew)).level != "ok":
            findings.append(one)
        if nested := sorted({n for row in rows for n, v in row.items() if isinstance(v, dict | list)} - self._aside()):
            text_ = f"{name}：字段 {'、'.join(nested)} 的值是对象或列表，不再是文本。"
            findings.append(
                Finding("columns", "warning", text_, "向来源核实字段类型是否变更；不合规的记录已进隔离区。")
            )
        if edge is not None:
            findings += _order(edge, name)
        return tuple(findings)


@dataclass
class _Seen:
    """What the pages of a pull say beside their rows."""

    skew: float | None = field(default=None)

    def note(self, page: Page) -> None:
        """The largest difference of the clocks."""
        if page.skew is not None and (self.skew is None or abs(page.skew) > abs(self.skew)):
            self.skew = page.skew


def _order(edge: Edge, name: str) -> list[Finding]:
    findings = []
    if not edge.rising:
        text_ = f"{name}：来源没有按更新时间升序给出数据，游标在本次取完后才前移。"
        findings.append(
            Finding("rows", "warning", text_, "请来源按游标字段升序返回，或在 pull.mark 中设 overlap_days。")
        )
    if edge.ahead:
        text_ = f"{name}：有记录的更新时间晚于当前时间，未用作游标。"
        findings.append(Finding("clock", "warning", text_, "请来源核对其系统时钟。"))
    return findings


def text(value: object) -> str | None:
    """A value of an answer as the text it is in a file; nothing where there is nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value if value.isprintable() or value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()
    return str(value)
