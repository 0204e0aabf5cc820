"""Drift of a frozen model: population stability, and who moved from which grade to which (domain §1.2, §1.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from yuheng.content.schema import Standards
from yuheng.errors import RatingError
from yuheng.rating.sqltext import number

Counts = Mapping[str, int]
_FLOOR = 1e-6
"""A share of nothing counts as this, so that an empty band does not make the index infinite."""


def bands_sql(grades: str, width: float) -> str:
    """band (lower score), firms of a grade table; bands of `width` points."""
    step = number(width)
    return (
        f"select floor(score / {step}) * {step} as band, count(*) as firms from {grades} "
        "where score is not null group by 1 order by 1"
    )


def shares_sql(grades: str, *, grade: str = "grade_model") -> str:
    """grade, firms of a grade table."""
    return f"select {grade} as grade, count(*) as firms from {grades} where {grade} is not null group by 1 order by 1"


def migration_sql(before: str, after: str, *, grade: str = "grade_model") -> str:
    """grade_before, grade_after, firms; NULL before = newly rated, NULL after = no longer rated."""
    return (
        f"select b.{grade} as grade_before, a.{grade} as grade_after, count(*) as firms\n"
        f"from {before} b full outer join {after} a on a.ent_id = b.ent_id group by 1, 2 order by 1, 2"
    )


def psi(base: Counts, now: Counts) -> float:
    """Population stability index Σ (q - p) ln(q / p) over the union of the bands. Raises RatingError for no firms."""
    n, m = sum(base.values()), sum(now.values())
    if n == 0 or m == 0:
        raise RatingError("the stability index needs firms in both months")
    bands = sorted(set(base) | set(now))
    p = np.maximum([base.get(b, 0) / n for b in bands], _FLOOR)
    q = np.maximum([now.get(b, 0) / m for b in bands], _FLOOR)
    return float(((q - p) * np.log(q / p)).sum())


@dataclass(frozen=True)
class Migration:
    """Firms [grade before][grade after]; entered and left are the firms rated in one month only."""

    grades: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    entered: Mapping[str, int]
    left: Mapping[str, int]

    @property
    def kept(self) -> float:
        """Share of the firms rated in both months that keep their grade; 1 when there is none."""
        total = sum(map(sum, self.matrix))
        return sum(self.matrix[k][k] for k in range(len(self.grades))) / total if total else 1.0

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        rows = {g: dict(zip(self.grades, row, strict=True)) for g, row in zip(self.grades, self.matrix, strict=True)}
        return {"matrix": rows, "entered": dict(self.entered), "left": dict(self.left), "kept": self.kept}


def migration(table: pa.Table, grades: Sequence[str]) -> Migration:
    """The matrix from the table of `migration_sql`."""
    cells = {(r["grade_before"], r["grade_after"]): int(r["firms"]) for r in table.to_pylist()}
    return Migration(
        tuple(grades),
        tuple(tuple(cells.get((b, a), 0) for a in grades) for b in grades),
        {a: cells.get((None, a), 0) for a in grades},
        {b: cells.get((b, None), 0) for b in grades},
    )


@dataclass(frozen=True)
class DriftReport:
    """PSI of score bands and of grades between the month of the fit and now, with the state they mean."""

    score_psi: float
    grade_psi: float
    shares_before: Mapping[str, float]
    shares_now: Mapping[str, float]
    state: Literal["stable", "watch", "alarm"]

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "score_psi": self.score_psi,
            "grade_psi": self.grade_psi,
            "shares_before": dict(self.shares_before),
            "shares_now": dict(self.shares_now),
            "state": self.state,
        }


def drift_report(
    bands_before: pa.Table, bands_now: pa.Table, shares_before: pa.Table, shares_now: pa.Table, standards: Standards
) -> DriftReport:
    """Compare two months by the tables of `bands_sql` and `shares_sql`."""
    score = psi(_counts(bands_before, "band"), _counts(bands_now, "band"))
    before, now = _counts(shares_before, "grade"), _counts(shares_now, "grade")
    grade = psi(before, now)
    worst = max(score, grade)
    state: Literal["stable", "watch", "alarm"] = (
        "alarm" if worst > standards.psi_alarm else "watch" if worst > standards.psi_watch else "stable"
    )
    return DriftReport(score, grade, _as_shares(before), _as_shares(now), state)


def _counts(table: pa.Table, key: str) -> dict[str, int]:
    return {str(r[key]): int(r["firms"]) for r in table.to_pylist()}


def _as_shares(counts: Counts) -> dict[str, float]:
    total = sum(counts.values())
    return {k: v / total for k, v in counts.items()}
