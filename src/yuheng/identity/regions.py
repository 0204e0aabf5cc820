"""The regions an address begins with, by the names of the code list, and which codes they can mean together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from yuheng.content import ContentStore
from yuheng.identity.regionsql import level_names

WIDTHS = (2, 4, 6)
"""Digits that tell a province, a city and a county of GB/T 2260."""


@dataclass(frozen=True, slots=True)
class Located:
    """What an address begins with: the three names as written (empty: not there) and the codes they can mean."""

    names: tuple[str, str, str]
    codes: frozenset[str]
    rest: str


class RegionNames:
    """The names of provinces, cities and counties, with the short forms people write."""

    def __init__(self, store: ContentStore) -> None:
        self._codes = [
            {name: {code[:width] for code in codes} for name, codes in level.items()}
            for width, level in zip(WIDTHS, level_names(store, ""), strict=True)
        ]
        self._first = [_pattern(names) for names in self._codes]
        self._glue = re.compile("[省市]")

    def split(self, text: str) -> Located:
        """The regions at the beginning of a plain text; a name said twice counts once."""
        found = ["", "", ""]
        for place, pattern in enumerate(self._first):
            match = pattern.match(text)
            if match:
                found[place] = match.group()
                text = text[match.end() :].removeprefix(found[place]) or ""
                text = self._glue.sub("", text, count=1) if place < 2 and self._glue.match(text) else text
        return Located((found[0], found[1], found[2]), self._together(found), text)

    def _together(self, names: Iterable[str]) -> frozenset[str]:
        """Codes of the narrowest region named within the wider ones; a name against them is passed over."""
        codes: set[str] = set()
        for place, name in enumerate(names):
            if not name:
                continue
            own = self._codes[place][name]
            inside = {code for code in own if any(_nested(code, wider) for wider in codes)} if codes else own
            codes = inside or codes
        return frozenset(codes)


def agreement(a: frozenset[str], b: frozenset[str]) -> float:
    """How two sets of codes fit: 0 unknown, −1 against each other, else the share of the code both tell, 2 for all."""
    if not a or not b:
        return 0.0
    best = -1.0
    for one in a:
        for other in b:
            told = min(len(one), len(other))
            if one[:told] == other[:told]:
                best = max(best, 2.0 if told == WIDTHS[-1] else told / WIDTHS[-1])
    return best


def _nested(code: str, wider: str) -> bool:
    return code.startswith(wider) or wider.startswith(code)


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    # 南京路 is a road of many towns, not the city.
    return re.compile(f"(?:{'|'.join(map(re.escape, sorted(names, key=lambda n: (-len(n), n))))})(?!{_ROAD})")


_ROAD = "[东南西北中一二三四五六七八九十0-9]{0,2}(?:路|街(?!道)|大道|大街|巷)"
