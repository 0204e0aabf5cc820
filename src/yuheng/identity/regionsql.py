"""Names of regions for SQL: a pattern of each level, and a table that says which region three names mean together."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.content.schema import AddressGrammar
from yuheng.identity.staged import either

PLACES = pa.schema([("names", pa.string()), ("region_code", pa.string())])
"""The three names as written, joined by `|` (empty: not said) → the region they mean."""
_AFTER = "|"


def level_names(store: ContentStore, home: str) -> list[dict[str, set[str]]]:
    """Province, city, county: name as it may be written → the codes it can mean (six digits).

    Counties have short forms only within the province of `home` (a region's code; empty: nowhere): 东方 is a city of
    Hainan, and the own name of many firms.
    """
    near = home.rstrip("0")
    ends = store.rules(AddressGrammar).region_ends
    rows = store.code_lists["region"].select(["code", "name_zh", "level", "kind", "present"]).to_pylist()
    peoples = re.compile(f"(?:{either(store.rules(AddressGrammar).peoples)})+(?=[区县])")
    levels: list[dict[str, set[str]]] = [{}, {}, {}]
    for row in rows:
        place = int(row["level"]) - 1
        if place > 2 or row["kind"] == "GROUPING":
            continue
        shorter = (ends.province, ends.city, ends.county if _inside(row["code"], near[:2]) else [])[place]
        plain = peoples.sub("", row["name_zh"])  # 管城回族区 is written 管城区
        for name in written(row["name_zh"], shorter) | (written(plain, shorter) if len(plain) > 2 else set()):
            levels[place].setdefault(name, set()).add(row["present"] or row["code"])
    return levels


def _inside(code: str, province: str) -> bool:
    return bool(province) and code.startswith(province)


def written(name: str, ends: Iterable[str]) -> set[str]:
    """A region's name and its short forms of two characters and more."""
    return {name} | {name.removesuffix(end) for end in ends if name.endswith(end) and len(name) - len(end) > 1}


def patterns(store: ContentStore, home: str) -> list[str]:
    """One pattern per level, from province to county."""
    return [either(names) for names in level_names(store, home)]


def places(store: ContentStore, home: str) -> pa.Table:
    """The table of `PLACES`: every way to name a region that means one alone, or one alone within `home`."""
    provinces, cities, counties = level_names(store, home)
    found: dict[str, set[str]] = {}
    by_code = [_inverted(level) for level in (provinces, cities, counties)]
    for code, names in by_code[0].items():
        _say(found, names, [""], [""], code)
    for code, names in by_code[1].items():
        above = by_code[0].get(f"{code[:2]}0000", set()) | {""}
        _say(found, above, names, [""], code)
    for code, names in by_code[2].items():
        wide = by_code[0].get(f"{code[:2]}0000", set()) | {""}
        middle = by_code[1].get(f"{code[:4]}00", set()) | {""}
        _say(found, wide, middle, names, code)
    near = home.rstrip("0")
    meant = {key: _one(codes, near) for key, codes in found.items()}
    rows = sorted((key, code) for key, code in meant.items() if code)
    return pa.table({"names": [r[0] for r in rows], "region_code": [r[1] for r in rows]}, schema=PLACES)


def _say(
    found: dict[str, set[str]], wide: Iterable[str], middle: Iterable[str], narrow: Iterable[str], code: str
) -> None:
    for a in wide:
        for b in middle:
            for c in narrow:
                found.setdefault(f"{a}{_AFTER}{b}{_AFTER}{c}", set()).add(code)


def _one(codes: set[str], near: str) -> str | None:
    """The only code, or the only one near; None when several are meant."""
    inside = {code for code in codes if code.startswith(near)} or codes
    return min(inside) if len(inside) == 1 else None


def _inverted(names: dict[str, set[str]]) -> dict[str, set[str]]:
    out: dict[str, set[str]] = {}
    for name, codes in names.items():
        for code in codes:
            out.setdefault(code, set()).add(name)
    return out
