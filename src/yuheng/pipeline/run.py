"""The main job: take in, fit, rate, build libraries, back-test; killed at any moment, it goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from yuheng import intake
from yuheng.content.schema import Grading
from yuheng.errors import DataError, RatingError
from yuheng.intake import quality
from yuheng.library import LibraryBuilt
from yuheng.office import Run
from yuheng.pipeline.backtest import BackTest, back_test
from yuheng.pipeline.fit import fit
from yuheng.pipeline.libraries import ensure_libraries
from yuheng.pipeline.models import default_fit_day, store, usable, usable_models
from yuheng.pipeline.progress import Progress, silent
from yuheng.pipeline.rate import Rated, rate
from yuheng.pipeline.scoring import has_firms
from yuheng.pipeline.search import Indexed, ensure_index
from yuheng.pipeline.taken import Accounts, accounts_before
from yuheng.pipeline.values import ensure_values
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import horizon

LEASE = "run"
FITTER = "yuheng run"
"""Who proposes a first model; a person approves it before a month can be released."""


@dataclass
class RunReport:
    """What one run did, step by step."""

    as_of: date
    resumed: bool = False
    intake: intake.IntakeReport | None = None
    orders: dict[str, int] = field(default_factory=dict)
    """Work orders to the sources' owners: opened, seen, closed."""
    fitted: list[str] = field(default_factory=list)
    """Versions of models that had to be made."""
    rated: Rated | None = None
    libraries: list[LibraryBuilt] = field(default_factory=list)
    """What became of each thematic library."""
    indexed: Indexed | None = None
    tested: list[BackTest] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Steps that had nothing to do, with the reason."""

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "as_of": self.as_of.isoformat(),
            "resumed": self.resumed,
            "intake": _taken(self.intake) if self.intake else None,
            "orders": self.orders,
            "fitted": self.fitted,
            "rated": self.rated.to_dict() if self.rated else None,
            "libraries": [b.to_dict() for b in self.libraries],
            "indexed": self.indexed.to_dict() if self.indexed else None,
            "back_test": [t.to_dict() for t in self.tested],
            "notes": self.notes,
        }


def run(ws: Workspace, as_of: date, *, progress: Progress = silent) -> RunReport:
    """Runs everything up to the grades of `as_of`.

    Every step leaves what is up to date as it is, so a repeated or resumed run changes nothing that is right.
    Raises OfficeError when another run is at work, DataError when nothing is known by that day.
    """
    with ws.office.leases.hold(LEASE):
        job = ws.office.runs.begin("run", as_of=as_of)
        report = RunReport(as_of, resumed=bool(ws.office.runs.steps(job)))
        known = accounts_before(ws.office, job)
        for name, step in (
            ("intake", partial(_intake, known)),
            ("quality", _quality),
            ("fit", _fit),
            ("rate", _rate),
            ("library", _library),
            ("back_test", _back_test),
        ):
            _step(ws, job, name, lambda step=step: step(ws, report, progress))  # type: ignore[misc]
        ws.office.runs.finish(job)
    return report


def _step(ws: Workspace, job: Run, name: str, work: Callable[[], dict[str, object]]) -> None:
    started = time.monotonic()
    ws.office.runs.mark(job, name, state="running")
    try:
        detail = json.dumps(work(), ensure_ascii=False, sort_keys=True)
    except Exception as error:
        ws.office.runs.mark(job, name, state="failed", detail=str(error)[:2000], seconds=time.monotonic() - started)
        raise
    digest = hashlib.sha256(detail.encode()).hexdigest()[:16]
    ws.office.runs.mark(job, name, state="done", digest=digest, detail=detail, seconds=time.monotonic() - started)


def _intake(known: Accounts, ws: Workspace, report: RunReport, progress: Progress) -> dict[str, object]:
    """The report tells what this sitting did, the step what the run did in all: killed ones before it count.

    What can be pulled is pulled first; a source that fails is noted and does not stop the run.
    """
    if ws.deployment.settings.connections:
        from yuheng.intake.pull import pull_all  # most deployments of a test have none

        for failed in pull_all(ws.deployment, ws.office, ws.store, progress=progress).failed:
            report.notes.append(f"拉取失败 {failed.source}.{failed.feed}：{failed.error}")
    with ws.engine() as engine:
        report.intake = intake.run(ws.deployment, ws.office, ws.lake, engine, ws.store, progress=progress)
    return Accounts.of(ws.office).since(known)


def _quality(ws: Workspace, report: RunReport, progress: Progress) -> dict[str, object]:
    """New data may have shortcomings, or have mended some: the work orders follow."""
    if report.intake is None or not (report.intake.taken or report.intake.refused):
        return {"orders": None}
    progress("质量", 0, 1)
    with ws.engine() as engine:
        found = quality.find(engine, ws.lake, ws.office, ws.store, on=report.as_of)
    days = ws.store.quality.orders.model_dump()
    report.orders = ws.office.orders.settle(found, on=report.as_of, days=days, looked_at=list(ws.store.sources))
    return {"orders": report.orders}


def _taken(found: intake.IntakeReport) -> dict[str, object]:
    fates = {fate: found.counts[fate] for fate in intake.FATES}
    return {"files": len(found.landed), "records": sum(fates.values()), "fates": fates, "refused": dict(found.refused)}


def _fit(ws: Workspace, report: RunReport, progress: Progress) -> dict[str, object]:
    """A first model for every grading that has none."""
    for grading in ws.store.gradings.values():
        if usable(ws, grading) is None:
            made = _first_model(ws, grading, report, progress)
            report.fitted += [made] if made else []
    return {"fitted": report.fitted}


def _first_model(ws: Workspace, grading: Grading, report: RunReport, progress: Progress) -> str | None:
    """Fitted some months back with a training day before that, or as far back as the data allow."""
    fitted, train = default_fit_day(report.as_of, grading.label.months)
    attempts: list[tuple[date, date | None]] = [(fitted, train), (fitted, None), (report.as_of, None)]
    for day, training in attempts:
        try:
            with ws.engine() as engine:
                ensure_values(ws, engine, report.as_of, progress=progress)
                if not has_firms(engine, grading, report.as_of):
                    report.notes.append(f"{grading.id}: 没有属于该类的主体，不建模")
                    return None
                found = fit(ws, engine, grading, day, train=training, progress=progress)
        except (DataError, RatingError) as error:
            report.notes.append(f"{grading.id}: 以 {day.isoformat()} 建模未成：{error.what}")
            continue
        store(ws, found.model, by=FITTER)
        return found.model.version
    raise DataError(f"no model can be fitted for {grading.id}", todo="; ".join(report.notes[-len(attempts) :]))


def _rate(ws: Workspace, report: RunReport, progress: Progress) -> dict[str, object]:
    with ws.engine() as engine:
        report.rated = rate(ws, engine, report.as_of, models=usable_models(ws), progress=progress)
    return report.rated.to_dict()


def _library(ws: Workspace, report: RunReport, progress: Progress) -> dict[str, object]:
    """The thematic libraries, those of grades among them, and the search index."""
    with ws.engine() as engine:
        report.libraries = ensure_libraries(ws, engine, report.as_of, progress=progress)
        report.indexed = ensure_index(ws, engine, report.as_of, progress=progress)
    built = {b.id: {"state": b.state, "rows": b.rows} for b in report.libraries}
    return {"libraries": built, "indexed": report.indexed.to_dict()}


def _back_test(ws: Workspace, report: RunReport, progress: Progress) -> dict[str, object]:
    """The grades of one label period ago against what happened since."""
    for grading in ws.store.gradings.values():
        if usable(ws, grading) is None:
            continue
        day = horizon(report.as_of, -grading.label.months)
        try:
            report.tested.append(back_test(ws, grading, [day], models=usable_models(ws), progress=progress))
        except (DataError, RatingError) as error:
            report.notes.append(f"{grading.id}: 未回测：{error.what}")
    return {"tested": [t.to_dict() for t in report.tested]}
