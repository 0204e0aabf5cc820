"""What a scoring run reads beside the values: firms, adjustments, national grades, last month's grades."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from yuheng import indicator, library
from yuheng.content.schema import Grading
from yuheng.lake import Engine
from yuheng.library import register_results, register_standard
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import Card, ScoreInputs, card_of

SPINE = "ent_base"
NATIONAL = "national_grade"
RELEASED = "grade_released"


def card(ws: Workspace, grading: Grading) -> Card:
    """The computable card of a grading."""
    return card_of(grading, ws.store.indicators)


def scoring_inputs(ws: Workspace, engine: Engine, grading: Grading, as_of: date) -> ScoreInputs:
    """Registers everything the scoring SQL of `grading` reads; `indicator_value` must be readable already."""
    values = f"values_{grading.id}"
    engine.define(
        values,
        f"select v.*, b.uscc, b.region_code from {indicator.TABLE} v join {SPINE} b on b.ent_id = v.ent_id "
        f"where {grading.population}",
        params={"as_of": as_of} if ":as_of" in grading.population else None,
    )
    return ScoreInputs(
        values,
        named=True,
        rounded=True,
        previous=_previous(ws, engine, grading, as_of),
        manual=_manual(ws, engine, grading, as_of),
        national=_national(ws, engine, grading, as_of),
    )


def has_firms(engine: Engine, grading: Grading, as_of: date) -> bool:
    """Whether any firm belongs to the grading; `ent_base` must be readable as of that day."""
    found = engine.query(
        f"select count(*) as n from {SPINE} b where {grading.population}",
        params={"as_of": as_of} if ":as_of" in grading.population else None,
    )
    return bool(found["n"][0].as_py())


def _previous(ws: Workspace, engine: Engine, grading: Grading, as_of: date) -> str | None:
    """The grades of the last released month, when the grading dampens changes with them."""
    if grading.hysteresis <= 0 or not ws.lake.table(library.RESULT_LAYER, RELEASED).exists():
        return None
    register_results(engine, ws.lake, as_of, [RELEASED])
    name = f"previous_{grading.id}"
    engine.define(
        name,
        f"select ent_id, grade_model from {RELEASED} where grading = :grading "
        f"and as_of = (select max(as_of) from {RELEASED} where grading = :grading)",
        params={"grading": grading.id},
    )
    return name


def _manual(ws: Workspace, engine: Engine, grading: Grading, as_of: date) -> str | None:
    decided: pa.Table = ws.office.adjustments.table(as_of, grading=grading.id)
    if decided.num_rows == 0:
        return None
    name = f"manual_{grading.id}"
    engine.register(name, decided)
    return name


def _national(ws: Workspace, engine: Engine, grading: Grading, as_of: date) -> str | None:
    """The national monthly grades known by D; only a link by credit code counts."""
    if grading.national_merge == "none" or not ws.lake.table("standard", NATIONAL).exists():
        return None
    register_standard(engine, ws.lake, ws.store, as_of, only=[NATIONAL])
    name = f"national_{grading.id}"
    engine.define(name, f"select ent_id, grade, grade_month from {NATIONAL} where ent_id is not null")
    return name
