"""Exact sufficient statistics of the wide points table, from which every objective weighting method is computed.

Points are integers 0-100 or NULL (excluded cell). All sums are kept as 64-bit integers, so they do not depend on the
order of rows, batches or machines, and the statistics of partitions simply add up.

NULL cells: wherever a method needs a full matrix, a NULL cell counts as the mean of its column (mean imputation).
It keeps the covariance positive semi-definite, which pairwise deletion does not, and an excluded cell then neither
spreads a column nor correlates it with another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yuheng.errors import RatingError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TOP = 100
"""The worst points of an indicator (schema of the bins)."""
_BLOCK = 65_536


def points_sql(ids: Sequence[str], table: str, *, where: str = "true") -> str:
    """The one scan that `Moments.from_batches` folds: columns p_<id> of `table`."""
    columns = ", ".join(f"p_{i}" for i in ids)
    return f"select {columns} from {table} where {where}"


@dataclass(frozen=True)
class Moments:
    """Statistics of n indicators over `rows` firms; arrays follow the order of `ids`."""

    ids: tuple[str, ...]
    rows: int
    histogram: Ints
    """[n, 101] firms per indicator and points; NULL cells are not counted."""
    cross: Ints
    """[n, n] sum of p_i * p_j over firms that have both."""
    partial: Ints
    """[n, n] sum of p_i over firms that have p_j."""
    pairs: Ints
    """[n, n] firms that have both."""

    @classmethod
    def empty(cls, ids: Sequence[str]) -> Moments:
        """The statistics of no firms: the neutral element of `+`."""
        n = len(ids)
        square = np.zeros((n, n), dtype=np.int64)
        return cls(tuple(ids), 0, np.zeros((n, TOP + 1), dtype=np.int64), square, square, square)

    @classmethod
    def from_matrix(cls, ids: Sequence[str], points: npt.ArrayLike) -> Moments:
        """Statistics of a dense matrix [firms, n] of points; NaN marks an excluded cell."""
        matrix = np.asarray(points, dtype=np.float64)
        present = ~np.isnan(matrix)
        return cls._fold(tuple(ids), np.where(present, matrix, 0.0), present)

    @classmethod
    def from_batches(cls, ids: Sequence[str], batches: Iterable[pa.RecordBatch]) -> Moments:
        """Statistics of Arrow batches with the columns p_<id> (see `points_sql`)."""
        total = cls.empty(ids)
        for batch in batches:
            for start in range(0, batch.num_rows, _BLOCK):
                total = total + cls._of_batch(tuple(ids), batch.slice(start, _BLOCK))
        return total

    @classmethod
    def from_table(cls, ids: Sequence[str], table: pa.Table) -> Moments:
        """Statistics of an Arrow table with the columns p_<id>."""
        return cls.from_batches(ids, table.to_batches(max_chunksize=_BLOCK))

    @classmethod
    def _of_batch(cls, ids: tuple[str, ...], batch: pa.RecordBatch) -> Moments:
        shape = (batch.num_rows, len(ids))
        matrix, present = np.empty(shape), np.empty(shape, dtype=bool)
        for j, name in enumerate(ids):
            column = batch.column(f"p_{name}")
            present[:, j] = column.is_valid().to_numpy(zero_copy_only=False)
            matrix[:, j] = column.fill_null(0).to_numpy(zero_copy_only=False)
        return cls._fold(ids, matrix, present)

    @classmethod
    def _fold(cls, ids: tuple[str, ...], matrix: Floats, present: npt.NDArray[np.bool_]) -> Moments:
        if matrix.ndim != 2 or matrix.shape[1] != len(ids):
            raise RatingError(f"points of {len(ids)} indicators expected, got a matrix of shape {matrix.shape}")
        whole = matrix.astype(np.int64)
        if np.any(whole != matrix) or np.any(whole < 0) or np.any(whole > TOP):
            raise RatingError("points must be whole numbers from 0 to 100", todo="Check the bins of the indicators.")
        counts = np.stack(
            [np.bincount(whole[present[:, j], j], minlength=TOP + 1) for j in range(len(ids))]
            or [np.zeros(TOP + 1, dtype=np.int64)]
        )
        return cls(ids, len(matrix), counts.astype(np.int64), *_pair_sums(matrix, present))

    def __add__(self, other: Moments) -> Moments:
        if self.ids != other.ids:
            raise RatingError("statistics of different indicators cannot be added")
        return Moments(
            self.ids,
            self.rows + other.rows,
            self.histogram + other.histogram,
            self.cross + other.cross,
            self.partial + other.partial,
            self.pairs + other.pairs,
        )

    @property
    def count(self) -> Ints:
        """[n] firms with points."""
        return np.asarray(self.histogram.sum(axis=1), dtype=np.int64)

    @property
    def mean(self) -> Floats:
        """[n] mean points; 0 where no firm has points."""
        sums = self.histogram @ np.arange(TOP + 1)
        return np.asarray(sums / np.maximum(self.count, 1), dtype=np.float64)

    @property
    def minimum(self) -> Floats:
        """[n] least points seen; 0 for an empty column."""
        return np.asarray(np.argmax(self.histogram > 0, axis=1), dtype=np.float64)

    @property
    def maximum(self) -> Floats:
        """[n] greatest points seen; 0 for an empty column."""
        last = TOP - np.argmax(self.histogram[:, ::-1] > 0, axis=1)
        return np.where(self.count > 0, last, 0).astype(np.float64)

    def quantile(self, share: float) -> Floats:
        """[n] the least points that at least `share` of the firms with points do not exceed."""
        reached = np.cumsum(self.histogram, axis=1) >= share * self.count[:, None]
        return np.asarray(np.argmax(reached, axis=1), dtype=np.float64)

    @property
    def covariance(self) -> Floats:
        """[n, n] sample covariance (divisor rows - 1), NULL cells at the column mean."""
        m = self.mean
        centred = self.cross - m[None, :] * self.partial - m[:, None] * self.partial.T + np.outer(m, m) * self.pairs
        return np.asarray(centred / max(self.rows - 1, 1), dtype=np.float64)

    @property
    def deviation(self) -> Floats:
        """[n] sample standard deviation, exactly 0 for a constant column."""
        spread = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return np.where(self.maximum > self.minimum, spread, 0.0)

    @property
    def correlation(self) -> Floats:
        """[n, n] correlation; a constant column is uncorrelated with every other."""
        s = self.deviation
        scale = np.outer(s, s)
        r = np.divide(self.covariance, scale, out=np.zeros_like(scale), where=scale > 0)
        r = np.clip((r + r.T) / 2, -1.0, 1.0)
        np.fill_diagonal(r, 1.0)
        return np.asarray(r, dtype=np.float64)


def _pair_sums(matrix: Floats, present: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """cross, partial and pairs of one block; absent cells are 0 in `matrix`.

    Doubles hold the sums exactly: every partial sum is a whole number far below 2**53. Columns without an absent cell,
    most of them, need no mask.
    """
    holes = np.flatnonzero(~present.all(axis=0))
    mask, counts = present[:, holes].astype(np.float64), present.sum(axis=0)
    partial = np.repeat(matrix.sum(axis=0)[:, None], matrix.shape[1], axis=1)
    partial[:, holes] = matrix.T @ mask
    pairs = np.minimum.outer(counts, counts).astype(np.float64)
    pairs[np.ix_(holes, holes)] = mask.T @ mask
    cross = matrix.T @ matrix
    return cross.astype(np.int64), partial.astype(np.int64), pairs.astype(np.int64)
