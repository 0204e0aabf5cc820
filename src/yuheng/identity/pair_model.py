"""The fitted trees that turn the features of a pair of addresses into probabilities: numbers of content, no library."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as pa_csv

from yuheng.content import ContentStore
from yuheng.content.schema import PairModelCard
from yuheng.errors import ContentError

TREES = "identity/address_pairs.csv"
Matrix = npt.NDArray[np.float64]
LABELS = (0, 1, 2)
"""Different, partly the same, the same."""


class PairModel:
    """Boosted trees: each adds its leaf's value to the score of one label; the scores' softmax are probabilities."""

    def __init__(self, card: PairModelCard, trees: pa.Table) -> None:
        self.card = card
        columns = {name: trees[name].to_numpy() for name in ("tree", "label", "feature", "left", "right")}
        self._feature, self._left, self._right = (columns[n].astype(np.int64) for n in ("feature", "left", "right"))
        self._cut, self._value = trees["cut"].to_numpy(), trees["value"].to_numpy()
        self._roots = np.flatnonzero(np.diff(columns["tree"], prepend=-1))
        self._label = columns["label"][self._roots].astype(np.int64)

    @classmethod
    def of(cls, store: ContentStore) -> PairModel:
        """The model of a content version. Raises ContentError where the trees are missing or no numbers."""
        body = store.files.data.get(TREES)
        if body is None:
            raise ContentError("the fitted trees are missing", path=TREES, todo="Restore the file.")
        try:
            return cls(store.rules(PairModelCard), pa_csv.read_csv(io.BytesIO(body)))
        except (pa.ArrowInvalid, KeyError, ValueError) as error:
            raise ContentError(f"not a table of trees: {error}", path=TREES, line=1) from error

    def probabilities(self, features: Matrix) -> Matrix:
        """Rows of features in the card's order → rows of probabilities of the labels 0, 1, 2."""
        scores = np.tile(np.asarray(self.card.base), (len(features), 1))
        for root, label in zip(self._roots, self._label, strict=True):
            scores[:, label] = scores[:, label] + self._leaf(features, int(root))
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    def labels(self, probabilities: Matrix) -> npt.NDArray[np.int64]:
        """The label of each row: the largest probability after the card's weights."""
        return np.asarray((probabilities * np.asarray(self.card.weights)).argmax(axis=1))

    def _leaf(self, features: Matrix, root: int) -> Matrix:
        at = np.full(len(features), root)
        rows = np.arange(len(features))
        inner = self._feature[at] >= 0
        while inner.any():
            here = at[inner]
            smaller = features[rows[inner], self._feature[here]] <= self._cut[here]
            at[inner] = root + np.where(smaller, self._left[here], self._right[here])
            inner = self._feature[at] >= 0
        return np.asarray(self._value[at])
