"""The counterpart of public web sites: list pages and articles made of a world's published documents."""

from __future__ import annotations

import hashlib
import html
import time
from dataclasses import dataclass, field
from email.utils import formatdate

from yuheng.simulate.counterparts.base import Access, Counterpart
from yuheng.simulate.counterparts.faults import Faults
from yuheng.simulate.counterparts.http import HttpServer, Reply
from yuheng.simulate.counterparts.world import World

_SOURCE, _FEED = "S-WEB", "opinion"
"""The documents of the world the articles tell about."""
_ON_A_LIST = 20
_MOST = 120
_ROBOTS = "User-agent: *\nDisallow: /private/\nCrawl-delay: 0.005\n"
_PAGE = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title} - 模拟公告网</title>
<meta name="ContentSource" content="{media}"><meta name="PubDate" content="{day}">
<meta name="DataMark" content="模拟数据"><script>var t = "<h1>no</h1>";</script></head>
<body><nav><a href="/notice/">列表</a> <a href="http://elsewhere.invalid/notice/00.html">友情链接</a></nav>
<h1>{title}</h1><div class="article main"><p>{text}</p><div>（模拟数据，不指任何真实企业）</div></div></body></html>
"""


def counterparts(world: World) -> list[Counterpart]:
    """A site for the sources whose pages are collected."""
    return [WebCounterpart(source.id, articles(world)) for source, _ in world.feeds("web")]


@dataclass
class Article:
    """A page: its path, text and the day it was published."""

    path: str
    title: str
    media: str
    day: str
    text: str

    def page(self) -> bytes:
        """The page as HTML."""
        parts = {name: html.escape(value) for name, value in vars(self).items()}
        return _PAGE.format(**parts).encode()


def articles(world: World) -> list[Article]:
    """The world's last documents, newest first."""
    source = world.store.sources.get(_SOURCE)
    feed = next((f for f in source.feeds if f.id == _FEED), None) if source else None
    rows = world.rows(_SOURCE, feed).to_pylist() if feed else []
    found = {
        str(row["URL_HASH"]): Article(
            f"/notice/{hashlib.sha256(str(row['URL_HASH']).encode()).hexdigest()[:16]}.html",
            str(row["TITLE"] or "公告"), str(row["MEDIA"] or ""), str(row["PUB_TS"] or "")[:10],
            f"{row['MEDIA'] or '本站'}讯：{row['ENTNAME'] or '有关企业'}。{row['TITLE'] or ''}",
        )
        for row in rows
        if row["PUB_TS"]
    }  # fmt: skip
    return sorted(found.values(), key=lambda a: (a.day, a.path), reverse=True)[:_MOST]


@dataclass
class WebCounterpart:
    """Serves the site of one source. Pages carry ETags; robots.txt keeps /private/ closed."""

    source: str
    articles: list[Article]
    robots: str = _ROBOTS
    faults: Faults = field(default_factory=Faults)
    seen: list[tuple[str, int, str]] = field(default_factory=list)
    """(path, status, User-Agent) of every request."""

    def __post_init__(self) -> None:
        self._server = HttpServer(self._answer, self.faults)

    def start(self) -> list[Access]:
        """Begins to serve."""
        return [Access(self.source, {"url": self._server.start(), "auth": "none", "rate": 200})]

    def close(self) -> None:
        """Ends serving."""
        self._server.close()

    def _answer(self, method: str, path: str, query: str, form: dict[str, str], headers: dict[str, str]) -> Reply:
        reply = self._page(path, headers)
        self.seen.append((path, reply.status, headers.get("User-Agent", "")))
        return reply

    def _page(self, path: str, headers: dict[str, str]) -> Reply:
        if path == "/robots.txt":
            return Reply(200, self.robots.encode(), "text/plain; charset=utf-8", counts=False)
        if (body := self._list(path)) is not None:
            return Reply(200, body, "text/html; charset=utf-8")
        article = next((a for a in self.articles if a.path == path), None)
        if article is None:
            return Reply(404, b"not found", "text/plain")
        body = article.page()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        told = {"ETag": etag, "Last-Modified": formatdate(time.mktime((2024, 1, 1, 0, 0, 0, 0, 0, 0)), usegmt=True)}
        if headers.get("If-None-Match") == etag:
            return Reply(304, b"", "text/html", told)
        return Reply(200, body, "text/html; charset=utf-8", told)

    def _list(self, path: str) -> bytes | None:
        """/notice/ and /notice/index_2.html …, each with a link to the next."""
        name = path.removeprefix("/notice/")
        number = 1 if name == "" else int(name[6:-5]) if name.startswith("index_") and name[6:-5].isdigit() else 0
        if not path.startswith("/notice/") or number < 1 or (number - 1) * _ON_A_LIST > len(self.articles):
            return None
        part = self.articles[(number - 1) * _ON_A_LIST : number * _ON_A_LIST]
        links = [f'<li><a href="{a.path}">{html.escape(a.title)}</a></li>' for a in part]
        if number * _ON_A_LIST < len(self.articles):
            links.append(f'<li><a href="index_{number + 1}.html">下一页</a></li>')
        links.append('<li><a href="/private/secret.html">内部</a></li>')
        return f"<html><meta charset=utf-8><ul>{''.join(links)}</ul></html>".encode()
