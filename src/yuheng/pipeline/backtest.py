"""The back-test: frozen models on past days, against what happened in the months after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from yuheng.content.schema import Grading
from yuheng.errors import DataError
from yuheng.lake import Engine
from yuheng.pipeline.labels import register_versions
from yuheng.pipeline.models import Models
from yuheng.pipeline.progress import Progress, silent
from yuheng.pipeline.rate import grade_schema, grade_table, rate
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import (
    DriftReport,
    Migration,
    Probability,
    Validation,
    bands_sql,
    drift_report,
    fit_probability,
    grouped_outcomes,
    horizon,
    label_sql,
    migration,
    migration_sql,
    outcome_sql,
    shares_sql,
    validate,
)


@dataclass(frozen=True)
class Tested:
    """One day of a back-test: what the grades foretold, and how far the firms drifted from the first day."""

    as_of: date
    until: date
    shares: dict[str, float]
    validation: Validation
    drift: DriftReport
    migration: Migration | None
    """From the day tested before this one; None for the first."""

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "as_of": self.as_of.isoformat(),
            "until": self.until.isoformat(),
            "shares": self.shares,
            "validation": self.validation.to_dict(),
            "drift": self.drift.to_dict(),
            "migration": self.migration.to_dict() if self.migration else None,
        }


@dataclass(frozen=True)
class BackTest:
    """All days of one grading, by one model."""

    grading: str
    model_version: str
    days: tuple[Tested, ...]

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {"grading": self.grading, "model": self.model_version, "days": [d.to_dict() for d in self.days]}


def back_test(
    ws: Workspace, grading: Grading, days: Sequence[date], *, models: Models, progress: Progress = silent
) -> BackTest:
    """Rates each day (rising) by the given model and compares with the violations of the label period after it.

    The first day fits the probability whose calibration slope the later days report.
    Raises DataError when the last label period reaches beyond what is known.
    """
    if not days:
        raise DataError("no day to test", todo="Give at least one.")
    known = _known_until(ws, grading)
    late = [d for d in days if horizon(d, grading.label.months) > known]
    if late:
        raise DataError(
            f"violations are known until {known.isoformat()}; {late[0].isoformat()} needs them until "
            f"{horizon(late[0], grading.label.months).isoformat()}",
            todo="Test earlier days.",
        )
    tested: list[Tested] = []
    first: _Day | None = None
    before: date | None = None
    chosen = models(grading)
    for number, day in enumerate(sorted(days), 1):
        progress(f"回测 {day.isoformat()}", number, len(days))
        with ws.engine() as engine:
            rate(ws, engine, day, models=models, progress=progress)
        with ws.engine() as engine:
            found = _day(ws, engine, grading, day)
            first = first or found
            moved = _moved(ws, engine, grading, before, day) if before else None
        tested.append(_tested(grading, day, found, first, moved))
        before = day
    return BackTest(grading.id, chosen.version, tuple(tested))


@dataclass(frozen=True)
class _Day:
    outcomes: pa.Table
    bands: pa.Table
    shares: pa.Table
    probability: Probability


def _day(ws: Workspace, engine: Engine, grading: Grading, day: date) -> _Day:
    register_versions(ws, engine, grading.label)
    _grades(ws, engine, grading, day, "graded")
    engine.define("label", label_sql(grading.label, "graded", as_of=day), materialise=True)
    outcomes = engine.query(outcome_sql("graded", "label"))
    return _Day(
        outcomes,
        engine.query(bands_sql("graded", grading.standards.band)),
        engine.query(shares_sql("graded")),
        fit_probability(grouped_outcomes(outcomes)),
    )


def _tested(grading: Grading, day: date, found: _Day, first: _Day, moved: Migration | None) -> Tested:
    earlier = None if found is first else first.probability
    letters = [c.grade for c in grading.cuts]
    checked = validate(found.outcomes, letters, grading.standards, probability=earlier)
    drift = drift_report(first.bands, found.bands, first.shares, found.shares, grading.standards)
    return Tested(day, horizon(day, grading.label.months), dict(drift.shares_now), checked, drift, moved)


def _moved(ws: Workspace, engine: Engine, grading: Grading, before: date, day: date) -> Migration:
    _grades(ws, engine, grading, before, "graded_before")
    return migration(engine.query(migration_sql("graded_before", "graded")), [c.grade for c in grading.cuts])


def _grades(ws: Workspace, engine: Engine, grading: Grading, day: date, name: str) -> None:
    engine.scan(f"{name}_all", grade_table(ws).files(slice=day.isoformat()), grade_schema(ws))
    engine.define(name, f"select ent_id, score, grade_model from {name}_all where grading = '{grading.id}'")


def _known_until(ws: Workspace, grading: Grading) -> date:
    """The latest day any of the label's tables was told about."""
    with ws.engine() as engine:
        register_versions(ws, engine, grading.label)
        tables = {e.table for e in grading.label.events}
        parts = " union all ".join(f"select max(known_from) as d from {t}" for t in sorted(tables))
        found = engine.query(f"select max(d) as d from ({parts}) q")["d"][0].as_py()
    if found is None:
        raise DataError("no violation is known at all", todo="Take in the sources of the label first.")
    known: date = found
    return known
