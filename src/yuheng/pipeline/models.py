"""Which model rates: the active one, or before anything was approved the newest draft, marked as provisional."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

from yuheng.content.schema import Grading
from yuheng.errors import DataError
from yuheng.office import RatingModel
from yuheng.pipeline.scoring import card
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import Model, horizon

Models = Callable[[Grading], Model]
"""Grading -> the model to rate with."""


def load(stored: RatingModel) -> Model:
    """The model of a stored row."""
    return Model.from_json(json.dumps(stored.body))


def store(ws: Workspace, model: Model, *, by: str) -> RatingModel:
    """Proposes a fitted model as draft."""
    body = json.loads(model.to_json())
    return ws.office.models.save(
        model.version, grading=model.grading, fitted_as_of=model.fitted_as_of, body=body, by=by
    )


def usable(ws: Workspace, grading: Grading) -> RatingModel | None:
    """The active model of a grading; where nobody ever activated one, the newest draft of the present card."""
    active = ws.office.models.active(grading.id)
    if active is not None:
        return active
    listed = ws.office.models.list(grading=grading.id)
    if any(m.activated_at for m in listed):
        return None
    digest = card(ws, grading).digest
    fitting = [m for m in listed if m.state in ("draft", "approved") and m.body.get("card_digest") == digest]
    return max(fitting, key=lambda m: m.proposed_at, default=None)


def usable_models(ws: Workspace) -> Models:
    """The usable model of each grading. Raises DataError when a grading has none."""

    def of(grading: Grading) -> Model:
        found = usable(ws, grading)
        if found is None:
            raise _none(ws, grading)
        return load(found)

    return of


def _none(ws: Workspace, grading: Grading) -> DataError:
    """Why no model of a grading can be used, and what to do."""
    fit = f"`yuheng rating fit --as-of D --grading {grading.id}`"
    listed = ws.office.models.list(grading=grading.id)
    if not listed:
        return DataError(f"grading {grading.id} has no model.", todo=f"Run {fit} first.")
    newest = max(listed, key=lambda m: m.proposed_at)
    if any(m.activated_at for m in listed):
        what = f"grading {grading.id} has no active model; the newest of its {len(listed)} is {newest.version}."
        return DataError(what, todo=f"Approve one with `yuheng rating approve VERSION`, or fit one: {fit}.")
    what = (
        f"grading {grading.id} has drafts, but all were fitted on another version of its card, the newest is "
        f"{newest.version}: indicators, bins or hard rules were changed since."
    )
    return DataError(what, todo=f"Fit a model on the present card: {fit}; or put the former content back.")


def model_of(ws: Workspace, version: str) -> Model:
    """A stored model by its version, such as the one a grade names."""
    return load(ws.office.models.get(version))


def default_fit_day(as_of: date, months: int) -> tuple[date, date]:
    """(day of the fit, day of the training) of a first model: its knots are `months` old on `as_of`, so that the
    back-test of the fit's own day is out of time, and the label period of the training has just ended at the fit."""
    fitted = horizon(as_of, -months)
    return fitted, default_training_day(fitted, months)


def default_training_day(fitted: date, months: int) -> date:
    """The newest day whose label period of `months` is over on the day of the fit."""
    return horizon(fitted, -months)
