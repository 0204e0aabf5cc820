"""A lake to which events were appended, and the full run over all its firms on the feature snapshot of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yuheng.indicator import compile_plan
from yuheng.lake import Engine
from yuheng.library import register_codes, register_derived, register_standard, standard_schema
from yuheng.library.build import day_param
from yuheng.library.slices import NoLease
from yuheng.pipeline import Rerated, Workspace, model_of
from yuheng.pipeline.live_store import parts_of
from yuheng.pipeline.rate import register_grades
from yuheng.pipeline.scoring import card, scoring_inputs
from yuheng.pipeline.sources import silent_indicators
from yuheng.rating import score_sql

Row = dict[str, object]


def versions(ws: Workspace, name: str) -> pa.Table:
    """All versions of a standard table."""
    schema = standard_schema(ws.store.standard[name])
    parts = [
        pq.ParquetFile(f).read().select(schema.names).cast(schema) for f in ws.lake.table("standard", name).files()
    ]
    return pa.concat_tables([schema.empty_table(), *parts])


def newest(ws: Workspace, name: str, as_of: date) -> Row | None:
    """The record of a table with the newest fact, as a version that never ends; None for an empty table."""
    rows = versions(ws, name)
    rows = rows.filter(pc.and_(pc.equal(rows["op"], "upsert"), pc.less_equal(rows["event_date"], as_of)))
    rows = rows.filter(pc.is_valid(rows["ent_id"]))
    rows = rows.sort_by([("event_date", "descending"), ("source_key", "ascending")]).slice(0, 1)
    return {**rows.to_pylist()[0], "known_to": date(9999, 12, 31)} if rows.num_rows else None


def append(ws: Workspace, name: str, rows: Sequence[Row]) -> None:
    """Puts new versions into the lake the way intake does: the version before ends where the new one begins."""
    schema = standard_schema(ws.store.standard[name])
    old, new = versions(ws, name), pa.Table.from_pylist([*rows], schema=schema)
    for row in rows:
        same = pc.and_(pc.equal(old["source"], row["source"]), pc.equal(old["source_key"], row["source_key"]))
        ended = pc.if_else(pc.greater(old["known_to"], row["known_from"]), row["known_from"], old["known_to"])
        at = schema.get_field_index("known_to")
        old = old.set_column(at, schema.field("known_to"), pc.if_else(same, ended, old["known_to"]).cast(pa.date32()))
    table = ws.lake.table("standard", name)
    path = table.staging("test") / "part.parquet"
    pq.write_table(pa.concat_tables([old, new]), path)
    table.replace([path], schema=schema, app_id="test", app_version=1, lease=NoLease(), based_on=table.version())


def full_run(
    ws: Workspace, engine: Engine, snapshot: date, as_of: date, *, only: Sequence[int] | None = None
) -> tuple[dict[int, Row], dict[int, Row]]:
    """Values and grades of all firms as of `as_of`, with the feature tables of `snapshot`: ent_id -> row.

    All firms are rated; the rows of those in `only` are returned.
    """
    register_grades(ws, engine, snapshot, name="grade_before")
    found = engine.query("select grading, max(model_version) as version from grade_before group by grading").to_pylist()
    parts = parts_of(ws.store)
    register_derived(engine, ws.lake, ws.store, snapshot, only=[*parts.features, *parts.whole])
    register_codes(engine, ws.store, parts.codes)
    silent = silent_indicators(ws, engine, snapshot)
    register_standard(engine, ws.lake, ws.store, as_of, only=parts.standard)
    for name in parts.rebuilt:
        sql = ws.store.derived[name].sql
        engine.define(name, sql, params=day_param(sql, as_of), materialise=True)
    engine.define(
        "indicator_value", compile_plan(ws.store, as_of, silent=silent).inline(), materialise=True
    )  # fmt: skip
    listed = "" if only is None else f" where ent_id in ({', '.join(map(str, only))})"
    values = engine.query(f"select * from indicator_value{listed}").to_pylist()
    grades = [row for item in found for row in _grades(ws, engine, item, as_of, listed)]
    return {int(r["ent_id"]): r for r in values}, {int(str(r["ent_id"])): r for r in grades}


def _grades(ws: Workspace, engine: Engine, item: Mapping[str, str], as_of: date, listed: str) -> list[Row]:
    grading, ids = ws.store.gradings[item["grading"]], list(ws.store.indicators)
    inputs = scoring_inputs(ws, engine, grading, as_of)
    model = model_of(ws, item["version"])
    sql = score_sql(card(ws, grading), model, grading, inputs, as_of=as_of, columns=ids)
    return list(engine.query(f"select * from ({sql}) g{listed}").to_pylist())


def different(found: Rerated, values: Row | None, grade: Row | None) -> list[tuple[str, object, object]]:
    """Column, here, there; the percentile is left out: in the full run other firms had events too."""
    mine: Row = {f"v_{i}": v for i, (v, _) in found.values.items()} | {
        f"c_{i}": c for i, (_, c) in found.values.items()
    }
    pairs = [(mine, {k: v for k, v in (values or {}).items() if k != "ent_id"}), (found.grade or {}, grade or {})]
    return [
        (k, a.get(k), b.get(k))
        for a, b in pairs
        for k in sorted(a.keys() | b.keys())
        if k != "percentile" and a.get(k) != b.get(k)
    ]
