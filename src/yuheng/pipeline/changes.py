"""Who changed grade between two months, and which indicators moved the score."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from yuheng.content.schema import Grading
from yuheng.lake import Engine
from yuheng.pipeline.models import model_of
from yuheng.pipeline.rate import grade_schema, grade_table
from yuheng.pipeline.scoring import card
from yuheng.pipeline.workspace import Workspace
from yuheng.sql import literal

REASONS = 3
"""Indicators named for each firm."""


def changes(ws: Workspace, engine: Engine, grading: Grading, before: date, after: date, *, version: str) -> pa.Table:
    """One row per firm whose final grade differs, or that was rated in one month only, worst new grade first.

    Columns: ent_id, uscc, region_code, grade_before, grade_after (NULL = not rated), score_before, score_after, reasons
    (the indicators whose part of the raw score, 10·w·Δp under model `version`, moved most in the direction of the
    change, as `id:±x.x`, greatest first).
    """
    for name, day in (("graded_before", before), ("graded_after", after)):
        engine.scan(f"{name}_all", grade_table(ws).files(slice=day.isoformat()), grade_schema(ws))
        engine.define(name, f"select * from {name}_all where grading = {literal(grading.id)}")
    engine.define("moved", _MOVED, materialise=True)
    engine.define("moved_part", _parts(ws, grading, version), materialise=True)
    return engine.query(_LIST)


_MOVED = """
select coalesce(a.ent_id, b.ent_id) as ent_id, coalesce(a.uscc, b.uscc) as uscc,
  coalesce(a.region_code, b.region_code) as region_code, b.grade_final as grade_before, a.grade_final as grade_after,
  b.score as score_before, a.score as score_after,
  case when a.score >= coalesce(b.score, -1) then 1 else -1 end as direction
from graded_before b full outer join graded_after a on a.ent_id = b.ent_id
where coalesce(a.grade_final, '-') <> coalesce(b.grade_final, '-')
"""


def _parts(ws: Workspace, grading: Grading, version: str) -> str:
    """ent_id, indicator, moved: the parts of the raw score that moved, one row each, of firms rated in both months."""
    model = model_of(ws, version)
    rows = [
        f"select m.ent_id, '{i}' as indicator, "
        f"cast(coalesce(a.p_{i}, 0) - coalesce(b.p_{i}, 0) as double) * {literal(10 * model.share(i))} as moved, "
        "m.direction from moved m join graded_before b on b.ent_id = m.ent_id "
        "join graded_after a on a.ent_id = m.ent_id "
        f"where coalesce(a.p_{i}, 0) <> coalesce(b.p_{i}, 0)"
        for i in card(ws, grading).ids
    ]
    return (
        "select ent_id, indicator, moved, place from (select ent_id, indicator, moved, row_number() over "
        "(partition by ent_id order by moved * direction desc, indicator) as place "
        f"from ({' union all '.join(rows)}) p "
        f"where moved * direction > 0) q where place <= {REASONS}"
    )


_LIST = """
select m.ent_id, m.uscc, m.region_code, m.grade_before, m.grade_after, m.score_before, m.score_after, r.reasons
from moved m left join (
  select ent_id, string_agg(concat(indicator, ':', case when moved > 0 then '+' else '' end,
    cast(cast(moved as decimal(9, 1)) as varchar)), ',' order by place) as reasons
  from moved_part group by ent_id) r on r.ent_id = m.ent_id
order by m.grade_after desc nulls last, m.score_after desc, m.ent_id
"""
