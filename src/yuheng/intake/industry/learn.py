"""Learning from a register how much a mention in a scope tells: without any label, from the names of the firms.

A name's trade word fits some classes and not others. Where it does, the mentions of a scope that fit it are the telling
ones: weights of divisions and of places are chosen so that the fitting mentions win, by the iteration for
paired comparisons (Hunter 2004, MM algorithms for generalized Bradley-Terry models), which has no step size to choose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from yuheng.intake.industry.terms import Lexicon, Tree
from yuheng.intake.industry.text import Ints
from yuheng.intake.industry.votes import Floats, Votes

PLACES = 8
"""Places of a scope with a weight of their own; all later ones weigh as the last."""
_START = 0.6


@dataclass(frozen=True)
class Weights:
    """`division`: weight of each class's division (one value per class); `place`: of the n-th mention, first 1."""

    division: Floats
    place: Floats

    @classmethod
    def even(cls, tree: Tree) -> Weights:
        """Before anything is learnt."""
        return cls(np.ones(len(tree.codes)), np.power(_START, np.arange(PLACES, dtype=np.float64)))


def learn(votes: Votes, last: Ints, lexicon: Lexicon, *, prior: float = 20.0, rounds: int = 30) -> Weights:
    """Weights under which the mentions that fit each firm's trade word (`last`, -1: none) stand out.

    Firms without a trade word, or without a mention that fits it, teach nothing. `prior`: firms' worth of belief in
    the weight 1. Division weights are taken to the root in the end: a name repeats what its scope says.
    """
    firms = len(last)
    fits = _fits(votes, last, lexicon)
    told = np.zeros(firms, dtype=bool)
    told[votes.row[fits]] = True
    use = told[votes.row]
    row, fits = votes.row[use], fits[use]
    nth = np.minimum(votes.nth[use], PLACES - 1)
    names, of_class = np.unique(lexicon.tree.at(2), return_inverse=True)
    division = of_class[votes.voted[use]]
    weight, place = np.ones(len(names)), Weights.even(lexicon.tree).place
    for _ in range(rounds):
        weight = _round(row, division, fits, weight, place[nth], firms, prior)
        place = _round(row, nth, fits, place, weight[division], firms, prior)
        place = place / place[0]
    return Weights(np.sqrt(weight)[of_class], place)


def _round(
    row: Ints, group: Ints, fits: npt.NDArray[np.bool_], own: Floats, rest: Floats, firms: int, prior: float
) -> Floats:
    """One step for the weights `own` of groups, the other factor of each mention being `rest`."""
    value = own[group] * rest
    whole = np.bincount(row, weights=value, minlength=firms)
    fitting = np.bincount(row, weights=value * fits, minlength=firms)
    won = np.bincount(group, weights=value * fits / fitting[row], minlength=len(own))
    chance = np.bincount(group, weights=rest / whole[row], minlength=len(own))
    out: Floats = (won + prior) / (chance + prior)
    return out


def _fits(votes: Votes, last: Ints, lexicon: Lexicon) -> npt.NDArray[np.bool_]:
    """Mentions that fit the trade word of their firm; a word that fits a third of all classes tells nothing."""
    size = np.diff(lexicon.name_mask.indptr)
    telling = (last >= 0) & (size[np.maximum(last, 0)] < len(lexicon.tree.codes) / 3)
    mask: sparse.csr_matrix = lexicon.name_mask[np.maximum(last, 0)]
    found = np.asarray(mask[votes.row, votes.voted]).ravel() > 0
    out: npt.NDArray[np.bool_] = found & telling[votes.row]
    return out
