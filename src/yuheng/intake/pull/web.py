"""The polite collector of public pages: robots.txt, one rate per host, ETags, and where each row comes from.

The mark keeps, for every page that was read, its ETag, its Last-Modified, the checksum of its columns and the day. A
page that has not changed gives no row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import urldefrag, urljoin, urlsplit

import pyarrow as pa

from yuheng.content.schema import WebField, WebPull
from yuheng.errors import SettingsError, TransportError
from yuheng.intake.pull import probe
from yuheng.intake.pull.connector import Context, Fetched, Finding, Mark, Value
from yuheng.intake.pull.html import HtmlPage, declared_charset
from yuheng.transport import Answer, HttpClient

if TYPE_CHECKING:
    from protego import Protego

_AGENT = "Yuheng"
_TOGETHER = 50
"""Pages of one delivery file."""
_LISTS = 200
"""List pages followed from one start at most."""
_FETCH = ("fetched_at", "etag", "last_modified")
"""What changes without the page changing."""


def connector(context: Context) -> WebConnector:
    """The connector of a feed of public pages."""
    return WebConnector(context)


@dataclass
class _Known:
    """The pages read so far, as the mark keeps them: address → etag, modified, hash, day."""

    pages: dict[str, dict[str, str]]
    number: int = 0
    gone: int = 0
    barred: int = 0

    @classmethod
    def of(cls, mark: Mark | None) -> _Known:
        pages = cast("Mapping[str, Mapping[str, str]]", (mark or {}).get("pages", {}))
        number = (mark or {}).get("number", 0)
        assert isinstance(number, int)
        return cls({url: dict(known) for url, known in pages.items()}, number)

    def mark(self) -> Mark:
        return {"number": self.number, "pages": cast("Value", {url: dict(p) for url, p in self.pages.items()})}


@dataclass
class _Rows:
    """Rows gathered for the next file."""

    columns: list[str]
    rows: list[dict[str, str | None]] = field(default_factory=list)

    def table(self) -> pa.Table:
        return pa.table({c: pa.array([row[c] for row in self.rows], pa.string()) for c in self.columns})


class WebConnector:
    """Reads the list pages, then every page they lead to that is new or due."""

    def __init__(self, context: Context) -> None:
        assert isinstance(context.feed.pull, WebPull)
        self._context = context
        self._pull = context.feed.pull
        self._client = HttpClient(context.connection, context.secret)
        self._rules: Protego | None = None

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def test(self) -> list[Finding]:
        """Name, port, robots.txt, first list page, clock; ends with the first error."""
        findings = probe.reach(self._context.connection)
        if findings[-1].level == "error":
            return findings
        try:
            url = self._client.url(self._pull.start[0])
            if not self._allowed(url):
                text = f"robots.txt 不允许采集 {urlsplit(url).path}。"
                return [*findings, Finding("login", "error", text, "取得对方书面同意并请其放行，或不再采集。")]
            answer = self._client.get(url)
            links = list(self._links(answer, self._pull.link))
        except TransportError as error:
            return [*findings, Finding("connect", "error", error.what, error.todo)]
        if answer.status != 200 or not links:
            text = f"列表页状态 {answer.status}，匹配的链接 {len(links)} 个。"
            return [*findings, Finding("rows", "error", text, "核对该数据项 pull 的 start 与 link。")]
        findings.append(Finding("login", "ok", f"robots.txt 允许，列表页有 {len(links)} 个链接"))
        return [*findings, probe.clock(answer.skew)]

    def sample(self, rows: int) -> pa.Table:
        """The first pages of the first list."""
        got = _Rows(self._context.feed.columns)
        for url in self._links(self._client.get(self._pull.start[0]), self._pull.link):
            if len(got.rows) < rows and self._allowed(url) and (answer := self._client.get(url)).status == 200:
                got.rows.append(self._row(answer))
        return got.table()

    def fetch(self, mark: Mark | None) -> Iterator[Fetched]:
        """Files of some pages each; the mark moves with each of them."""
        known = _Known.of(mark)
        got = _Rows(self._context.feed.columns)
        today = dt.datetime.now().astimezone().date()
        for done, url in enumerate(self._due(known, today), start=1):
            if row := self._visit(url, known, today):
                got.rows.append(row)
            if len(got.rows) >= _TOGETHER:
                yield self._fetched(got, known)
            if done >= self._pull.pages:
                break
        yield self._fetched(got, known)

    def _fetched(self, got: _Rows, known: _Known) -> Fetched:
        known.number += bool(got.rows)
        made = Fetched(f"{known.number:06d}", known.mark(), got.table(), findings=self._findings(known))
        got.rows = []
        return made

    def _findings(self, known: _Known) -> tuple[Finding, ...]:
        name, found = self._context.name, []
        if known.gone:
            found.append(Finding("rows", "warning", f"{name}：{known.gone} 个页面已不存在，已入库的记录保留。"))
        if known.barred:
            found.append(Finding("rows", "warning", f"{name}：{known.barred} 个页面按 robots.txt 不采集。"))
        return tuple(found)

    def _due(self, known: _Known, today: dt.date) -> Iterator[str]:
        """New pages in the order of the lists, then those read long enough ago."""
        seen: set[str] = set()
        for url in self._listed():
            if url not in seen and url not in known.pages:
                yield url
            seen.add(url)
        yield from _due_again(known, today, self._pull.revisit_days)

    def _listed(self) -> Iterator[str]:
        """The links of the list pages, page after page."""
        for start in self._pull.start:
            lists, place = [self._client.url(start)], 0
            while place < len(lists) and place < _LISTS:
                if not self._allowed(lists[place]):
                    raise TransportError(
                        "robots.txt does not allow this list to be read.", where=lists[place], kind="refused",
                        todo="Ask the site for its consent, or take it out of the feed's `pull`.",
                    )  # fmt: skip
                answer = self._client.get(lists[place])
                if answer.status != 200:
                    raise TransportError(
                        f"the list answers with status {answer.status}.", where=answer.url, kind="refused",
                        todo="Mend `start` of the feed's `pull`.",
                    )  # fmt: skip
                yield from self._links(answer, self._pull.link)
                if self._pull.next:
                    lists += [url for url in self._links(answer, self._pull.next) if url not in lists]
                place += 1

    def _links(self, answer: Answer, pattern: str) -> Iterator[str]:
        """Addresses of this host on a page whose path fits, in their order, each once."""
        found = HtmlPage.read(_text(answer)).links
        host = self._client.base.host
        seen = set()
        for link in found:
            url = urldefrag(urljoin(answer.url, link)).url
            parts = urlsplit(url)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.hostname == host and re.fullmatch(pattern, path) and url not in seen:
                seen.add(url)
                yield url

    def _visit(self, url: str, known: _Known, today: dt.date) -> dict[str, str | None] | None:
        """The page's row; None when it has not changed, is gone, or must not be read."""
        if not self._allowed(url):
            known.barred += 1
            return None
        before = known.pages.get(url, {})
        asked = {"If-None-Match": before.get("etag", ""), "If-Modified-Since": before.get("modified", "")}
        answer = self._client.get(url, headers={name: value for name, value in asked.items() if value})
        if answer.status == 304:
            known.pages[url] = {**before, "day": today.isoformat()}
            return None
        if answer.status != 200:
            known.gone += 1
            known.pages.pop(url, None)
            return None
        row = self._row(answer)
        now = {
            "etag": answer.headers.get("etag", ""),
            "modified": answer.headers.get("last-modified", ""),
            "hash": self._digest(row),
            "day": today.isoformat(),
        }
        same = before.get("hash") == now["hash"]
        known.pages[url] = now
        return None if same else row

    def _row(self, answer: Answer) -> dict[str, str | None]:
        fields = self._pull.fields
        page = HtmlPage.read(_text(answer), fields)
        return {name: _value(wanted, page.values.get(name), answer) for name, wanted in fields.items()}

    def _digest(self, row: Mapping[str, str | None]) -> str:
        lasting = [row[name] or "" for name, wanted in self._pull.fields.items() if wanted.page not in _FETCH]
        return hashlib.sha256("\0".join(lasting).encode()).hexdigest()

    def _allowed(self, url: str) -> bool:
        """What robots.txt says; none means that everything is allowed. Its crawl delay slows us down."""
        if self._rules is None:
            self._rules = _rules(self._client)
            if delay := self._rules.crawl_delay(_AGENT):
                self._client.bucket.slow_down(1 / max(float(delay), 0.001))
        return bool(self._rules.can_fetch(url, _AGENT))


def _due_again(known: _Known, today: dt.date, days: int) -> list[str]:
    """Pages read so many days ago or more, but none twice a day."""
    limit = min(today - dt.timedelta(days=days), today - dt.timedelta(days=1)).isoformat()
    return sorted(url for url, page in known.pages.items() if page["day"] <= limit)


def _rules(client: HttpClient) -> Protego:
    try:
        from protego import Protego
    except ImportError as error:
        raise SettingsError(
            "the collector of web pages needs the package protego.", todo="Run `pip install 'yuheng[connect]'`."
        ) from error
    answer = client.get(str(client.base.join("/robots.txt")))
    return Protego.parse(answer.text() if answer.status == 200 else "")


def _text(answer: Answer) -> str:
    charset = None if "charset=" in answer.headers.get("content-type", "") else declared_charset(answer.body)
    if charset is None:
        return answer.text()
    try:
        return answer.body.decode(charset, "replace")
    except LookupError:
        return answer.text()


def _value(wanted: WebField, found: str | None, answer: Answer) -> str | None:
    value = found
    if wanted.value is not None:
        value = wanted.value
    elif wanted.page is not None:
        value = _of_fetch(wanted.page, answer)
    if value and wanted.pattern:
        match = re.search(wanted.pattern, value)
        value = match.group(1) if match else None
    return value or None


def _of_fetch(what: str, answer: Answer) -> str:
    match what:
        case "url":
            return answer.url
        case "url_hash":
            return hashlib.sha256(answer.url.encode()).hexdigest()[:32]
        case "host":
            return urlsplit(answer.url).hostname or ""
        case "fetched_at":
            return dt.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
        case "etag":
            return answer.headers.get("etag", "")
        case "last_modified":
            return answer.headers.get("last-modified", "")
    return hashlib.sha256(answer.body).hexdigest()
