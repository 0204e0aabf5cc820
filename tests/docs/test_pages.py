"""Pages people read: their links resolve, they are short enough, their commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools.reference.commands import commands, options
from tools.reference.markdown import anchor

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("README*.md"), *DOCS.rglob("*.md")])
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"(?:^|[\s`(])(?:\.venv/bin/)?yuheng ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)([^\n`#;]*)", re.MULTILINE)
_FLAG = re.compile(r"(?<=\s)--[a-z][a-z-]*")


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _anchors(page: Path) -> set[str]:
    return {anchor(h) for h in _HEADING.findall(_FENCE.sub("", _text(page)))}


def _named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_internal_links_resolve(page: Path) -> None:
    broken = []
    for target in _LINK.findall(_FENCE.sub("", _text(page))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, place = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (place and place not in _anchors(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_pages_are_short(page: Path) -> None:
    assert len(_text(page).splitlines()) < (150 if page.parent == ROOT else 500)


@pytest.mark.parametrize("page", [p for p in PAGES if "reference" not in p.parts], ids=_named)
def test_commands_named_on_a_page_exist_with_their_options(page: Path) -> None:
    known = {name.removeprefix("yuheng "): command for name, command in commands()}
    wrong = []
    for words, rest in _CALL.findall(_text(page)):
        name = next((n for n in (words, words.split()[0]) if n in known), None)
        group = any(n.startswith(f"{words.split()[0]} ") for n in known)
        if name is None:
            if not (group and " " not in words):
                wrong.append(words)
            continue
        flags = {flag for p in options(known[name]) for flag in p.opts}
        wrong += [f"{name} {flag}" for flag in _FLAG.findall(rest) if flag not in flags]
    assert wrong == []


def test_every_command_is_told_about_in_words() -> None:
    words = "\n".join(_text(p) for p in PAGES if "reference" not in p.parts)
    missing = [n for n, _ in commands() if n not in words and n.removeprefix("yuheng ") not in words]
    assert missing == []


def test_both_readmes_name_the_same_commands() -> None:
    blocks = [
        re.findall(r"^(?:\.venv/bin/yuheng|make) [a-z-]+", _text(p), re.MULTILINE) for p in ROOT.glob("README*.md")
    ]
    assert blocks[0] == blocks[1]
