"""What words tell: the lists `industry_term`, `industry_activity`, `industry_noise` and the standard's own names, ready
for looking up.

A term of a scope stands for one class when its goods are made, another when they are sold, a third for services; a term
of a name for one or several codes of any level (51: some kind of wholesale).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from yuheng.intake.industry.grams import Words
from yuheng.intake.industry.text import Ints

MAKE, SELL, RETAIL, OTHER, GROW, UNSAID = range(6)
"""Activities of an item; UNSAID: the scope names goods and says nothing about them."""
CELLS = {"make": MAKE, "sell": SELL, "retail": RETAIL, "other": OTHER}
BITS = {"make": 1, "sell": 2, "retail": 4, "wholesale": 8, "other": 16, "grow": 32}
_ELSE = {
    MAKE: (MAKE, OTHER, SELL),
    SELL: (SELL, RETAIL, OTHER, MAKE),
    RETAIL: (RETAIL, SELL, OTHER, MAKE),
    OTHER: (OTHER, SELL, MAKE),
    GROW: (OTHER, MAKE, SELL),
    UNSAID: (OTHER, SELL, RETAIL, MAKE),
}
"""Which class a term stands for where the list has none for the activity: the first of these it has."""
SECTION, DIVISION, GROUP, CLASS = 1, 2, 3, 4


@dataclass(frozen=True)
class Tree:
    """The classes of GB/T 4754 in order, each with its section; `groups[level]`: number of its parent at the level."""

    codes: list[str]
    sections: list[str]

    @classmethod
    def of(cls, industry: pa.Table) -> Tree:
        """From the code list `industry`."""
        rows = [r for r in industry.to_pylist() if r["level"] == CLASS]
        return cls([r["code"] for r in rows], [r["section"] for r in rows])

    @cached_property
    def number(self) -> Mapping[str, int]:
        """Class to its place in the order."""
        return {code: i for i, code in enumerate(self.codes)}

    def at(self, level: int) -> list[str]:
        """What each class belongs to at a level: F, 51, 516, 5165."""
        return self.sections if level == SECTION else [code[:level] for code in self.codes]

    def under(self, prefix: str) -> list[int]:
        """Classes below a code of any level."""
        if prefix.isalpha():
            return [i for i, s in enumerate(self.sections) if s == prefix]
        return [i for i, c in enumerate(self.codes) if c.startswith(prefix)]


@dataclass(frozen=True)
class Lexicon:
    """The word lists as arrays.

    `scope`, `name`, `said`, `shown`: terms of scopes, terms of names, activities of scopes, kinds of premises in names.
    `cell[term, activity]`: the class, -1 for none. `own[term]`: it is an activity itself (房地产开发);
    `general[term]`: it gives way to such a one in the same item (养殖 to 羊). `name_mask[term, class]`: 1 where
    the term fits the class; `name_exact`: the share of a term's exact classes. `said_bits`, `shown_bits`: activities
    of the activity words.
    """

    tree: Tree
    scope: Words
    name: Words
    said: Words
    shown: Words
    cell: Ints
    own: npt.NDArray[np.bool_]
    general: npt.NDArray[np.bool_]
    name_mask: sparse.csr_matrix
    name_exact: sparse.csr_matrix
    said_bits: Ints
    shown_bits: Ints
    noise: tuple[str, ...]
    name_terms: tuple[str, ...]
    name_codes: tuple[str, ...]

    @classmethod
    def of(cls, lists: Mapping[str, pa.Table]) -> Lexicon:
        """From the content's code lists."""
        tree = Tree.of(lists["industry"])
        terms = lists["industry_term"].to_pylist()
        known = {t["term"] for t in terms}
        terms += [t for t in _standard_names(lists["industry"]) if t["term"] not in known]
        named = [t for t in terms if t["name"]]
        terms = [t for t in terms if any(t[column] for column in CELLS)]
        words = lists["industry_activity"].to_pylist()
        said = [w for w in words if w["place"] == "scope"]
        shown = [w for w in words if w["place"] == "name"]
        return cls(
            tree,
            Words([t["term"] for t in terms]),
            Words([t["term"] for t in named]),
            Words([w["word"] for w in said]),
            Words([w["word"] for w in shown]),
            _cells(terms, tree),
            np.array([bool(t["other"]) for t in terms]),
            np.array([t["is_general"] == 1 for t in terms]),
            _mask(named, tree),
            _exact(named, tree),
            np.array([BITS[w["activity"]] for w in said]),
            np.array([BITS[w["activity"]] for w in shown]),
            tuple(lists["industry_noise"]["pattern"].to_pylist()),
            tuple(t["term"] for t in named),
            tuple(t["name"] for t in named),
        )


def _standard_names(industry: pa.Table) -> list[dict[str, str | int | None]]:
    """The standard's names of classes, as newer scopes write them: 建材批发."""
    blank = {"make": None, "sell": None, "retail": None, "name": None, "is_general": 0}
    rows = [r for r in industry.to_pylist() if r["level"] == CLASS]
    return [{"term": r["name_zh"], "other": r["code"], **blank} for r in rows if 3 <= len(r["name_zh"]) <= 14]


def _cells(terms: list[dict[str, str | int | None]], tree: Tree) -> Ints:
    own = np.full((len(terms), len(_ELSE)), -1, dtype=np.int64)
    for i, term in enumerate(terms):
        for column, activity in CELLS.items():
            code = term[column]
            if code:
                own[i, activity] = tree.number[str(code)]
    cell = own.copy()
    for activity, order in _ELSE.items():
        for other in reversed(order):
            cell[:, activity] = np.where(own[:, other] >= 0, own[:, other], cell[:, activity])
    return cell


def _mask(named: list[dict[str, str | int | None]], tree: Tree) -> sparse.csr_matrix:
    pairs = [(i, c) for i, t in enumerate(named) for p in str(t["name"]).split() for c in tree.under(p)]
    return _matrix(pairs, [1.0] * len(pairs), (len(named), len(tree.codes)))


def _exact(named: list[dict[str, str | int | None]], tree: Tree) -> sparse.csr_matrix:
    pairs: list[tuple[int, int]] = []
    share: list[float] = []
    for i, term in enumerate(named):
        prefixes = str(term["name"]).split()
        exact = [p for p in prefixes if len(p) == CLASS]
        pairs += [(i, tree.number[p]) for p in exact]
        share += [1 / len(prefixes)] * len(exact)
    return _matrix(pairs, share, (len(named), len(tree.codes)))


def _matrix(pairs: list[tuple[int, int]], values: list[float], shape: tuple[int, int]) -> sparse.csr_matrix:
    rows, columns = [r for r, _ in pairs], [c for _, c in pairs]
    return sparse.csr_matrix((np.array(values, dtype=np.float32), (rows, columns)), shape=shape)
