"""What two addresses have in common, as numbers: levels that agree, conflict or are missing, texts that overlap."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Set

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from yuheng.content import ContentStore
from yuheng.content.schema import AddressGrammar
from yuheng.identity.pair_parts import LEVELS, AddressParts, Parts
from yuheng.identity.regions import agreement

_ROAD_KINDS = re.compile("(大道|大街|路|街|巷|胡同|弄|线)")
_OUTER = re.compile("[\\d号与交叉口]")
NONE = -1.0
"""Stands for «one of the two does not say»."""


class PairFeatures:
    """Features of a pair of addresses, always in the same order."""

    def __init__(self, store: ContentStore) -> None:
        grammar = store.rules(AddressGrammar)
        self._take = AddressParts(store)
        self._rare = grammar.rare_weight
        self._weights = _weights(store)
        self._common = re.compile("|".join(sorted(grammar.common, key=lambda w: (-len(w), w))))
        self._known: dict[str, Parts] = {}

    def of(self, a: str, b: str) -> dict[str, float]:
        """Feature → value."""
        one, other = self._parts(a), self._parts(b)
        out = _regions(one, other) | _levels(one, other) | _texts(one, other) | _numbers(one, other)
        out |= self._runs(one, other) | self._cores(one, other) | self._estates(one, other)
        for side, x, y in (("ab", one, other), ("ba", other, one)):
            out |= {f"{name}_{side}": value for name, value in self._covered(x, y).items()}
        return out

    def _parts(self, address: str) -> Parts:
        if address not in self._known:
            self._known[address] = self._take.parts(address)
        return self._known[address]

    def _weight(self, text: str | Set[str]) -> float:
        return sum(self._weights.get(c, self._rare) for c in text)

    def _key(self, text: str) -> str:
        return self._common.sub("", self._take.unnumbered(text))

    def _cover(self, text: str, other: str) -> float:
        """Share of a text's weight that stands in the other one in the same order."""
        if not text:
            return NONE
        gone = {op.src_pos for op in LCSseq.editops(text, other) if op.tag == "delete"}
        weights = [self._weights.get(c, self._rare) for c in text]
        return sum(w for place, w in enumerate(weights) if place not in gone) / sum(weights)

    def _runs(self, a: Parts, b: Parts) -> dict[str, float]:
        """The longest runs of characters both have."""
        x, y = a.words, b.words
        run = longest(x, y)
        rest = longest(x.replace(run, "|", 1), y.replace(run, "/", 1)) if run else ""
        tail = longest(a.tail, b.tail)
        gx, gy = set(x), set(y)
        pairs = {x[i : i + 2] for i in range(len(x) - 1)}, {y[i : i + 2] for i in range(len(y) - 1)}
        both = self._weight("".join(sorted(pairs[0] & pairs[1])))
        return {
            "run": float(len(run)),
            "run_weight": self._weight(run),
            "run_share_a": len(run) / max(1, len(x)),
            "run_share_b": len(run) / max(1, len(y)),
            "run_end_a": (x.find(run) + len(run)) / max(1, len(x)) if run else NONE,
            "run_end_b": (y.find(run) + len(run)) / max(1, len(y)) if run else NONE,
            "second_run": float(len(rest)),
            "second_run_weight": self._weight(rest),
            "tail_run": float(len(tail)),
            "tail_run_weight": self._weight(tail),
            "tail_run_a": len(tail) / max(1, len(a.tail)),
            "tail_run_b": len(tail) / max(1, len(b.tail)),
            "rare_a": self._weight(gx & gy) / max(1.0, self._weight(gx)),
            "rare_b": self._weight(gx & gy) / max(1.0, self._weight(gy)),
            "rare_pairs": both,
            "rare_pairs_a": both / max(1.0, self._weight("".join(sorted(pairs[0])))),
            "rare_pairs_b": both / max(1.0, self._weight("".join(sorted(pairs[1])))),
        }

    def _cores(self, a: Parts, b: Parts) -> dict[str, float]:
        """The places the addresses end with."""
        x, y = self._take.unnumbered(a.core), self._take.unnumbered(b.core)
        kx, ky = self._common.sub("", x), self._common.sub("", y)
        first = [re.findall("\\d+", side.core)[:1] for side in (a, b)]
        return {
            "core_ratio": fuzz.ratio(x, y),
            "core_key_ratio": fuzz.ratio(kx, ky),
            "core_end": float(kx[-2:] == ky[-2:]) if kx and ky else NONE,
            "core_begin": float(kx[:2] == ky[:2]) if kx and ky else NONE,
            "core_number": float(first[0] == first[1]) if all(first) else NONE,
        }

    def _estates(self, a: Parts, b: Parts) -> dict[str, float]:
        """What stands in front of the number of the building, and what of each core the other text lacks."""
        x, y = _before_building(a), _before_building(b)
        out = {"estate_ratio": fuzz.ratio(x, y) if x and y else NONE}
        out["estate_run"] = float(len(longest(x, y))) if x and y else NONE
        for side, mine, theirs in (("a", a, b), ("b", b, a)):
            key = self._key(mine.core)
            cover = self._cover(key, theirs.words)
            out[f"missing_{side}"] = (1 - cover) * self._weight(key) if key else NONE
            key = self._common.sub("", self._take.unnumbered(mine.text))
            cover = self._cover(key, theirs.words)
            out[f"missing_all_{side}"] = (1 - cover) * self._weight(key) if key else NONE
            numbers = _NUMBERS.findall(mine.core)
            out[f"last_number_{side}"] = float(numbers[-1] in theirs.levels["digits"]) if numbers else NONE
            out[f"strange_numbers_{side}"] = float(len(set(numbers) - theirs.levels["digits"]))
            out[f"gate_{side}"] = float(mine.remark.endswith("门"))
            out[f"fine_{side}"] = float(sum(len(mine.levels[k]) for k in ("building", "unit", "floor", "room")))
        both = [_NUMBERS.findall(side.text) for side in (a, b)]
        out["numbers_order"] = LCSseq.normalized_similarity(*both) if all(both) else NONE
        found = [_BUILDING.search(side.core) for side in (a, b)]
        out["building_same"] = float(found[0][1] == found[1][1]) if found[0] and found[1] else NONE
        return out

    def _covered(self, x: Parts, y: Parts) -> dict[str, float]:
        """How much of `x` is found in `y`."""
        core = self._take.unnumbered(x.core)
        key = self._common.sub("", core)
        run = longest(core, y.words)
        numbers = re.findall("\\d+", x.core)
        digits, roads = y.levels["digits"], x.levels["road"]
        names = [_ROAD_KINDS.sub("", road) for road in roads]
        return {
            "core_length": float(len(core)),
            "core_key_length": float(len(key)),
            "core_cover": self._cover(core, y.words),
            "core_key_cover": self._cover(key, y.words),
            "core_partial": fuzz.partial_ratio(core, y.words) if core and len(core) <= len(y.words) else NONE,
            "core_run": float(len(run)),
            "core_run_share": len(run) / max(1, len(core)),
            "core_inside": float(bool(key) and key in y.words),
            "core_numbers": len(set(numbers) & digits) / len(set(numbers)) if numbers else NONE,
            "core_first": float(numbers[0] in digits) if numbers else NONE,
            "remark_cover": self._cover(x.remark, y.text),
            "road_inside": max((float(road in y.text) for road in roads), default=NONE),
            "road_name_inside": max((float(len(n) > 1 and n in y.text) for n in names), default=NONE),
            "village_inside": max((float(len(v) > 1 and v in y.text) for v in x.levels["village"]), default=NONE),
            "number_inside": len(x.levels["number"] & digits) / len(x.levels["number"]) if x.levels["number"] else NONE,
            "key_cover": self._cover(self._common.sub("", x.words), self._common.sub("", y.words)),
            "words_cover": self._cover(x.words, y.words),
        }


def longest(a: str, b: str) -> str:
    """The longest text both contain (the first in `a` of several)."""
    best, end, last = 0, 0, [0] * (len(b) + 1)
    for i, x in enumerate(a):
        row = [0] * (len(b) + 1)
        for j, y in enumerate(b):
            if x == y:
                row[j + 1] = last[j] + 1
                if row[j + 1] > best:
                    best, end = row[j + 1], i + 1
        last = row
    return a[end - best : end]


def _weights(store: ContentStore) -> Mapping[str, float]:
    """Character → how much it tells: −log of the share of the regions' names that have it."""
    names = store.code_lists["region"]["name_zh"].to_pylist()
    counts = Counter(c for name in names for c in set(name))
    weights = {c: math.log((len(names) + 1) / (n + 1)) for c, n in counts.items()}
    grammar = store.rules(AddressGrammar)
    return weights | {c: min(weights.get(c, math.inf), grammar.light_weight) for c in grammar.light}


def _regions(a: Parts, b: Parts) -> dict[str, float]:
    out = {"regions_fit": agreement(a.located.codes, b.located.codes)}
    for level, x, y in zip(("province", "city", "county"), a.located.names, b.located.names, strict=True):
        out[f"{level}_said"] = float(bool(x)) + 2 * float(bool(y))
        out[f"{level}_same"] = float(x[:2] == y[:2]) if x and y else NONE
    for side, one, other in (("ab", a, b), ("ba", b, a)):
        county = one.located.names[2]
        out[f"county_inside_{side}"] = float(county[:2] in other.text) if county else NONE
    return out


def _levels(a: Parts, b: Parts) -> dict[str, float]:
    out: dict[str, float] = {}
    for level in LEVELS:
        x, y = a.levels[level], b.levels[level]
        out[f"{level}_a"], out[f"{level}_b"] = float(len(x)), float(len(y))
        out[f"{level}_share"] = len(x & y) / min(len(x), len(y)) if x and y else NONE
    for level in ("number", "building", "unit", "floor", "block"):
        x, y = a.levels[level], b.levels[level]
        out[f"{level}_fit"] = (1.0 if x & y else -1.0) if x and y else 0.0
    for level, x, y in (
        ("road", a.levels["road"], b.levels["road"]),
        ("village", a.levels["village"], b.levels["village"]),
        ("town", a.levels["town"], b.levels["town"]),
        ("place", a.places, b.places),
    ):
        out[f"{level}_ratio"] = max(fuzz.ratio(one, other) for one in x for other in y) / 100 if x and y else NONE
    return out


def _texts(a: Parts, b: Parts) -> dict[str, float]:
    out = {"crossing_a": float(a.at_crossing), "crossing_b": float(b.at_crossing)}
    for length in (1, 2, 3):
        x, y = _grams(a.text, length), _grams(b.text, length)
        both = sum((x & y).values())
        out[f"grams{length}_a"], out[f"grams{length}_b"] = both / max(1, x.total()), both / max(1, y.total())
    named = [_OUTER.sub("", _without(side.text, side.levels["road"])) for side in (a, b)]
    return out | {
        "ratio": fuzz.ratio(a.text, b.text),
        "partial": fuzz.partial_ratio(a.text, b.text),
        "words_ratio": fuzz.ratio(a.words, b.words),
        "words_partial": fuzz.partial_ratio(a.words, b.words),
        "sorted_ratio": fuzz.ratio("".join(sorted(a.words)), "".join(sorted(b.words))),
        "end_ratio": fuzz.ratio(a.words[-6:], b.words[-6:]),
        "order": LCSseq.normalized_similarity(a.text, b.text),
        "tail_partial": fuzz.partial_ratio(a.tail, b.tail) if a.tail and b.tail else NONE,
        "length_a": float(len(a.text)),
        "length_b": float(len(b.text)),
        "tail_length_a": float(len(a.tail)),
        "tail_length_b": float(len(b.tail)),
        "beside_roads_a": float(len(named[0])),
        "beside_roads_b": float(len(named[1])),
    }


def _numbers(a: Parts, b: Parts) -> dict[str, float]:
    """How far house numbers and buildings lie apart, and how fine each address is."""
    out = {"number_gap": _gap(a.levels["number"], b.levels["number"])}
    out["building_gap"] = _gap(a.levels["building"], b.levels["building"])
    for side, x in (("a", a), ("b", b)):
        said = [bool(x.levels[level]) for level in ("building", "floor", "unit", "room")]
        out[f"finest_{side}"] = float(max((place for place, there in enumerate(said, 1) if there), default=0))
        out[f"firm_{side}"] = float("公司" in x.text)
    return out


def _gap(a: Set[str], b: Set[str]) -> float:
    x, y = ([int(m.group()) for m in map(_DIGITS.search, side) if m] for side in (sorted(a), sorted(b)))
    return float(min(min(abs(i - j) for i in x for j in y), 1000)) if x and y else NONE


_DIGITS = re.compile("\\d{1,9}")
_NUMBERS = re.compile("\\d+")
_BUILDING = re.compile("(\\d+|[A-Z])(?:号楼|栋|幢|座|单元)")


def _before_building(parts: Parts) -> str:
    found = _BUILDING.search(parts.text)
    return parts.text[max(0, found.start() - 4) : found.start()] if found else ""


def _grams(text: str, length: int) -> Counter[str]:
    return Counter(text[i : i + length] for i in range(len(text) - length + 1))


def _without(text: str, words: Set[str]) -> str:
    for word in sorted(words, key=lambda w: (-len(w), w)):
        text = text.replace(word, "")
    return text
