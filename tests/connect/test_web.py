"""Public pages collected politely, end to end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest

from tests.connect.site import Site
from yuheng.content.schema import WebField
from yuheng.intake.pull.html import HtmlPage, declared_charset
from yuheng.simulate.counterparts.web import WebCounterpart

SOURCE, FEED = "S-WEB", "pages"
TODAY = dt.datetime.now().astimezone().date()
"""Pages are known from the day they were fetched."""


def rows(site: Site) -> pa.Table:
    return site.rows(SOURCE, FEED)


def test_pages_become_rows_with_their_provenance(site: Site, notices: WebCounterpart) -> None:
    site.connect(notices.start())
    report = site.one(SOURCE, FEED)
    assert (report.error, report.rows) == ("", len(notices.articles))
    site.take(TODAY)
    table = rows(site)
    by_title = {a.title: a for a in notices.articles}
    assert table.num_rows == len(notices.articles) == 45
    for row in table.to_pylist():
        article = by_title[row["title"]]
        assert row["url"].endswith(article.path)
        assert article.text.split("：")[0] in row["body"]
        assert "no" not in row["title"]
        assert len(row["content_hash"]) == 64
        assert row["etag"].startswith('"')
    assert {row["pub_date"].isoformat() for row in table.to_pylist()} == {a.day for a in notices.articles}


def test_who_comes_is_said_and_closed_doors_are_left(site: Site, notices: WebCounterpart) -> None:
    site.connect(notices.start())
    site.pull()
    assert all("Yuheng" in agent for _, _, agent in notices.seen)
    paths = [path for path, _, _ in notices.seen]
    assert not any(path.startswith("/private") for path in paths)
    assert "/robots.txt" in paths
    assert len(paths) == len(set(paths))


def test_what_has_not_changed_is_not_taken_again(site: Site, notices: WebCounterpart, make_due: None) -> None:
    site.connect(notices.start())
    site.pull()
    notices.seen.clear()
    first = notices.articles[0]
    notices.articles[0] = replace(first, text=first.text + "（更正）")
    gone = notices.articles.pop()
    report = site.one(SOURCE, FEED)
    assert report.rows == 1
    assert any("1 个页面已不存在" in f.text for f in report.findings)
    statuses = {path: status for path, status, _ in notices.seen if path.endswith(".html") and "index" not in path}
    assert statuses.pop(first.path) == 200
    assert statuses.pop(gone.path) == 404
    assert set(statuses.values()) == {304}
    site.take(TODAY)
    versions = [r for r in rows(site).to_pylist() if r["url"].endswith(first.path)]
    assert len(versions) == 1
    assert "（更正）" in versions[0]["body"]


@pytest.fixture
def make_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are due as soon as they were read."""
    from yuheng.intake.pull import web

    def all_due(known: web._Known, today: object, days: int) -> list[str]:
        return sorted(known.pages)

    monkeypatch.setattr(web, "_due_again", all_due)


def test_a_site_that_forbids_everything_is_left_alone(site: Site, notices: WebCounterpart) -> None:
    notices.robots = "User-agent: Yuheng\nDisallow: /\n"
    site.connect(notices.start())
    report = site.one(SOURCE, FEED)
    assert "robots.txt" in report.error
    assert [path for path, _, _ in notices.seen] == ["/robots.txt"]


def test_a_site_that_breaks_off_goes_on_later(make_site: Callable[..., Site], notices: WebCounterpart) -> None:
    broken, whole = make_site("broken"), make_site("whole")
    access = notices.start()
    whole.connect(access)
    whole.pull()
    whole.take(TODAY)
    broken.connect(access, tries=1)
    notices.faults.requests = 0
    notices.faults.at = dict.fromkeys(range(4, 999), "cut")
    assert "broke off" in broken.one(SOURCE, FEED).error
    notices.faults.at = {}
    assert broken.one(SOURCE, FEED).error == ""
    broken.take(TODAY)
    times = ["fetched_at", "known_from", "event_date", "row_hash"]
    tables = [rows(one).sort_by("url").drop_columns(times) for one in (broken, whole)]
    assert tables[0].equals(tables[1])


def test_a_page_is_read_as_it_is_written() -> None:
    fields = {
        "title": WebField(tag="h1"),
        "body": WebField.model_validate({"tag": "div", "class": "text"}),
        "day": WebField(meta="pubdate"),
        "first": WebField(tag="a", attr="href"),
        "nothing": WebField(tag="h6"),
    }
    text = (
        "<meta NAME=PubDate content=' 2024-01-05 '><h1>A &amp; <b>B</b></h1><a href='/x'>x"
        "<div class='big text'>one<div>two</div><script>var x = '<div>';</script><br>three</div>four"
    )
    page = HtmlPage.read(text, fields)
    assert page.values == {"title": "A & B", "body": "one\ntwo\nthree", "day": "2024-01-05", "first": "/x"}
    assert page.links == ["/x"]


@pytest.mark.parametrize(
    "text", ["", "<", "<div", "<a href=>", "</div></div>", "<!--", "<h1>open", "\0<p>&#xffffffff;"]
)
def test_broken_markup_is_no_error(text: str) -> None:
    HtmlPage.read(text, {"title": WebField(tag="h1")})


def test_the_charset_of_an_old_page() -> None:
    assert declared_charset(b'<meta http-equiv="Content-Type" content="text/html; charset=gb2312">') == "gb18030"
    assert declared_charset(b"<meta charset='UTF-8'>") == "utf-8"
    assert declared_charset(b"<p>none") is None
