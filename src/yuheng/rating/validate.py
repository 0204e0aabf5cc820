"""Do the scores foretell later violations? AUC, KS, lift, bad rates by grade, calibration (domain §1.8).

Everything is computed from firms grouped by score and grade (`outcome_sql`), so a province needs one scan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yuheng.content.schema import Standards
from yuheng.errors import RatingError
from yuheng.rating.moments import Floats


def outcome_sql(grades: str, labels: str, *, grade: str = "grade_model", score: str = "score") -> str:
    """score, grade, firms, bad, weighted of every score: the joined firms of a grade table and a label table.

    `bad` counts the firms with y = 1, `weighted` their Horvitz-Thompson weight (see `label_sql`), here Σ y·weight.
    """
    return (
        f"select cast(g.{score} as double) as score, g.{grade} as grade, count(*) as firms,\n"
        "  sum(l.y) as bad, sum(cast(l.y as decimal(9, 0)) * cast(l.weight as decimal(18, 6))) as weighted\n"
        f"from {grades} g join {labels} l on l.ent_id = g.ent_id\n"
        f"where g.{score} is not null and g.{grade} is not null\n"
        "group by 1, 2 order by 1, 2"
    )


@dataclass(frozen=True)
class Outcomes:
    """Firms and bad firms per score, rising; `bad` may be weighted."""

    score: Floats
    firms: Floats
    bad: Floats

    @property
    def good(self) -> Floats:
        """Firms without an event."""
        return self.firms - np.minimum(self.bad, self.firms)


@dataclass(frozen=True)
class GradeOutcome:
    """What became of the firms of one grade."""

    grade: str
    firms: int
    bad: int
    bad_rate: float
    """bad / firms."""
    weighted_rate: float
    """The same with findings of drawn inspections weighted by 1 / selection probability."""


@dataclass(frozen=True)
class Validation:
    """All metrics of one date; `failures` says which standards are missed."""

    firms: int
    bad: int
    auc: float
    ks: float
    lift: float
    """Bad rate of the worst tenth of firms over that of all."""
    grades: tuple[GradeOutcome, ...]
    monotone: bool
    worst_to_best: float | None
    """Bad rate of the worst over that of the best grade; None when the best has no bad firm."""
    slope: float | None
    """Calibration slope of the default probabilities, when there is an earlier fit."""
    failures: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "firms": self.firms,
            "bad": self.bad,
            "auc": self.auc,
            "ks": self.ks,
            "top_decile_lift": self.lift,
            "grades": [vars(g) for g in self.grades],
            "monotone": self.monotone,
            "worst_to_best": self.worst_to_best,
            "calibration_slope": self.slope,
            "failures": list(self.failures),
        }


def validate(
    outcomes: pa.Table, grades: Sequence[str], standards: Standards, *, probability: Probability | None = None
) -> Validation:
    """Metrics of the table of `outcome_sql`; `grades` best first. `probability` comes from an earlier date.

    Raises RatingError when one of the two outcomes does not occur.
    """
    by_score = grouped_outcomes(outcomes)
    rows = tuple(_grade(outcomes, g) for g in grades)
    rates = [g.bad_rate for g in rows if g.firms]
    monotone = all(a < b for a, b in pairwise(rates))
    ratio = rows[-1].bad_rate / rows[0].bad_rate if rows[0].bad_rate > 0 else None
    slope = calibration_slope(by_score, probability) if probability else None
    found = Validation(
        firms=int(by_score.firms.sum()),
        bad=int(by_score.bad.sum()),
        auc=auc(by_score),
        ks=ks(by_score),
        lift=top_lift(by_score),
        grades=rows,
        monotone=monotone,
        worst_to_best=ratio,
        slope=slope,
        failures=(),
    )
    return Validation(**{**vars(found), "failures": tuple(_failures(found, standards))})


def outcomes_of(score: npt.ArrayLike, y: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> Outcomes:
    """Outcomes of single firms: score [firms], y [firms] 0/1, weight of the bad ones."""
    values, place = np.unique(np.asarray(score, dtype=np.float64), return_inverse=True)
    label = np.asarray(y, dtype=np.float64)
    hits = label if weight is None else label * np.asarray(weight, dtype=np.float64)
    firms = np.bincount(place, minlength=len(values)).astype(np.float64)
    return Outcomes(values, firms, np.asarray(np.bincount(place, weights=hits, minlength=len(values))))


def auc(outcomes: Outcomes) -> float:
    """Chance that a bad firm has a higher score than a good one; ties count half."""
    bad, good = _both(outcomes)
    below = np.cumsum(good) - good
    return float((bad * (below + good / 2)).sum() / (bad.sum() * good.sum()))


def ks(outcomes: Outcomes) -> float:
    """Greatest gap between the distribution functions of good and bad firms over the score."""
    bad, good = _both(outcomes)
    return float(np.max(np.abs(np.cumsum(good) / good.sum() - np.cumsum(bad) / bad.sum())))


def top_lift(outcomes: Outcomes, share: float = 0.1) -> float:
    """Bad rate of the `share` of firms with the highest scores over the overall rate; a tied group counts pro rata."""
    bad, _ = _both(outcomes)
    rising = np.cumsum(outcomes.firms[::-1])
    wanted = share * outcomes.firms.sum()
    taken = np.clip(wanted - (rising - outcomes.firms[::-1]), 0.0, outcomes.firms[::-1])
    caught = float((bad[::-1] * taken / outcomes.firms[::-1]).sum())
    return caught / float(wanted) / (float(bad.sum()) / float(outcomes.firms.sum()))


@dataclass(frozen=True)
class Probability:
    """Default probability of a score: expit(intercept + slope · score), fitted at one date, tested at later ones."""

    intercept: float
    slope: float

    def of(self, score: npt.ArrayLike) -> Floats:
        """Probabilities of scores."""
        from scipy.special import expit  # loaded here: it takes a second, and most commands need none of it

        return np.asarray(expit(self.intercept + self.slope * np.asarray(score, dtype=np.float64)), dtype=np.float64)


def fit_probability(outcomes: Outcomes) -> Probability:
    """Logistic regression of the outcome on the score (grouped Newton steps, on the standardised score)."""
    centre = float(np.average(outcomes.score, weights=outcomes.firms))
    spread = float(np.sqrt(np.average((outcomes.score - centre) ** 2, weights=outcomes.firms))) or 1.0
    a, b = _logistic((outcomes.score - centre) / spread, outcomes)
    return Probability(a - b * centre / spread, b / spread)


def calibration_slope(outcomes: Outcomes, probability: Probability) -> float:
    """Slope of a logistic regression of the outcome on logit(p): 1 = as steep as foretold."""
    from scipy.special import logit  # loaded here: it takes a second, and most commands need none of it

    p = np.clip(probability.of(outcomes.score), 1e-9, 1 - 1e-9)
    return _logistic(np.asarray(logit(p)), outcomes)[1]


def _logistic(x: Floats, outcomes: Outcomes) -> tuple[float, float]:
    from scipy.special import expit  # loaded here: it takes a second, and most commands need none of it

    bad, good = _both(outcomes)
    total = bad + good
    design = np.stack([np.ones_like(x), x], axis=1)
    theta = np.array([float(np.log(bad.sum() / good.sum())), 0.0])
    for _ in range(100):
        p = expit(design @ theta)
        gradient = design.T @ (bad - total * p)
        hessian = (design * (total * p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        theta = theta + np.clip(step, -2.0, 2.0)
        if float(np.max(np.abs(step))) < 1e-10:
            break
    return float(theta[0]), float(theta[1])


def _both(outcomes: Outcomes) -> tuple[Floats, Floats]:
    bad, good = outcomes.bad, outcomes.good
    if not (bad.sum() > 0 and good.sum() > 0):
        raise RatingError(
            f"validation needs firms with and without later violations, found {int(bad.sum())} and {int(good.sum())}",
            todo="Choose an earlier date: the months after it must be in the data.",
        )
    return bad, good


def grouped_outcomes(table: pa.Table) -> Outcomes:
    """Outcomes from the table of `outcome_sql`."""
    score = table.column("score").to_numpy()
    values, place = np.unique(score, return_inverse=True)
    firms, bad = (np.bincount(place, weights=_numbers(table, n), minlength=len(values)) for n in ("firms", "bad"))
    return Outcomes(values.astype(np.float64), np.asarray(firms), np.asarray(bad))


def _grade(table: pa.Table, grade: str) -> GradeOutcome:
    here = np.array([g == grade for g in table.column("grade").to_pylist()], dtype=bool)
    firms, bad, weighted = (float(_numbers(table, n)[here].sum()) for n in ("firms", "bad", "weighted"))
    return GradeOutcome(grade, int(firms), int(bad), bad / max(firms, 1.0), weighted / max(firms, 1.0))


def _numbers(table: pa.Table, column: str) -> Floats:
    return np.asarray(table.column(column).cast(pa.float64()).to_numpy(), dtype=np.float64)


def _failures(found: Validation, standards: Standards) -> list[str]:
    low, high = standards.slope
    checks = [
        (found.auc >= standards.auc, f"AUC {found.auc:.4f} below {standards.auc}"),
        (found.ks >= standards.ks, f"KS {found.ks:.4f} below {standards.ks}"),
        (found.lift >= standards.lift, f"top-decile lift {found.lift:.2f} below {standards.lift}"),
        (found.monotone, "the bad rate does not rise from grade to grade"),
        (
            found.worst_to_best is None or found.worst_to_best >= standards.worst_to_best,
            f"bad rate of the worst over the best grade {found.worst_to_best or 0:.2f} below {standards.worst_to_best}",
        ),
        (found.slope is None or low <= found.slope <= high, f"calibration slope {found.slope} outside {low}-{high}"),
    ]
    return [message for holds, message in checks if not holds]
