"""The monthly rating: values -> points -> score -> grade of every firm, by the gradings' active models."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from yuheng import indicator
from yuheng.content.schema import Grading
from yuheng.errors import DataError, YuhengError
from yuheng.lake import Engine, LakeTable
from yuheng.library.slices import app_id, write_slice
from yuheng.pipeline.models import Models
from yuheng.pipeline.progress import Progress, silent
from yuheng.pipeline.scoring import card, has_firms, input_names, previous_release, scoring_inputs
from yuheng.pipeline.values import Valued, ensure_values
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import Model, ScoreInputs, decided_sql, shares_sql, shown_columns

TABLE = "grade"
_ORDER = ("ent_id",)
_TEXT = ("uscc", "region_code", "grading")
_AFTER: Sequence[tuple[str, pa.DataType]] = (
    ("score_raw", pa.float64()),
    ("score", pa.float64()),
    ("coverage", pa.float64()),
    ("insufficient", pa.int16()),
    *((n, pa.string()) for n in ("trigger_ids", "override_grade", "grade_model", "grade_manual", "grade_final")),
    *((n, pa.string()) for n in ("national_grade", "grade_merged")),
    ("percentile", pa.float64()),
    ("as_of", pa.date32()),
    ("model_version", pa.string()),
    ("content_version", pa.string()),
)


@dataclass(frozen=True)
class Rated:
    """The rating of one day: firms per grading and grade (final grades), and the model of each grading."""

    as_of: date
    firms: dict[str, dict[str, int]]
    insufficient: dict[str, int]
    """Firms per grading whose data cover too little of the card (数据不足)."""
    models: dict[str, str]
    version: int
    skipped: bool

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {**vars(self), "as_of": self.as_of.isoformat()}


def grade_table(ws: Workspace) -> LakeTable:
    """Where grades are kept."""
    return ws.lake.table(indicator.LAYER, TABLE)


def grade_schema(ws: Workspace) -> pa.Schema:
    """Columns of rating/grade: firm, points p_<id> of every indicator, scores and grades."""
    points = [pa.field(f"p_{i}", pa.int8()) for i in ws.store.indicators]
    return pa.schema(
        [("ent_id", pa.int64()), *((n, pa.string()) for n in _TEXT), *((f.name, f.type) for f in points), *_AFTER]
    )


def rate(ws: Workspace, engine: Engine, as_of: date, *, models: Models, progress: Progress = silent) -> Rated:
    """Rates every firm of every grading as of `as_of` into rating/grade; what is up to date is left as it is.

    Afterwards `grade` can be read on `engine`. Raises DataError when nothing is known by that day or a model is
    missing, RatingError when a model does not fit the content.
    """
    table = grade_table(ws)
    with ThreadPoolExecutor(max_workers=1) as beside:
        if table.landed(app_id(as_of)) is None:
            _foresee(ws, engine, as_of, models, beside)
        valued = ensure_values(ws, engine, as_of, progress=progress)
    progress("评分定级", 1, 1)
    peopled = [g for g in ws.store.gradings.values() if has_firms(engine, g, as_of)]
    chosen = {g.id: models(g) for g in peopled}
    sql, shown = _rating_sql(ws, {g.id: scoring_inputs(ws, engine, g, as_of) for g in peopled}, chosen, as_of)
    stamp = _stamp(ws, valued, chosen, f"{shown} of {sql}")
    skipped = table.landed(app_id(as_of)) == stamp
    if not skipped:
        write_slice(
            engine, table, sql, as_of, schema=grade_schema(ws), order_by=_ORDER, shown=shown, app_version=stamp,
            leases=ws.lease,
        )  # fmt: skip
    register_grades(ws, engine, as_of)
    few = count_insufficient(ws, engine)
    return Rated(
        as_of, count_grades(ws, engine), few, {g: m.version for g, m in chosen.items()}, table.version(), skipped
    )


def register_grades(ws: Workspace, engine: Engine, as_of: date, *, name: str = TABLE) -> None:
    """Makes the grades of a day readable as `name`. Raises DataError when that day was never rated."""
    files = grade_table(ws).files(slice=as_of.isoformat())
    if not files:
        raise DataError(
            f"no grades as of {as_of.isoformat()}", todo=f"Run `yuheng rate --as-of {as_of.isoformat()}` first."
        )
    engine.scan(name, files, grade_schema(ws))


def count_grades(ws: Workspace, engine: Engine, *, name: str = TABLE) -> dict[str, dict[str, int]]:
    """Grading -> final grade -> firms, of a registered grade table; grades without a firm count 0."""
    out: dict[str, dict[str, int]] = {}
    for grading in ws.store.gradings.values():
        part = f"(select * from {name} where grading = '{grading.id}')"
        rows = engine.query(shares_sql(part, grade="grade_final")).to_pylist()
        found = {str(r["grade"]): int(r["firms"]) for r in rows}
        out[grading.id] = {c.grade: found.get(c.grade, 0) for c in grading.cuts}
    return out


def count_insufficient(ws: Workspace, engine: Engine, *, name: str = TABLE) -> dict[str, int]:
    """Grading -> firms flagged as having too little data, of a registered grade table."""
    rows = engine.query(
        f"select grading, count(*) as n from {name} where insufficient = 1 group by grading"
    ).to_pylist()
    found = {str(r["grading"]): int(r["n"]) for r in rows}
    return {g: found.get(g, 0) for g in ws.store.gradings}


def _foresee(ws: Workspace, engine: Engine, as_of: date, models: Models, beside: Executor) -> None:
    """Has the long text of the rating translated while values are computed, as it will be if every grading has firms.

    It is a guess that nothing depends on: another text is translated when it is needed.
    """
    gradings = list(ws.store.gradings.values())
    try:
        chosen = {g.id: models(g) for g in gradings}
        sql, shown = _rating_sql(ws, {g.id: input_names(ws, g, as_of) for g in gradings}, chosen, as_of)
    except YuhengError:
        return  # told where it matters: a grading without firms needs no model
    beside.submit(engine.prepare, sql, order_by=_ORDER, shown=shown)


def _rating_sql(
    ws: Workspace, inputs: Mapping[str, ScoreInputs], chosen: Mapping[str, Model], as_of: date
) -> tuple[str, str]:
    """The rows of the gradings of `inputs`, told apart by `place`, and the columns of rating/grade over them."""
    gradings = [ws.store.gradings[name] for name in inputs]
    columns = list(ws.store.indicators)
    decided = [decided_sql(card(ws, g), chosen[g.id], g, inputs[g.id], as_of=as_of, columns=columns) for g in gradings]
    parts = [f"select {k} as place, {g.id}.* from ({decided[k]}) {g.id}" for k, g in enumerate(gradings)]
    return "\nunion all\n".join(parts), _shown(ws, gradings, chosen, as_of)


def _shown(ws: Workspace, gradings: Sequence[Grading], models: Mapping[str, Model], as_of: date) -> str:
    """The columns of rating/grade over the rows of all gradings, told apart by `place`."""
    ids = list(ws.store.indicators)
    each = [shown_columns(card(ws, g), models[g.id], ids, as_of=as_of) for g in gradings]
    columns = []
    for name in grade_schema(ws).names:
        texts = [shown[name] for shown in each]
        cases = " ".join(f"when {place} then {text}" for place, text in enumerate(texts))
        columns.append(f"{texts[0] if len(set(texts)) == 1 else f'case t.place {cases} end'} as {name}")
    return ", ".join(columns)


def _stamp(ws: Workspace, valued: Valued, models: dict[str, Model], sql: str) -> int:
    parts = [str(valued.stamp), sql, *(m.version for m in models.values())]
    parts += [g.population for g in ws.store.gradings.values()]
    for grading in ws.store.gradings.values():
        decided = ws.office.adjustments.table(valued.as_of, grading=grading.id)
        parts.append(repr(decided.to_pylist()))
        release = previous_release(ws, grading, valued.as_of)
        parts.append(f"{grading.id} after release {release.id if release else None}")
    parts.append(str(ws.lake.table("standard", "national_grade").version()))
    return int(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:15], 16)
