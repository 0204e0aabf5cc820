"""What a scoring run reads beside the values: firms, adjustments, national grades, last month's grades."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yuheng import indicator, library
from yuheng.content.schema import Grading
from yuheng.lake import Engine
from yuheng.library import register_standard
from yuheng.library.build import day_param
from yuheng.office import Release
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import Card, ScoreInputs, card_of

SPINE = "ent_base"
NATIONAL = "national_grade"
GRADE = "grade"


def card(ws: Workspace, grading: Grading) -> Card:
    """The computable card of a grading."""
    return card_of(grading, ws.store.indicators)


def scoring_inputs(ws: Workspace, engine: Engine, grading: Grading, as_of: date) -> ScoreInputs:
    """Registers everything the scoring SQL of `grading` reads; `indicator_value` must be readable already."""
    inputs = input_names(ws, grading, as_of)
    engine.define(inputs.values, values_sql(grading), params=day_param(grading.population, as_of))
    if inputs.previous is not None:
        engine.register(inputs.previous, previous_rows(ws, grading, as_of))
    if inputs.manual is not None:
        engine.register(inputs.manual, manual_rows(ws, grading, as_of))
    if inputs.national is not None:
        register_standard(engine, ws.lake, ws.store, as_of, only=[NATIONAL])
        engine.define(inputs.national, national_sql())
    return inputs


def input_names(ws: Workspace, grading: Grading, as_of: date) -> ScoreInputs:
    """What `scoring_inputs` gives, with nothing registered: enough to write the scoring SQL in advance.

    The national monthly grades are those known by D; only a link by credit code counts.
    """
    merged = grading.national_merge != "none" and ws.lake.table("standard", NATIONAL).exists()
    return ScoreInputs(
        f"values_{grading.id}",
        named=True,
        rounded=True,
        previous=f"previous_{grading.id}" if previous_release(ws, grading, as_of) is not None else None,
        manual=f"manual_{grading.id}" if manual_rows(ws, grading, as_of) is not None else None,
        national=f"national_{grading.id}" if merged else None,
    )


def values_sql(grading: Grading) -> str:
    """The values of a grading's firms with the firms' names: SQL with :as_of where the population asks for the day."""
    return (
        f"select v.*, b.uscc, b.region_code from {indicator.TABLE} v join {SPINE} b on b.ent_id = v.ent_id "
        f"where {grading.population}"
    )


def has_firms(engine: Engine, grading: Grading, as_of: date) -> bool:
    """Whether any firm belongs to the grading; `ent_base` must be readable as of that day."""
    found = engine.query(
        f"select count(*) as n from {SPINE} b where {grading.population}",
        params=day_param(grading.population, as_of),
    )
    return bool(found["n"][0].as_py())


def previous_release(ws: Workspace, grading: Grading, as_of: date) -> Release | None:
    """The last released month, whose grades dampen those of `as_of`; None where the grading dampens nothing."""
    return ws.office.releases.latest(before=as_of) if grading.hysteresis > 0 else None


def previous_rows(ws: Workspace, grading: Grading, as_of: date) -> pa.Table | None:
    """ent_id and model grade of the last released month as frozen; None when the grading dampens nothing with it."""
    release = previous_release(ws, grading, as_of)
    if release is None:
        return None
    version, day = release.tables[f"{library.RESULT_LAYER}/{GRADE}"], release.as_of.isoformat()
    files = ws.lake.table(library.RESULT_LAYER, GRADE).files(version=version, slice=day)
    wanted = pc.field("grading") == grading.id
    return pq.read_table(files, columns=["ent_id", "grade_model"], filters=wanted, partitioning=None)


def manual_rows(ws: Workspace, grading: Grading, as_of: date) -> pa.Table | None:
    """The officers' decisions in force on a day; None when there is none."""
    decided: pa.Table = ws.office.adjustments.table(as_of, grading=grading.id)
    return decided if decided.num_rows else None


def national_sql() -> str:
    """The national grades that count: those linked to a firm."""
    return f"select ent_id, grade, grade_month from {NATIONAL} where ent_id is not null"
