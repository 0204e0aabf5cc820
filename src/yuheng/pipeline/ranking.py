"""The firms with the highest scores of a day: where an officer looks first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from yuheng import library
from yuheng.pipeline.firms import last_rated, note_list
from yuheng.pipeline.rate import register_grades
from yuheng.pipeline.workspace import Workspace


def top(
    ws: Workspace, *, grading: str, as_of: date | None = None, limit: int = 20, by: str = "command line"
) -> Sequence[Mapping[str, object]]:
    """The `limit` firms with the highest scores: uscc, ent_name, region_code, grade_final, score, trigger_ids.

    The look is one entry of the audit chain, with a digest of the firms seen. Raises DataError when nothing was rated.
    """
    day = as_of or last_rated(ws)
    with ws.engine() as engine:
        register_grades(ws, engine, day)
        library.register_derived(engine, ws.lake, ws.store, day, only=["ent_base"])
        rows = engine.query(
            "select g.ent_id, b.uscc, b.ent_name, b.region_code, g.grade_final, g.score, g.trigger_ids from grade g "
            "join ent_base b on b.ent_id = g.ent_id where g.grading = :grading and b.uscc is not null "
            f"order by g.score desc nulls last, g.ent_id limit {int(limit)}",
            params={"grading": grading},
        ).to_pylist()
    ids = [r["ent_id"] for r in rows]
    note_list(ws, "firm.list", f"grading:{grading}", ids, by=by, as_of=day.isoformat())
    listed: list[Mapping[str, object]] = rows
    return listed
