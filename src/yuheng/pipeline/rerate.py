"""Re-rating one firm when an event arrives: the monthly plan for one firm, on the feature snapshot of a rated day.

Recomputed from the firm's own records and the event: the derived tables about one firm, all values, points, score,
grade and its national grade. Frozen as of the snapshot: feature tables that compare or connect firms (`snapshot: true`
and graphs), models, which indicators have a connected source, the other firms' scores; as of opening: decisions of
officers and the last released month.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from yuheng.content.schema import Grading
from yuheng.errors import DataError
from yuheng.library.build import SNAPSHOT_DAYS
from yuheng.pipeline.events import Events, event_tables
from yuheng.pipeline.live_session import Cells, LiveSession, Row
from yuheng.pipeline.live_store import live_store
from yuheng.pipeline.models import model_of
from yuheng.pipeline.scoring import SPINE, card, manual_rows, national_sql, previous_rows
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import rate_one
from yuheng.rating.score import in_force_sql, latest_sql

GRADED = (
    "score_raw", "score", "coverage", "insufficient", "trigger_ids", "override_grade", "grade_model", "grade_manual",
    "grade_final", "national_grade", "grade_merged",
)  # fmt: skip
"""Columns of rating/grade that scoring one firm gives under the same names."""


@dataclass(frozen=True)
class Rerated:
    """A firm's rating with the event, beside the stored one of the snapshot."""

    ent_id: int
    as_of: date
    snapshot: date
    values: Cells
    """Indicator -> (value, case); empty when no grading rates the firm any more."""
    grade: Row | None
    """The row of rating/grade: points, scores, grades; None when no grading rates the firm any more."""
    values_before: Cells
    grade_before: Row | None

    @property
    def changed(self) -> dict[str, tuple[tuple[float | None, int] | None, tuple[float | None, int] | None]]:
        """Indicators whose value or case is another: (before, now); None where the firm was not or is not rated."""
        ids = {**self.values_before, **self.values}
        pairs = {i: (self.values_before.get(i), self.values.get(i)) for i in ids}
        return {i: pair for i, pair in pairs.items() if pair[0] != pair[1]}

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "ent_id": self.ent_id,
            "as_of": self.as_of.isoformat(),
            "snapshot": self.snapshot.isoformat(),
            "values": {i: {"value": v, "case": c} for i, (v, c) in self.values.items()},
            "grade": _plain(self.grade),
            "grade_before": _plain(self.grade_before),
            "changed": {i: {"before": before, "now": now} for i, (before, now) in self.changed.items()},
        }


class Live:
    """Re-rates single firms of a rated day. Not for several threads at once: open one per thread."""

    def __init__(
        self, ws: Workspace, snapshot: date, *, as_of: date | None = None, by: str = "python", reason: str = ""
    ) -> None:
        """`snapshot` is the rated day whose features hold, `as_of` the day of the rating (default: the same).

        `by` and `reason` are who the audit chain says looked at each firm, and why.
        Writes the day's live store when there is none. Raises DataError when the day was never rated, or the snapshot
        is too old or later than `as_of`.
        """
        self.snapshot, self.as_of = snapshot, as_of or snapshot
        if not timedelta() <= self.as_of - snapshot < timedelta(days=SNAPSHOT_DAYS):
            raise DataError(
                f"the snapshot of {snapshot.isoformat()} does not serve {self.as_of.isoformat()}",
                todo=f"Rate a day at most {SNAPSHOT_DAYS - 1} days before.",
            )
        self._ws, self._by, self._reason = ws, by, reason
        self._session = LiveSession(live_store(ws, snapshot), ws.store, self.as_of)
        self._kept_day = self._session.current and self.as_of == snapshot
        self._session.define("national", national_sql())
        models = self._session.models()
        self._gradings = {name: ws.store.gradings[name] for name in models if name in ws.store.gradings}
        self._models = {name: model_of(ws, models[name]) for name in self._gradings}
        self._cards = {name: card(ws, grading) for name, grading in self._gradings.items()}
        self._kept: list[tuple[str, str]] = []
        self._session.prepare({f"decided_{name}": self._decided_sql(g) for name, g in self._gradings.items()})
        self._scores = {name: _scores(self._session.scores(name)) for name in self._gradings}

    def _decided_sql(self, grading: Grading) -> str:
        """uscc, region_code and what others decided about the firm; no row when the grading does not rate it."""
        inputs = {
            "previous": self._keep(f"previous_{grading.id}", previous_rows(self._ws, grading, self.as_of)),
            "manual": self._keep(f"manual_{grading.id}", manual_rows(self._ws, grading, self.as_of)),
        }
        sources = {name: f"select ent_id, grade_model as grade from {table}" for name, table in inputs.items() if table}
        if inputs["manual"]:
            sources["manual"] = in_force_sql(inputs["manual"], grading.manual_months, self.as_of)
        if grading.national_merge != "none":
            sources["national"] = latest_sql("national")
        nothing = "cast(null as varchar)"
        columns = [f"{f'{n}.grade' if n in sources else nothing} as {n}" for n in ("previous", "manual", "national")]
        joins = " ".join(f"left join ({sql}) {name} on {name}.ent_id = b.ent_id" for name, sql in sources.items())
        wanted = ", ".join(["b.uscc", "b.region_code", *columns])
        return f"select {wanted} from {SPINE} b {joins} where {grading.population}"

    def _keep(self, name: str, rows: pa.Table | None) -> str | None:
        """Keeps rows of all firms under `<name>_all`; those of one firm are copied to `name` when it is rated."""
        if rows is None:
            return None
        self._session.keep(f"{name}_all", rows)
        self._session.keep(name, rows.schema.empty_table())
        self._kept.append((name, f"{name}_all"))
        return name

    def rerate(self, firm: int | str, events: Events | None = None, *, whole: bool = False) -> Rerated:
        """The rating of a firm (`ent_id`, or its credit code) with new records; the lake stays as it is.

        The look is written to the audit chain.
        A new record with the source and source key of an old one is its next version. What the events cannot touch is
        taken from the store where that is up to date; `whole` computes everything. Raises DataError for a firm that
        is unknown, or that no grading rated and none rates now, and for events that do not fit their tables.
        """
        found = self._session.find(firm)
        if found is None:
            raise DataError(
                f"no firm {firm!r} is known by {self.snapshot.isoformat()}",
                todo="Give its 18-place credit code or its number; a new firm is rated by the next run.",
            )
        ent_id, held = found
        self._note(ent_id, events or {})
        values_before, grade_before = self._session.stored(ent_id)
        with self._session.firm(ent_id, held, event_tables(self._ws.store, ent_id, events or {})):
            cells, grade = self._rated(ent_id, None if whole or not self._kept_day else values_before or None)
        if grade is None and grade_before is None:
            raise DataError(
                f"firm {firm!r} belongs to no grading on {self.as_of.isoformat()}",
                todo="Only firms in the register are rated.",
            )
        self._place(grade, grade_before)
        return Rerated(ent_id, self.as_of, self.snapshot, cells, grade, values_before, grade_before)

    def _note(self, ent_id: int, events: Events) -> None:
        detail = {"as_of": self.as_of.isoformat(), "events": {name: len(rows) for name, rows in sorted(events.items())}}
        subject = f"firm:{ent_id}"
        self._ws.office.audit.append(
            actor=self._by, action="firm.rerate", subject=subject, reason=self._reason, detail=detail
        )

    def _rated(self, ent_id: int, before: Cells | None) -> tuple[Cells, Row | None]:
        cells = self._session.values(before)
        if cells is None:
            return {}, None
        for name, source in self._kept:
            self._session.copy(name, source, ent_id)
        for name in self._gradings:
            decided = self._session.run(f"decided_{name}")
            if decided is not None:
                return cells, self._graded(ent_id, name, cells, decided)
        return {}, None

    def _graded(self, ent_id: int, name: str, cells: Cells, decided: Row) -> Row:
        """The row of rating/grade, without its percentile."""
        model = self._models[name]
        others = {key: _text(decided[key]) for key in ("previous", "manual", "national")}
        rated = rate_one(self._cards[name], model, self._gradings[name], cells, **others)
        row: Row = {"ent_id": ent_id, "uscc": decided["uscc"], "region_code": decided["region_code"], "grading": name}
        row |= {f"p_{i}": rated.points.get(i) for i in self._ws.store.indicators}
        row |= {n: getattr(rated, n) for n in GRADED}
        row |= {"percentile": None, "as_of": self.as_of}
        return row | {"model_version": model.version, "content_version": model.content_version}

    def _place(self, grade: Row | None, before: Row | None) -> None:
        """The percentile: the share of the other firms of the grading, as they stand, with a lower score."""
        if grade is None or grade["score"] is None:
            return
        scores, own = self._scores[str(grade["grading"])], float(str(grade["score"]))
        lower, others = int(np.searchsorted(scores, own, side="left")), len(scores)
        if before is not None and before["grading"] == grade["grading"] and before["score"] is not None:
            others -= 1
            lower -= float(str(before["score"])) < own
        grade["percentile"] = math.floor(lower / others * 1e6 + 0.5) / 1e4 if others else None

    def close(self) -> None:
        """Closes the live store."""
        self._session.close()

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _scores(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(table["score"].to_numpy(), dtype=np.float64)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _plain(row: Mapping[str, object] | None) -> dict[str, object] | None:
    return None if row is None else {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
