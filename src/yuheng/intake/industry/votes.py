"""What the words of a firm say: votes for classes by its scope and by its name, as sparse firm x class matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from yuheng.intake.industry.grams import Found
from yuheng.intake.industry.terms import BITS, GROW, MAKE, OTHER, RETAIL, SELL, UNSAID, Lexicon
from yuheng.intake.industry.text import Ints, Items, Points, items

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Premises:
    """What a name says about the place: a shop sells to people, a works makes. One flag per firm."""

    retail: npt.NDArray[np.bool_]
    works: npt.NDArray[np.bool_]


def premises(name: Points, lexicon: Lexicon) -> Premises:
    """From the words of names."""
    found = lexicon.shown.find(name.codes, nested=True)
    bits = np.zeros(name.rows, dtype=np.int64)
    np.bitwise_or.at(bits, name.row[found.start], lexicon.shown_bits[found.term])
    return Premises((bits & BITS["retail"]) > 0, (bits & BITS["make"]) > 0)


@dataclass(frozen=True)
class Votes:
    """What items of scopes stand for: a firm, a class, and the place among the firm's such items (0 the first)."""

    row: Ints
    voted: Ints
    nth: Ints


def scope_votes(scope: Points, place: Premises, lexicon: Lexicon) -> Votes:
    """One vote per item that names goods or a service, in the order of the scopes."""
    parts = items(scope)
    terms = lexicon.scope.find(scope.codes)
    said = lexicon.said.find(scope.codes)
    bits = _bits(parts, said.only(_heads(said, terms)), lexicon)
    head = _head_of_item(terms, parts, lexicon)
    named = np.zeros(parts.count, dtype=bool)
    named[parts.item[head.start]] = True
    bits = _carried(_joined(bits, named, parts), parts)
    item = parts.item[head.start]
    row = parts.row[item]
    voted = lexicon.cell[head.term, _activity(bits[item], place.retail[row], place.works[row])]
    row, voted = row[voted >= 0], voted[voted >= 0]
    return Votes(row, voted, np.arange(len(row)) - np.searchsorted(row, row, side="left"))


def name_terms(name: Points, lexicon: Lexicon) -> tuple[sparse.csr_matrix, Ints]:
    """Terms of names as a firm x term matrix (the last term weighs 1, others 0.4), and each firm's last term or -1."""
    found = lexicon.name.find(name.codes)
    row = name.row[found.start].astype(np.int64)
    last = np.full(name.rows, -1, dtype=np.int64)
    last[row] = np.arange(len(found))  # by place: the last one stays
    weight = np.where(last[row] == np.arange(len(found)), 1.0, 0.4).astype(np.float32)
    shape = (name.rows, len(lexicon.name_terms))
    matrix = sparse.csr_matrix((weight, (row, found.term)), shape=shape)
    return matrix, np.where(last >= 0, found.term[np.maximum(last, 0)] if len(found) else -1, -1)


def _heads(said: Found, terms: Found) -> npt.NDArray[np.bool_]:
    """Activity words that stand for themselves: not in the middle of a term (生产 in 生产资料)."""
    if not len(terms) or not len(said):
        return np.ones(len(said), dtype=bool)
    at = np.searchsorted(terms.start, said.start, side="right") - 1
    inside = (at >= 0) & (terms.end[np.maximum(at, 0)] > said.end)
    out: npt.NDArray[np.bool_] = ~inside
    return out


def _bits(parts: Items, said: Found, lexicon: Lexicon) -> Ints:
    bits = np.zeros(parts.count, dtype=np.int64)
    np.bitwise_or.at(bits, parts.item[said.start], lexicon.said_bits[said.term])
    return bits


def _joined(bits: Ints, named: npt.NDArray[np.bool_], parts: Items) -> Ints:
    """Items that name nothing form runs: their activities hold together (批发、零售:…), and for the item before them
    (羊的养殖、销售)."""
    if not parts.count:
        return bits
    new_clause = np.concatenate([np.ones(1, dtype=bool), np.diff(parts.clause) > 0])
    run = np.cumsum(named | new_clause) - 1  # a named item begins the run of those behind it
    colon_in = np.maximum.reduceat(parts.colon, np.flatnonzero(np.diff(run, prepend=-1)))
    behind = np.zeros(int(run[-1]) + 1, dtype=np.int64)
    np.bitwise_or.at(behind, run[~named], bits[~named])
    return np.where(named, bits | np.where(colon_in[run], 0, behind[run]), behind[run])


def _carried(bits: Ints, parts: Items) -> Ints:
    """Activities of items that name none: of the words before a colon, else of the next item that trades or makes,
    else of the one before; never from another clause."""
    if not parts.count:
        return bits
    trade = bits & ~BITS["other"]
    number = np.arange(parts.count)
    ahead = _last_before(parts.colon & (bits > 0), parts)
    after = np.minimum.accumulate(np.where(trade > 0, number, parts.count)[::-1])[::-1]
    after = np.where(
        (after < parts.count) & (parts.clause[np.minimum(after, parts.count - 1)] == parts.clause), after, -1
    )
    before = _last_before(trade > 0, parts)
    source = np.where(ahead >= 0, ahead, np.where(after >= 0, after, before))
    given = np.where(source >= 0, bits[np.maximum(source, 0)], 0)
    return np.where(bits > 0, bits, given)


def _last_before(mark: npt.NDArray[np.bool_], parts: Items) -> Ints:
    """The last marked item at or before each item within its clause, or -1."""
    number = np.arange(parts.count)
    last = np.maximum.accumulate(np.where(mark, number, -1))
    return np.where((last >= 0) & (parts.clause[np.maximum(last, 0)] == parts.clause), last, -1)


def _activity(bits: Ints, shop: npt.NDArray[np.bool_], works: npt.NDArray[np.bool_]) -> Ints:
    sells = (bits & (BITS["sell"] | BITS["retail"] | BITS["wholesale"])) > 0
    only_retail = ((bits & BITS["retail"]) > 0) & ((bits & (BITS["sell"] | BITS["wholesale"])) == 0)
    shop_sells = shop & ((bits & BITS["wholesale"]) == 0)
    trade = np.where(only_retail | shop_sells, RETAIL, SELL)
    unsaid = np.where(shop, RETAIL, np.where(works, MAKE, UNSAID))
    out = np.where((bits & BITS["other"]) > 0, OTHER, unsaid)
    out = np.where(sells, trade, out)
    out = np.where((bits & BITS["make"]) > 0, MAKE, out)
    return np.where((bits & BITS["grow"]) > 0, GROW, out)


def _head_of_item(terms: Found, parts: Items, lexicon: Lexicon) -> Found:
    """The term an item is about: the last, as the head of a Chinese phrase stands at its end; a general one only where
    no activity of its own stands before it."""
    if not len(terms):
        return terms
    item = parts.item[terms.start]
    rank = np.where(lexicon.general[terms.term], 1, np.where(lexicon.own[terms.term], 2, 0))
    weak = lexicon.general[terms.term]
    follows = np.zeros(parts.count, dtype=bool)
    follows[item[weak]] = True
    order = np.lexsort((terms.end, np.where(follows[item], rank, 0), item))
    ordered = item[order]
    keep = order[np.concatenate([ordered[1:] != ordered[:-1], np.ones(1, dtype=bool)])]
    return Found(terms.start[keep], terms.end[keep], terms.term[keep])


def weighed(votes: Votes, weight: Floats, place: Floats, shape: tuple[int, int]) -> sparse.csr_matrix:
    """Votes as a firm x class matrix: each weighs its class's weight times its place's; rows sum to 1."""
    value = weight[votes.voted] * place[np.minimum(votes.nth, len(place) - 1)]
    total = np.bincount(votes.row, weights=value, minlength=shape[0])
    return sparse.csr_matrix(((value / total[votes.row]).astype(np.float32), (votes.row, votes.voted)), shape=shape)
