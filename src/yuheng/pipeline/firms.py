"""Firms by code and by number, as of the last rated day; every look leaves its entry in the audit chain."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from yuheng import library
from yuheng.crypto import sm3
from yuheng.errors import DataError
from yuheng.lake import Engine
from yuheng.pipeline.rate import grade_table, register_grades
from yuheng.pipeline.workspace import Workspace

KEYED = (
    "b.uscc = upper(trim(:key)) or b.ent_id in (select r.ent_id from ent_registration r where r.pripid = trim(:key))"
)
"""SQL: the firm with a credit code or registration identity :key; `b` is ent_base."""


@dataclass(frozen=True)
class Firm:
    """A firm as lists name it. `uscc` and `grading` are '' where it has none."""

    ent_id: int
    uscc: str
    ent_name: str
    grading: str


def last_rated(ws: Workspace) -> date:
    """The latest day with grades. Raises DataError when nothing was ever rated."""
    slices = grade_table(ws).slices()
    if not slices:
        raise DataError("nothing was rated yet", todo="Run `yuheng run --as-of D` first.")
    return date.fromisoformat(slices[-1])


def find_firm(ws: Workspace, key: str, *, by: str, reason: str = "") -> Firm:
    """The firm with credit code (or registration identity) `key`. Raises DataError when it is unknown."""
    day = last_rated(ws)
    with ws.engine() as engine:
        library.register_standard(engine, ws.lake, ws.store, day, only=["ent_registration"])
        found = _firms(ws, engine, day, f"where {KEYED}", {"key": key})
    if not found:
        raise unknown(key, day)
    detail = {"as_of": day.isoformat()}
    ws.office.audit.append(
        actor=by, action="firm.find", subject=f"firm:{found[0].ent_id}", reason=reason, detail=detail
    )
    return found[0]


def firms_of(ws: Workspace, ent_ids: Collection[int]) -> Mapping[int, Firm]:
    """The firms with these numbers, those known on the last rated day. Who lists them notes it (`note_list`)."""
    if not ent_ids:
        return {}
    with ws.engine() as engine:
        engine.register("wanted", pa.table({"ent_id": sorted(ent_ids)}))
        found = _firms(ws, engine, last_rated(ws), "where b.ent_id in (select w.ent_id from wanted w)", {})
    return {firm.ent_id: firm for firm in found}


def note_list(
    ws: Workspace, action: str, subject: str, ent_ids: Sequence[int], *, by: str, reason: str = "", **detail: object
) -> None:
    """A look at a list of firms: one entry, with their number and a digest of their ids in the order shown."""
    digest = sm3(json.dumps([int(i) for i in ent_ids]).encode()).hex()
    noted = {**detail, "firms": len(ent_ids), "digest": digest}
    ws.office.audit.append(actor=by, action=action, subject=subject, reason=reason, detail=noted)


def unknown(key: str, day: date) -> DataError:
    """The error for a firm nobody knows."""
    return DataError(
        f"no firm {key!r} is known by {day.isoformat()}",
        todo="Give its 18-place credit code, or the register's own identity (PRIPID).",
    )


def _firms(ws: Workspace, engine: Engine, day: date, where: str, params: Mapping[str, str]) -> list[Firm]:
    library.register_derived(engine, ws.lake, ws.store, day, only=["ent_base"])
    register_grades(ws, engine, day)
    rows = engine.query(
        "select b.ent_id, b.uscc, b.ent_name, g.grading from ent_base b left join grade g on g.ent_id = b.ent_id "
        f"{where} order by b.ent_id",
        params=params,
    ).to_pylist()
    return [Firm(int(r["ent_id"]), *(str(r[n] or "") for n in ("uscc", "ent_name", "grading"))) for r in rows]
