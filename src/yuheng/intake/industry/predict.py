"""From name and scope to a class of GB/T 4754 with confidence, for any number of firms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from yuheng.intake.industry.model import LIST, Model
from yuheng.intake.industry.terms import DIVISION, Lexicon
from yuheng.intake.industry.text import Bools, Ints, normalised, points
from yuheng.intake.industry.votes import Floats, Premises, name_terms, premises, scope_votes, weighed

CHUNK = 50_000
PREDICTED = pa.schema(
    [
        ("industry_code_pred", pa.string()),
        ("industry_conf", pa.float64()),
        ("industry_div_conf", pa.float64()),
        ("industry_pred_basis", pa.string()),
    ]
)
"""What a prediction is made of: the class (null: the words tell nothing), how likely it is right, how likely its
division is, and whether SCOPE, NAME or NAME_SCOPE told."""


@dataclass(frozen=True)
class Told:
    """What the words of some firms say: firm x class `votes`; whose name has a trade word, whose scope told."""

    votes: sparse.csr_matrix
    named: Bools
    scoped: Bools


@dataclass(frozen=True)
class Best:
    """The strongest class of each row of votes (-1: none), its share of the row, and its division's share."""

    best: Ints
    share: Floats
    division: Floats


class Classifier:
    """Reads names and scopes by the content's word lists and learnt numbers."""

    def __init__(self, lexicon: Lexicon, model: Model) -> None:
        self.lexicon = lexicon
        self.model = model
        codes = lexicon.tree.at(DIVISION)
        self._division = np.unique(codes, return_inverse=True)[1].astype(np.int64)

    @classmethod
    def of(cls, lists: Mapping[str, pa.Table]) -> Classifier:
        """From the code lists of a content store."""
        lexicon = Lexicon.of(lists)
        return cls(lexicon, Model.of(lists[LIST], lexicon.tree))

    def predict(self, names: pa.ChunkedArray | None, scopes: pa.ChunkedArray) -> pa.Table:
        """One row per firm, schema PREDICTED. Without `names` the scopes alone tell (premises are hidden as well)."""
        parts = [self._table(name, scope) for name, scope in _chunks(names, scopes)]
        return pa.concat_tables(parts) if parts else PREDICTED.empty_table()

    def told(self, names: pa.Array | None, scopes: pa.Array) -> Told:
        """The votes of names and scopes."""
        lexicon, model = self.lexicon, self.model
        scope = points(normalised(scopes, lexicon.noise))
        shape = (scope.rows, len(lexicon.tree.codes))
        nothing = np.zeros(scope.rows, dtype=bool)
        name = points(normalised(names)) if names is not None else None
        place = premises(name, lexicon) if name is not None else Premises(nothing, nothing)
        mentions = scope_votes(scope, place, lexicon)
        votes = weighed(mentions, model.weights.division, model.weights.place, shape)
        scoped = np.bincount(mentions.row, minlength=scope.rows) > 0
        if name is None:
            return Told(votes, nothing, scoped)
        terms, last = name_terms(name, lexicon)
        fitting = votes.multiply(terms @ lexicon.name_mask)
        both = votes + model.fits * fitting + model.exact * (terms @ lexicon.name_exact)
        return Told(sparse.csr_matrix(both), last >= 0, scoped)

    def best(self, votes: sparse.csr_matrix) -> Best:
        """The strongest class of each row; of equals the first in the standard's order."""
        votes.sum_duplicates()
        rows = votes.shape[0]
        row = np.repeat(np.arange(rows), np.diff(votes.indptr))
        order = np.lexsort((votes.indices, -votes.data, row))
        sorted_row = row[order]
        first = order[np.concatenate([np.ones(1, dtype=bool), np.diff(sorted_row) > 0])] if len(row) else order
        best = np.full(rows, -1, dtype=np.int64)
        best[row[first]] = votes.indices[first]
        total = np.bincount(row, weights=votes.data, minlength=rows)
        top = np.zeros(rows)
        top[row[first]] = votes.data[first]
        same = (best[row] >= 0) & (self._division[votes.indices] == self._division[best[row]])
        within = np.bincount(row, weights=votes.data * same, minlength=rows)
        some = np.maximum(total, 1e-12)
        return Best(best, top / some, within / some)

    def _table(self, names: pa.Array | None, scopes: pa.Array) -> pa.Table:
        told = self.told(names, scopes)
        found = self.best(told.votes)
        codes = np.array([*self.lexicon.tree.codes, None], dtype=object)
        basis = np.where(told.named & told.scoped, "NAME_SCOPE", np.where(told.named, "NAME", "SCOPE"))
        columns = [
            pa.array(codes[found.best], pa.string()),
            pa.array(np.round(self.model.of_class(found.share), 4)),
            pa.array(np.round(self.model.of_division(found.division), 4)),
            pc.if_else(pa.array(found.best >= 0), pa.array(basis.tolist(), pa.string()), None),
        ]
        return pa.Table.from_arrays(columns, schema=PREDICTED)


def _chunks(names: pa.ChunkedArray | None, scopes: pa.ChunkedArray) -> Iterator[tuple[pa.Array | None, pa.Array]]:
    for start in range(0, len(scopes), CHUNK):
        name = None if names is None else _array(names.slice(start, CHUNK))
        yield name, _array(scopes.slice(start, CHUNK))


def _array(texts: pa.ChunkedArray | pa.Array) -> pa.Array:
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
