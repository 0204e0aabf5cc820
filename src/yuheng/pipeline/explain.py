"""One enterprise: grade, reasons, all values, and for each the very records behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from yuheng import indicator, library
from yuheng.content.schema import Grading
from yuheng.errors import DataError
from yuheng.indicator import Sources, evidence_sql
from yuheng.lake import Engine
from yuheng.pipeline.models import model_of
from yuheng.pipeline.rate import grade_schema, grade_table
from yuheng.pipeline.scoring import card
from yuheng.pipeline.sources import sources_of
from yuheng.pipeline.values import register_values
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import Explanation
from yuheng.rating import explain as explain_rating

Row = Mapping[str, object]
FACTS = (
    "ent_id", "uscc", "ent_name", "region_code", "ent_type", "org_form", "industry_code", "reg_state", "est_date",
    "reg_cap_wan",
)  # fmt: skip
"""Columns of ent_base an explanation shows: public facts only."""


@dataclass(frozen=True)
class Explained:
    """A firm's rating on one day with its facts and the records behind each indicator (newest first)."""

    as_of: date
    facts: Row
    grading: Grading
    rating: Explanation
    evidence: Mapping[str, Sequence[Row]]
    percentile: float
    """The share (in percent) of the other firms of the grading with a lower score."""

    @property
    def simulated(self) -> bool:
        """True when any of the records was invented by the simulator."""
        return any(row["is_simulated"] for rows in self.evidence.values() for row in rows)

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        body = self.rating.to_dict()
        rows = {i: [_plain(r) for r in found] for i, found in self.evidence.items()}
        parts = [{**p.to_dict(), "records": rows.get(p.id, [])} for p in self.rating.parts]
        return {
            "as_of": self.as_of.isoformat(),
            "simulated": self.simulated,
            "firm": _plain(self.facts),
            "grading": self.grading.id,
            "percentile": self.percentile,
            **body,
            "indicators": parts,
        }


def explain(
    ws: Workspace, key: str, *, as_of: date | None = None, by: str = "command line", reason: str = ""
) -> Explained:
    """The rating of the firm with credit code (or registration identity) `key` on `as_of`.

    Without a day the last rated one counts. Every look is written to the audit chain.
    Raises DataError for an unknown firm, or one no grading rates.
    """
    day = as_of or last_rated(ws)
    with ws.engine() as engine:
        sources = sources_of(ws)
        _register(ws, engine, day, sources)
        facts = _facts(engine, key, day)
        subject, detail = f"firm:{facts['ent_id']}", {"as_of": day.isoformat()}
        ws.office.audit.append(actor=by, action="firm.explain", subject=subject, reason=reason, detail=detail)
        ent_id = int(str(facts["ent_id"]))
        graded = _one(engine, f"select * from grade where ent_id = {ent_id}")
        values = _one(engine, f"select * from {indicator.TABLE} where ent_id = {ent_id}")
        if graded is None or values is None:
            raise DataError(
                f"{facts['ent_name']} ({key}) belongs to no grading on {day.isoformat()} "
                f"(registration state {facts['reg_state']})",
                todo="Only firms in the register are rated.",
            )
        grading = ws.store.gradings[str(graded["grading"])]
        rating = _rating(ws, grading, graded, values)
        evidence = _evidence(ws, engine, [p.id for p in rating.parts], ent_id, day, sources)
    return Explained(day, facts, grading, rating, evidence, float(str(graded["percentile"] or 0)))


def last_rated(ws: Workspace) -> date:
    """The latest day with grades. Raises DataError when nothing was ever rated."""
    slices = grade_table(ws).slices()
    if not slices:
        raise DataError("nothing was rated yet", todo="Run `yuheng run --as-of D` first.")
    return date.fromisoformat(slices[-1])


def _register(ws: Workspace, engine: Engine, day: date, sources: Sources) -> None:
    register_values(engine, ws.lake, ws.store, day)
    indicator.register(engine, ws.lake, ws.store, day)
    tables = {table for found in sources.values() for table in found}
    library.register_standard(engine, ws.lake, ws.store, day, only=tables)
    engine.scan("grade", grade_table(ws).files(slice=day.isoformat()), grade_schema(ws))


def _facts(engine: Engine, key: str, day: date) -> Row:
    wanted = ", ".join(f"b.{c}" for c in FACTS)
    found = engine.query(
        f"select {wanted} from ent_base b where b.uscc = upper(trim(:key)) or b.ent_id in "
        "(select r.ent_id from ent_registration r where r.pripid = trim(:key)) order by b.ent_id",
        params={"key": key},
    ).to_pylist()
    if not found:
        raise DataError(
            f"no firm {key!r} is known by {day.isoformat()}",
            todo="Give its 18-place credit code, or the register's own identity (PRIPID).",
        )
    return dict(found[0])


def _rating(ws: Workspace, grading: Grading, graded: Row, values: Row) -> Explanation:
    its = card(ws, grading)
    cells = {i: (_number(values[f"v_{i}"]), int(str(values[f"c_{i}"]))) for i in its.ids}
    return explain_rating(
        its,
        model_of(ws, str(graded["model_version"])),
        grading,
        ws.store.indicators,
        cells,
        # the dampening is idempotent: the grade it led to leads to itself
        previous=_text(graded["grade_model"]),
        manual=_text(graded["grade_manual"]),
        national=_text(graded["national_grade"]),
    )


def _evidence(
    ws: Workspace, engine: Engine, ids: Sequence[str], ent_id: int, day: date, sources: Sources
) -> dict[str, list[Row]]:
    """One query for all indicators: the records of each, newest first."""
    parts = []
    for name in ids:
        sql = evidence_sql(ws.store, ws.store.indicators[name], ent_id, day, sources[name])
        if sql is not None:
            parts.append(f"select '{name}' as indicator, e.* from ({sql}) e")
    whole = f"select * from ({' union all '.join(parts)}) q"
    rows: pa.Table = engine.query(f"{whole} order by indicator, event_date desc, table_name, source, source_key")
    out: dict[str, list[Row]] = {i: [] for i in ids}
    for row in rows.to_pylist():
        out[str(row.pop("indicator"))].append(row)
    return out


def _one(engine: Engine, sql: str) -> Row | None:
    rows = engine.query(sql).to_pylist()
    return dict(rows[0]) if rows else None


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _plain(row: Row) -> dict[str, object]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
