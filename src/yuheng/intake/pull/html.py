"""What a page says, read with the standard library's parser: links, meta values, the text of single elements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from yuheng.content.schema import WebField

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "section", "article", "table", "ul"})
_SILENT = frozenset({"script", "style", "noscript", "template"})
_LONGEST = 1_000_000
"""Characters of one element's text at most."""


@dataclass
class _Open:
    """An element whose text is being gathered; `depth` counts elements of its name inside it."""

    name: str
    tag: str
    depth: int = 1


class HtmlPage(HTMLParser):
    """Reads one page: `links` in their order, and the values of the declared fields that stand in the page."""

    def __init__(self, fields: Mapping[str, WebField] | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.values: dict[str, str] = {}
        self._fields = fields or {}
        self._open: list[_Open] = []
        self._parts: dict[str, list[str]] = {}
        self._silent = 0

    @classmethod
    def read(cls, text: str, fields: Mapping[str, WebField] | None = None) -> HtmlPage:
        """The page of a text; broken markup gives what can be read of it."""
        page = cls(fields)
        page.feed(text)
        page.close()
        page.finish()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Links, meta values, and elements that are looked for."""
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"].strip())
        if tag == "meta":
            self._meta(given)
        if tag in _SILENT:
            self._silent += 1
        for one in self._open:
            one.depth += one.tag == tag and tag not in _VOID
            if tag in _BLOCKS:
                self._parts[one.name].append("\n")
        for name, wanted in self._fields.items():
            if wanted.tag == tag and name not in self._parts and name not in self.values and _has(wanted, given):
                self._begin(name, wanted, tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """<tag/>."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """The end of an element that is gathered."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        for one in self._open:
            one.depth -= one.tag == tag
        self._open = [one for one in self._open if one.depth > 0]

    def handle_data(self, data: str) -> None:
        """Text goes to every element that is open and gathered."""
        if not self._silent:
            for one in self._open:
                self._parts[one.name].append(data)

    def finish(self) -> None:
        """The gathered texts become values."""
        for name, parts in self._parts.items():
            self.values[name] = tidy("".join(parts)[:_LONGEST])

    def _begin(self, name: str, wanted: WebField, tag: str, given: Mapping[str, str]) -> None:
        if wanted.attr is not None:
            self.values[name] = given.get(wanted.attr, "")
        else:
            self._parts[name] = []
            self._open.append(_Open(name, tag))

    def _meta(self, given: Mapping[str, str]) -> None:
        called = {given.get("name", "").lower(), given.get("property", "").lower()} - {""}
        for name, wanted in self._fields.items():
            if wanted.meta is not None and wanted.meta.lower() in called and name not in self.values:
                self.values[name] = given.get("content", "").strip()


def tidy(text: str) -> str:
    """Blanks and empty lines put together.

    >>> tidy("  a \\n\\n  b\\u3000c ")
    'a\\nb c'
    """
    lines = (re.sub(r"[ \t\r\f\v\u3000\xa0]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def declared_charset(body: bytes) -> str | None:
    """The charset a page names in its first bytes; GB2312 and GBK are read as GB18030, which holds them."""
    found = re.search(rb"""<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9_-]+)""", body[:4096])
    name = found.group(1).decode("ascii").lower() if found else None
    return "gb18030" if name in ("gb2312", "gbk", "gb18030") else name


def _has(wanted: WebField, given: Mapping[str, str]) -> bool:
    return wanted.class_ is None or wanted.class_ in given.get("class", "").split()
