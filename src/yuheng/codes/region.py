"""The tree of regions: GB/T 2260 from province to county, and streets below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from yuheng.errors import CodeError

PROVINCE, CITY, COUNTY, STREET = 1, 2, 3, 4


@dataclass(frozen=True)
class Region:
    """One region.

    `kind` is GB2260, DEVELOPMENT_ZONE (registers use its code, the standard does not have it), STATISTICAL, GROUPING
    (a heading such as 省直辖县级行政区划) or FORMER; `present` is the code that counts today, for most its own.
    """

    code: str
    name_zh: str
    level: int
    parent: str | None
    kind: str = "GB2260"
    present: str = ""


class RegionTree:
    """Regions by code, with their children in the order of the codes."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self._regions: dict[str, Region] = {}
        self._children: dict[str | None, list[Region]] = {}
        for region in regions:
            if region.code in self._regions:
                raise CodeError(f"The region {region.code} stands twice in the list.")
            self._regions[region.code] = region
            self._children.setdefault(region.parent, []).append(region)
        for parent in self._children:
            if parent is not None and parent not in self._regions:
                raise CodeError(f"The parent {parent} of {self._children[parent][0].code} is not in the list.")

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, object]]) -> RegionTree:
        """From rows with the columns code, name_zh, level, parent, kind, present."""
        return cls(
            Region(
                str(row["code"]),
                str(row["name_zh"]),
                int(str(row["level"])),
                str(row["parent"]) if row["parent"] else None,
                str(row["kind"]),
                str(row["present"]),
            )
            for row in rows
        )

    def __len__(self) -> int:
        return len(self._regions)

    def __iter__(self) -> Iterator[Region]:
        return iter(self._regions.values())

    def __contains__(self, code: object) -> bool:
        return code in self._regions

    def __getitem__(self, code: str) -> Region:
        try:
            return self._regions[code]
        except KeyError:
            raise CodeError(f"No region {code!r} in the list.") from None

    def children(self, code: str | None) -> list[Region]:
        """The regions directly below; with None the provinces. Former codes are left out."""
        return [region for region in self._children.get(code, []) if region.kind != "FORMER"]

    def cities(self, province: str) -> list[Region]:
        """Prefectures of a province; a heading (市辖区, 省直辖县级行政区划) gives way to the counties below it."""
        out: list[Region] = []
        for region in self.children(province):
            out += self.children(region.code) if region.kind == "GROUPING" else [region]
        return out

    def ancestors(self, code: str) -> list[Region]:
        """The regions above, the province first."""
        up: list[Region] = []
        parent = self[code].parent
        while parent is not None:
            up.insert(0, self[parent])
            parent = self[parent].parent
        return up

    def city_of(self, code: str) -> str | None:
        """The prefecture a county or street belongs to; a county led by its province (such as 419001) is its own."""
        for region in [self[code], *reversed(self.ancestors(code))]:
            if region.level == COUNTY and region.code[2:4] == "90":
                return region.code
            if region.level == CITY:
                return region.code
        return None

    def present(self, code: str) -> Region:
        """The region that stands for `code` today: itself, or what a former code became."""
        region = self[code]
        return self[region.present] if region.present else region

    def path_name(self, code: str) -> str:
        """Names from the province down, such as 河南省郑州市金水区; headings are left out."""
        parts = [*self.ancestors(code), self[code]]
        return "".join(region.name_zh for region in parts if region.kind != "GROUPING")
