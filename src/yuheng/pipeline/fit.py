"""Fitting a model: weights from judgement and data, then knots at which the shares meet their targets; frozen after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from yuheng.content.schema import Grading, Weighting
from yuheng.lake import Engine
from yuheng.pipeline.progress import Progress, silent
from yuheng.pipeline.scoring import card, scoring_inputs
from yuheng.pipeline.training import Training, floats, matrix, training
from yuheng.pipeline.values import ensure_values
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import (
    Calibration,
    Card,
    Model,
    Moments,
    ScoreInputs,
    StabilityReport,
    WeightReport,
    calibrate,
    calibration_sql,
    fit_weights,
    points_sql,
    rank_stability,
    sample_sql,
)


@dataclass(frozen=True)
class Fitted:
    """A new model with the reports of its making."""

    model: Model
    weights: WeightReport
    calibration: Calibration
    stability: StabilityReport | None
    training: Training | None

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "version": self.model.version,
            "grading": self.model.grading,
            "fitted_as_of": self.model.fitted_as_of.isoformat(),
            "trained_as_of": max(self.training.days).isoformat() if self.training else None,
            **self.model.metrics,
        }


def fit(
    ws: Workspace,
    engine: Engine,
    grading: Grading,
    as_of: date,
    *,
    train: date | None = None,
    progress: Progress = silent,
) -> Fitted:
    """Fits the weights and knots of `grading` on the firms as of `as_of`.

    `train` is an earlier day whose firms' later violations teach the supervised weights, together with the days the
    weighting puts before it; its label period must have ended by `as_of` (only what was known by then counts).
    Without it the method `supervised` is skipped.
    Raises DataError when the label period is not over, RatingError when judgements or bounds are inconsistent.
    """
    its = card(ws, grading)
    weighting = ws.store.weightings[grading.weighting] if grading.weighting else None
    learnt = None
    if train is not None and weighting is not None and "supervised" in weighting.methods:
        learnt = training(ws, grading, its, weighting, train, as_of, progress=progress)
    ensure_values(ws, engine, as_of, progress=progress)
    inputs = scoring_inputs(ws, engine, grading, as_of)
    progress("赋权与校准", 1, 1)
    moments, labelled = _moments(engine, its, inputs), learnt.labelled if learnt else None
    weights = fit_weights(its, grading, weighting, ws.store, moments=moments, labelled=labelled)
    rows = engine.query(calibration_sql(its, weights.units, inputs))
    targets: dict[str, float] = {str(g): share for g, share in grading.targets.items()}
    calibration = calibrate(its, targets, floats(rows, "score_raw"), rows["trigger_rank"].to_numpy())
    draft = _model(ws, its, weights, calibration, as_of, {})
    stability = _stability(engine, its, draft, weighting, inputs) if weighting else None
    metrics: dict[str, object] = {"weights": weights.to_dict(), "calibration": calibration.to_dict()}
    if stability is not None:
        metrics["stability"] = stability.to_dict()
    if learnt is not None:
        metrics["training"] = learnt.to_dict()
    model = _model(ws, its, weights, calibration, as_of, metrics)
    return Fitted(model, weights, calibration, stability, learnt)


def _model(
    ws: Workspace,
    its: Card,
    weights: WeightReport,
    calibration: Calibration,
    as_of: date,
    metrics: Mapping[str, object],
) -> Model:
    return Model(its.grading, weights.units, calibration.knots, ws.store.version, its.digest, as_of, metrics)


def _moments(engine: Engine, its: Card, inputs: ScoreInputs) -> Moments:
    return Moments.from_batches(its.ids, engine.batches(points_sql(its, inputs)))


def _stability(
    engine: Engine, its: Card, model: Model, weighting: Weighting, inputs: ScoreInputs
) -> StabilityReport | None:
    """On a sample of firms picked by the hash of their id."""
    rows = engine.query(sample_sql(its, model.weights, inputs, weighting.redraw_sample))
    if rows.num_rows == 0:
        return None
    return rank_stability(its, model, weighting, matrix(rows, its), rows["trigger_rank"].to_numpy())
