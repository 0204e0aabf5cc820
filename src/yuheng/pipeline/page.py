"""What an explanation shows of one firm, read from the serving store of a released month or from the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from yuheng import indicator, library
from yuheng.errors import LakeError
from yuheng.lake import Engine
from yuheng.pipeline.firms import KEYED, unknown
from yuheng.pipeline.rate import register_grades
from yuheng.pipeline.serving import release_store
from yuheng.pipeline.sources import sources_of
from yuheng.pipeline.timeline import ORDER, records_sql, tables_behind
from yuheng.pipeline.values import register_values
from yuheng.pipeline.workspace import Workspace

Row = Mapping[str, object]
Cells = Mapping[str, tuple[float | None, int]]
FACTS = (
    "ent_id", "uscc", "ent_name", "region_code", "ent_type", "org_form", "industry_code", "reg_state", "est_date",
    "reg_cap_wan",
)  # fmt: skip
"""Columns of ent_base an explanation shows: public facts only."""


@dataclass(frozen=True)
class Page:
    """A firm on a day; `graded` and `cells` are None when no grading rates it. Records: newest first."""

    facts: Row
    graded: Row | None
    cells: Cells | None
    records: Sequence[Row]


def page_of(ws: Workspace, key: str, day: date) -> Page:
    """The page of the firm with credit code (or registration identity) `key`.

    Raises DataError when the day was never rated or the firm is unknown.
    """
    store = release_store(ws, day)
    found = _released(ws, store, key) if store is not None else None
    return found if found is not None else _from_lake(ws, key, day)


def _released(ws: Workspace, path: Path, key: str) -> Page | None:
    """From a release's store, which holds the rated firms only."""
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            row = _first(con, _KEYED.format(columns="b.*", table="firm", register="register_id"), [key, key])
            if row is None:
                return None
            records = _rows(con, f"select * from event where ent_id = ? order by {ORDER}", [row["ent_id"]])
    except duckdb.Error as error:
        raise LakeError(f"{path} cannot be read: {error}", todo="Restore it from its backup.") from error
    pairs = zip(_list(row["indicator_value"]), _list(row["indicator_case"]), strict=True)
    cells = {i: (_number(v), int(str(c))) for i, (v, c) in zip(ws.store.indicators, pairs, strict=True)}
    return Page({name: row[name] for name in FACTS}, row, cells, records)


_KEYED = (
    "select {columns} from {table} b where b.uscc = upper(trim(?)) "
    "or b.ent_id in (select r.ent_id from {register} r where r.pripid = trim(?)) order by b.ent_id limit 1"
)


def _from_lake(ws: Workspace, key: str, day: date) -> Page:
    with ws.engine() as engine:
        sources = sources_of(ws)
        tables = tables_behind(ws.store, sources)
        register_grades(ws, engine, day)
        register_values(engine, ws.lake, ws.store, day)
        library.register_derived(engine, ws.lake, ws.store, day, only=["ent_base"])
        library.register_standard(engine, ws.lake, ws.store, day, only={*tables, "ent_registration"})
        facts = _facts(engine, key, day)
        ent_id = int(str(facts["ent_id"]))
        graded = _one(engine, f"select * from grade where ent_id = {ent_id}")
        values = _one(engine, f"select * from {indicator.TABLE} where ent_id = {ent_id}")
        if graded is None or values is None:
            return Page(facts, None, None, [])
        parts = [f"select * from ({records_sql(ws.store, t, day)}) x where ent_id = {ent_id}" for t in tables]
        records = engine.query(f"select * from ({' union all '.join(parts)}) q order by {ORDER}").to_pylist()
    cells = {i: (_number(values[f"v_{i}"]), int(str(values[f"c_{i}"]))) for i in ws.store.indicators}
    return Page(facts, graded, cells, records)


def _facts(engine: Engine, key: str, day: date) -> Row:
    wanted = ", ".join(f"b.{c}" for c in FACTS)
    sql = f"select {wanted} from ent_base b where {KEYED} order by b.ent_id"
    found = engine.query(sql, params={"key": key}).to_pylist()
    if not found:
        raise unknown(key, day)
    return dict(found[0])


def _one(engine: Engine, sql: str) -> Row | None:
    rows = engine.query(sql).to_pylist()
    return dict(rows[0]) if rows else None


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: list[object]) -> list[Row]:
    found = con.execute(sql, values)
    names = [str(d[0]) for d in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _first(con: duckdb.DuckDBPyConnection, sql: str, values: list[object]) -> Row | None:
    rows = _rows(con, sql, values)
    return rows[0] if rows else None


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
