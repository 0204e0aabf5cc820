"""The thematic libraries of a day: what the rating made put beside the tables, built, and what became of each kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import orjson
import pyarrow as pa

from yuheng import indicator, library
from yuheng.lake import Engine, EngineName
from yuheng.library import LibraryBuilt, build_libraries
from yuheng.library.slices import app_id
from yuheng.pipeline.models import model_of
from yuheng.pipeline.progress import Progress, silent, within
from yuheng.pipeline.rate import TABLE as GRADE
from yuheng.pipeline.rate import grade_table, register_grades
from yuheng.pipeline.values import register_values, value_table
from yuheng.pipeline.workspace import Workspace
from yuheng.sql import literal

POINTS, WEIGHTS = "indicator_point", "indicator_weight"


def ensure_libraries(
    ws: Workspace,
    engine: Engine,
    as_of: date,
    *,
    only: Collection[str] | None = None,
    progress: Progress = silent,
) -> list[LibraryBuilt]:
    """Builds the derived tables and the libraries as of `as_of`; leaves what is up to date as it is.

    Libraries of grades are built when that day was rated, else they wait. What became of each library is kept for the
    catalogue. Raises DataError when no registration is known by that day.
    """
    needed = library.derived_needed(ws.store, only)
    library.build(engine, ws.lake, ws.store, as_of, only=needed, leases=ws.lease, progress=within(progress, "专题数据"))
    found = build_libraries(
        engine,
        ws.lake,
        ws.store,
        as_of,
        only=only,
        results=register_rating(ws, engine, as_of),
        leases=ws.lease,
        progress=within(progress, "专题库"),
        done=lambda built: keep_record(ws, as_of, built),
    )
    library.prune(ws.lake, ws.store, as_of, leases=ws.lease)
    return found


def register_rating(ws: Workspace, engine: Engine, as_of: date) -> dict[str, int]:
    """Makes the grades of a day and the points behind them readable; nothing when that day was not rated."""
    grade = grade_table(ws).landed(app_id(as_of))
    value = value_table(ws.lake).landed(app_id(as_of))
    if grade is None or value is None or not grade_table(ws).files(slice=as_of.isoformat()):
        return {}
    register_grades(ws, engine, as_of)
    register_values(engine, ws.lake, ws.store, as_of)
    engine.register(WEIGHTS, _weights(ws, engine))
    engine.define(POINTS, points_sql(list(ws.store.indicators), engine.name))
    return {GRADE: grade, POINTS: (grade + value) % 2**60}


def points_sql(ids: Sequence[str], engine: EngineName) -> str:
    """One row per firm and indicator that gave it points, out of the wide tables: SQL for `indicator_point`.

    DuckDB turns columns into rows in one pass; elsewhere each indicator is a part of a union.
    """
    if engine == "duckdb":
        names, values, points = (
            f"unnest([{', '.join(items)}])"
            for items in (map(literal, ids), (f"v.v_{i}" for i in ids), (f"g.p_{i}" for i in ids))
        )
        cells = (
            f"select v.ent_id, g.grading, {names} as ind_id, {values} as value, {points} as points "
            f"from {indicator.TABLE} v join {GRADE} g on g.ent_id = v.ent_id"
        )
    else:
        cells = "\nunion all\n".join(
            f"select v.ent_id, g.grading, {literal(i)} as ind_id, v.v_{i} as value, g.p_{i} as points "
            f"from {indicator.TABLE} v join {GRADE} g on g.ent_id = v.ent_id where g.p_{i} > 0"
            for i in ids
        )
    return (
        f"select u.ent_id, u.grading, u.ind_id, u.value, u.points, w.weight, w.model_version from ({cells}) u "
        f"left join {WEIGHTS} w on w.grading = u.grading and w.ind_id = u.ind_id where u.points > 0"
    )


def _weights(ws: Workspace, engine: Engine) -> pa.Table:
    """grading, ind_id, weight (0 for an indicator the card does not have) and model of the registered grades."""
    found = engine.query(f"select distinct grading, model_version from {GRADE} order by grading").to_pylist()
    rows = []
    for row in found:
        model = model_of(ws, str(row["model_version"]))
        rows += [
            {**row, "ind_id": name, "weight": model.share(name) if name in model.weights else 0.0}
            for name in ws.store.indicators
        ]
    schema = pa.schema([(n, pa.string()) for n in ("grading", "model_version", "ind_id")] + [("weight", pa.float64())])
    return pa.Table.from_pylist(rows, schema=schema)


def keep_record(ws: Workspace, as_of: date, built: LibraryBuilt) -> None:
    """Writes down what became of a library; an unchanged one keeps what its contract said when it was built."""
    path = record_path(ws, built.id)
    before = read_record(ws, built.id)
    record = {"as_of": as_of.isoformat(), **built.to_dict()}
    if built.state == "unchanged" and before.get("as_of") == record["as_of"]:
        record["checks"] = before.get("checks", [])
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2))
    part.replace(path)


def read_record(ws: Workspace, library_id: str) -> dict[str, object]:
    """What became of a library when it was last built; {} when it never was."""
    try:
        found: dict[str, object] = orjson.loads(record_path(ws, library_id).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return found


def record_path(ws: Workspace, library_id: str) -> Path:
    """Where the record of a library's last build lies."""
    return ws.deployment.work / "library" / f"{library_id}.json"
