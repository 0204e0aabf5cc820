"""The tree of industries: GB/T 4754-2017 from section (A) over division (01) and group (011) to class (0111)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from yuheng.errors import CodeError

SECTION, DIVISION, GROUP, CLASS = 1, 2, 3, 4


@dataclass(frozen=True)
class Industry:
    """One industry; `level` 1 section, 2 division, 3 group, 4 class."""

    code: str
    name_zh: str
    level: int
    section: str
    parent: str | None


class IndustryTree:
    """Industries by code, in the order of the standard."""

    def __init__(self, industries: Iterable[Industry]) -> None:
        self._industries: dict[str, Industry] = {}
        for industry in industries:
            if industry.code in self._industries:
                raise CodeError(f"The industry {industry.code} stands twice in the list.")
            if industry.parent is not None and industry.parent not in self._industries:
                raise CodeError(
                    f"The parent {industry.parent} of {industry.code} does not stand before it in the list."
                )
            self._industries[industry.code] = industry
        self._children: dict[str | None, list[Industry]] = {}
        for industry in self._industries.values():
            self._children.setdefault(industry.parent, []).append(industry)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, object]]) -> IndustryTree:
        """From rows with the columns code, name_zh, level, section, parent."""
        return cls(
            Industry(
                str(row["code"]),
                str(row["name_zh"]),
                int(str(row["level"])),
                str(row["section"]),
                str(row["parent"]) if row["parent"] else None,
            )
            for row in rows
        )

    def __len__(self) -> int:
        return len(self._industries)

    def __iter__(self) -> Iterator[Industry]:
        return iter(self._industries.values())

    def __contains__(self, code: object) -> bool:
        return code in self._industries

    def __getitem__(self, code: str) -> Industry:
        try:
            return self._industries[code]
        except KeyError:
            raise CodeError(f"No industry {code!r} in GB/T 4754-2017.") from None

    def children(self, code: str | None) -> list[Industry]:
        """The industries directly below; with None the sections."""
        return list(self._children.get(code, []))

    def level(self, level: int) -> list[Industry]:
        """All industries of a level."""
        return [industry for industry in self._industries.values() if industry.level == level]

    def path(self, code: str) -> list[Industry]:
        """From the section down to `code` itself."""
        path = [self[code]]
        while path[0].parent is not None:
            path.insert(0, self[path[0].parent])
        return path
