"""The labelled sample a model learns from: points on past days, and the violations of the months after each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yuheng.content.schema import Grading, Weighting
from yuheng.errors import DataError
from yuheng.lake import Engine
from yuheng.pipeline.labels import label_rows
from yuheng.pipeline.progress import Progress, silent
from yuheng.pipeline.scoring import scoring_inputs
from yuheng.pipeline.values import ensure_values
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import Card, Labelled, horizon, points_sql

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Training:
    """The sample, and how many firms and violations each training day gave it."""

    labelled: Labelled
    days: Mapping[date, tuple[int, int]]

    def to_dict(self) -> list[dict[str, object]]:
        """For the metrics of a model."""
        return [{"as_of": d.isoformat(), "firms": n, "bad": bad} for d, (n, bad) in self.days.items()]


def training_days(grading: Grading, weighting: Weighting, last: date, as_of: date) -> list[date]:
    """The days learnt from by a fit on `as_of`, newest first: `last` and those the weighting puts before it.

    Raises DataError when the violations after `last` are not complete by `as_of`.
    """
    months = grading.label.months
    until = horizon(last, months)
    if until > as_of:
        raise DataError(
            f"violations after {last.isoformat()} are complete on {until.isoformat()}, not yet on {as_of.isoformat()}",
            todo=f"Train {months} months or more before the day of the fit.",
        )
    return [horizon(last, -k * weighting.training_step) for k in range(weighting.training_days)]


def training(
    ws: Workspace,
    grading: Grading,
    its: Card,
    weighting: Weighting,
    last: date,
    as_of: date,
    *,
    progress: Progress = silent,
) -> Training:
    """Points and labels of the training days (`training_days`), as known on `as_of`.

    A day before everything that is known is left out, except `last`. Every day has a session of its own, because a
    table's name means its view of one day. Raises DataError when the last day knows nothing or its label is not over.
    """
    days = training_days(grading, weighting, last, as_of)
    limit = -(-weighting.training_sample // len(days))
    parts: dict[date, Labelled] = {}
    for day in days:
        try:
            with ws.engine() as engine:
                parts[day] = _snapshot(ws, engine, grading, its, day, as_of, limit, progress)
        except DataError:
            if day == last:
                raise
            break  # before the first registration known: earlier days know still less
    counts = {day: (len(part.y), int(part.y.sum())) for day, part in sorted(parts.items())}
    return Training(_stacked([parts[day] for day in counts]), counts)


def _snapshot(
    ws: Workspace,
    engine: Engine,
    grading: Grading,
    its: Card,
    day: date,
    known_at: date,
    limit: int,
    progress: Progress,
) -> Labelled:
    """At most `limit` firms of one day, picked by the hash of their id and the day."""
    ensure_values(ws, engine, day, progress=progress)
    inputs = scoring_inputs(ws, engine, grading, day)
    firms = engine.query(
        f"select v.ent_id from {inputs.values} v "
        f"order by hash63(concat(cast(v.ent_id as varchar), '/train/', :day)), v.ent_id limit {limit}",
        params={"day": day.isoformat()},
    )
    engine.register("train_label", label_rows(ws, grading.label, firms, as_of=day, known_at=known_at))
    rows = engine.query(
        f"select p.*, l.y, l.weight from ({points_sql(its, inputs)}) p join train_label l on l.ent_id = p.ent_id "
        "order by p.ent_id"
    )
    return Labelled(matrix(rows, its), floats(rows, "y"), floats(rows, "weight"))


def _stacked(parts: list[Labelled]) -> Labelled:
    weights = [np.ones(len(p.y)) if p.weight is None else p.weight for p in parts]
    points, y = np.concatenate([p.points for p in parts]), np.concatenate([p.y for p in parts])
    return Labelled(points, y, np.concatenate(weights))


def matrix(rows: pa.Table, its: Card) -> Floats:
    """Points [firms, n] in card order, NaN = excluded."""
    return np.stack([floats(rows, f"p_{i}") for i in its.ids], axis=1)


def floats(rows: pa.Table, name: str) -> Floats:
    """A column as doubles, NULL as NaN."""
    column = rows[name].cast(pa.float64()).to_numpy()
    return np.asarray(column, dtype=np.float64)
