"""The serving store: one read-only DuckDB file per release, so that a page reads one firm in a few milliseconds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from yuheng import indicator
from yuheng.errors import LakeError
from yuheng.lake import DuckEngine
from yuheng.library import register_derived, register_standard
from yuheng.pipeline.rate import register_grades
from yuheng.pipeline.timeline import ORDER, records_sql
from yuheng.pipeline.values import register_values
from yuheng.pipeline.workspace import Workspace
from yuheng.sql import compile_sql, literal

MADE_BY = "made_by"


def write_serving(ws: Workspace, as_of: date, target: Path) -> Path:
    """Writes the store of a rated day to `target`, whole or not at all.

    Tables: `firm` (facts, grade, scores, values, cases and points in catalogue order, one row per rated firm, sorted),
    `event` (the time line: every record known that day, by firm, with the indicators on its table that count it),
    `register_id` (the register's own identities), `made_by` (the content's version), and the pages' pre-aggregates
    `grade_count` (grading x region x industry section x size x organisational form x grade).
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
        _fill(ws, engine, as_of, part)
    except duckdb.Error as error:
        raise LakeError(f"the serving store cannot be written: {error}", todo="Check the disk and repeat.") from error
    finally:
        engine.close()
    part.replace(target)
    return target


def release_store(ws: Workspace, as_of: date) -> Path | None:
    """The store of the frozen release of a day, when there is one that the present content reads."""
    for release in ws.office.releases.list(as_of=as_of, state="frozen"):
        path = store_path(ws, release.id)
        if path.is_file() and _content_of(path) == ws.store.version:
            return path
    return None


def store_path(ws: Workspace, release_id: int) -> Path:
    """Where the store of a release lies."""
    return ws.deployment.serving / f"release-{release_id}.duckdb"


def _content_of(path: Path) -> str | None:
    """The content a store was made by; None for a file that does not say."""
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            row = con.execute(f"select content_version from {MADE_BY}").fetchone()
    except duckdb.Error:
        return None
    return None if row is None else str(row[0])


def _fill(ws: Workspace, engine: DuckEngine, as_of: date, path: Path) -> None:
    con = engine.connection
    con.execute(f"attach {literal(str(path))} as store")
    try:
        made = {
            "firm": _firm(ws),
            "event": _events(ws, as_of),
            "register_id": _REGISTER,
            "grade_count": _COUNTS,
            MADE_BY: f"select {literal(ws.store.version)} as content_version",
        }
        for name, sql in made.items():
            con.execute(f"create table store.{name} as {compile_sql(sql, macros=ws.store.macros)}")
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


def _events(ws: Workspace, as_of: date) -> str:
    parts = [records_sql(ws.store, table.id, as_of) for table in ws.store.standard.values() if table.entity]
    return f"select * from ({' union all '.join(parts)}) e order by ent_id, {ORDER}"


_REGISTER = """
select distinct pripid, ent_id from ent_registration where pripid is not null and ent_id is not null order by all
"""
_COUNTS = """
select g.grading, b.region_code, b.industry_sec, b.size_class, b.org_form, g.grade_final, g.insufficient,
  count(*) as firms, sum(g.score) as score_sum
from grade g join ent_base b on b.ent_id = g.ent_id
group by all order by all
"""
