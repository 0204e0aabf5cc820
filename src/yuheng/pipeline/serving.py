"""The serving store: one read-only DuckDB file per release, so that a page reads one firm in a few milliseconds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from yuheng import indicator
from yuheng.content.schema import StandardTable
from yuheng.errors import LakeError
from yuheng.lake import DuckEngine
from yuheng.library import register_derived, register_standard
from yuheng.pipeline.rate import register_grades
from yuheng.pipeline.values import register_values
from yuheng.pipeline.workspace import Workspace
from yuheng.sql import literal

TIME_LINE = ("source", "source_key", "event_date", "known_from", "link_basis", "batch_id", "src_file", "src_row")


def write_serving(ws: Workspace, as_of: date, target: Path) -> Path:
    """Writes the store of a rated day to `target`, whole or not at all.

    Tables: `firm` (facts, grade, scores, values, cases and points in catalogue order, one row per rated firm, sorted),
    `event` (the time line: every record known that day, by firm), and the pages' pre-aggregates `grade_count`
    (grading x region x industry section x size x organisational form x grade).
    """
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    settings = ws.deployment.settings
    engine = DuckEngine(
        macros=ws.store.macros,
        threads=settings.threads,
        memory=settings.memory_limit,
        spill=ws.deployment.work / "spill",
    )
    try:
        register_standard(engine, ws.lake, ws.store, as_of)
        register_derived(engine, ws.lake, ws.store, as_of, only=["ent_base"])
        register_values(engine, ws.lake, ws.store, as_of)
        register_grades(ws, engine, as_of)
        _fill(ws, engine, part)
    except duckdb.Error as error:
        raise LakeError(f"the serving store cannot be written: {error}", todo="Check the disk and repeat.") from error
    finally:
        engine.close()
    part.replace(target)
    return target


def _fill(ws: Workspace, engine: DuckEngine, path: Path) -> None:
    con = engine.connection
    con.execute(f"attach {literal(str(path))} as store")
    try:
        for name, sql in (("firm", _firm(ws)), ("event", _events(ws)), ("grade_count", _COUNTS)):
            con.execute(f"create table store.{name} as {sql}")
    finally:
        con.execute("detach store")


def _firm(ws: Workspace) -> str:
    ids = list(ws.store.indicators)
    lists = {
        "indicator_value": ", ".join(f"v.v_{i}" for i in ids),
        "indicator_case": ", ".join(f"v.c_{i}" for i in ids),
        "points": ", ".join(f"g.p_{i}" for i in ids),
    }
    packed = ", ".join(f"[{columns}] as {name}" for name, columns in lists.items())
    left_out = ", ".join(["ent_id", "uscc", "region_code", *(f"p_{i}" for i in ids)])
    return (
        f"select b.*, g.* exclude ({left_out}), {packed} from grade g join ent_base b on b.ent_id = g.ent_id "
        f"join {indicator.TABLE} v on v.ent_id = g.ent_id order by b.ent_id"
    )


def _events(ws: Workspace) -> str:
    parts = [_event(table) for table in ws.store.standard.values() if table.entity]
    return f"select * from ({' union all '.join(parts)}) e order by ent_id, event_date desc, table_name, source_key"


def _event(table: StandardTable) -> str:
    columns = ", ".join(TIME_LINE)
    return f"select ent_id, '{table.id}' as table_name, {columns} from {table.id} where ent_id is not null"


_COUNTS = """
select g.grading, b.region_code, b.industry_sec, b.size_class, b.org_form, g.grade_final, g.insufficient,
  count(*) as firms, sum(g.score) as score_sum
from grade g join ent_base b on b.ent_id = g.ent_id
group by all order by all
"""
