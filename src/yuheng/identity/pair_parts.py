"""One address taken apart for comparison: what it says of each level, as sets, since an address may name several roads.

The bulk parse with one value per level is `yuheng.identity.addresses`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from yuheng.content import ContentStore
from yuheng.content.schema import AddressGrammar
from yuheng.identity.regions import Located, RegionNames
from yuheng.identity.wording import Wording

LEVELS = ("town", "village", "road", "number", "building", "unit", "floor", "room", "block", "digits", "letters")
"""Levels of which an address says a set of values."""


@dataclass(frozen=True, slots=True)
class Parts:
    """An address in parts; every text in plain form with Arabic numbers."""

    text: str
    """Without the regions in front and without brackets."""
    located: Located
    levels: dict[str, frozenset[str]]
    places: frozenset[str]
    """Names of buildings, housing estates, firms."""
    at_crossing: bool
    tail: str
    """What stands behind the last road, house number or distance, without numbers."""
    core: str
    """The place an address ends with: behind roads, distances and remarks."""
    remark: str
    """What stands in brackets."""

    @property
    def words(self) -> str:
        """The text's Chinese characters alone."""
        return _OTHER.sub("", self.text)


class AddressParts:
    """Takes addresses apart by one content version's grammar."""

    def __init__(self, store: ContentStore) -> None:
        g = store.rules(AddressGrammar)
        self._wording, self._regions = Wording(store), RegionNames(store)
        road, town, village = _either(g.road), _either(g.town), _either(g.village)
        self._town_end = re.compile(f"(?:{town})$")
        self._village_end = re.compile(f"(?:{village})$")
        self._town = re.compile(f"[^\\d号路巷弄区县市镇乡]{{1,6}}?(?:{town})")
        not_road = "[^\\d号路街道巷弄与和交叉口区县市镇乡村省]{1,8}\\d{0,3}"
        road_end = road.replace("|街|", "|街(?!道)|")
        self._levels = {
            "village": re.compile(f"([^\\d号路街巷弄镇乡区县市]{{1,6}}(?:{village}|{_either(g.group)}))"),
            "road": re.compile(f"({not_road}(?:{road_end})(?:{_either(g.road_section)})?)"),
            "number": re.compile(f"(\\d+(?:-\\d+)?)(?:号(?!{_either(g.not_number)})|{_either(g.lane)})"),
            "building": re.compile(f"([A-Z]?\\d+|[A-Z])(?:-?\\d*)?(?:{_either(g.building)})(?!层)"),
            "unit": re.compile(f"([\\dA-Z]+)(?:{_either(g.unit)})"),
            "floor": re.compile(f"(\\d+)(?:{_either(g.floor)})"),
            "room": re.compile(f"(\\d{{3,4}})(?:{_either(g.room)})"),
            "block": re.compile("(\\d+(?=期)|(?:[A-Z]|[东南西北中])(?=区))"),
            "digits": re.compile("(\\d+)"),
            "letters": re.compile("([A-Z]+)"),
        }
        self._place = re.compile(f"([^\\d号路街巷弄镇乡区县市村与]{{2,10}}(?:{_either(g.place)}))")
        crossing, near = _either(g.crossing), _either(g.near)
        distance = "[东南西北]+\\d+米"
        self._crossing = re.compile(f"{crossing}|[东南西北]\\d+米")
        self._behind_crossing = re.compile(f".*(?:{crossing})[东南西北]*\\d*米?")
        self._numbered = re.compile(f"[\\dA-Z]+(?:{_either([*g.building, *g.unit, *g.floor, *g.room])})?")
        self._last_road = re.compile(f"(?:路|街|巷|弄|道|{crossing}|米|\\d号(?!楼))")
        self._anchor = re.compile(
            f"(?:{crossing})?{distance}|{crossing}|{near}|\\d号(?![楼院线门店地])|\\d弄"
            "|(?:路|街|大道|巷|弄)(?=[^\\d路街与和大])|\\)"
        )

    def parts(self, address: str) -> Parts:
        """The address in parts; an empty one has empty parts."""
        plain = self._wording.plain(address)
        located = self._regions.split(plain)
        text = self._wording.arabic(re.sub("[()]", "", located.rest))
        levels = self._said(text)
        core, remark = self._core(located.rest)
        return Parts(
            text=text,
            located=located,
            levels=levels,
            places=frozenset(self._place.findall(self._behind_crossing.sub("", text))),
            at_crossing=bool(self._crossing.search(text)),
            tail=self.unnumbered(text[_end(self._last_road, text) :]),
            core=core,
            remark=remark,
        )

    def unnumbered(self, text: str) -> str:
        """A text without the numbers of buildings, units, floors and rooms."""
        return self._numbered.sub("", text)

    def _said(self, text: str) -> dict[str, frozenset[str]]:
        town = self._town.match(text)
        inner = text[town.end() :] if town else text
        found = {level: frozenset(pattern.findall(inner)) for level, pattern in self._levels.items()}
        found["town"] = frozenset([self._town_end.sub("", town.group())] if town else [])
        found["village"] = frozenset(self._village_end.sub("", name) for name in found["village"])
        return found

    def _core(self, rest: str) -> tuple[str, str]:
        remark = "".join(_BRACKETS.findall(rest))
        text = self._wording.arabic(_BRACKETED.sub(")", rest).rstrip(")"))
        core = text[_end(self._anchor, text) :]
        core = core if len(core) > 1 else text
        return _once(core), self._wording.arabic(remark)


_OTHER = re.compile("[^\\u4e00-\\u9fff]")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_BRACKETED = re.compile(r"\([^()]*\)?")


def _either(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=lambda w: (-len(w), w)))


def _end(pattern: re.Pattern[str], text: str) -> int:
    """Where the last match ends; 0 without one."""
    last = 0
    for match in pattern.finditer(text):
        last = match.end()
    return last


def _once(text: str) -> str:
    """A name said twice in a row, once: 清荷园4号楼清荷园4号楼."""
    for length in range(len(text) // 2, 2, -1):
        if text[-length:] == text[-2 * length : -length]:
            return text[-length:]
    return text
