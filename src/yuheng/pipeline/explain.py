"""One enterprise: grade, reasons, all values, and for each the very records behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from yuheng.content.schema import Grading
from yuheng.errors import DataError
from yuheng.pipeline.firms import last_rated
from yuheng.pipeline.models import model_of
from yuheng.pipeline.page import Cells, Row, page_of
from yuheng.pipeline.scoring import card
from yuheng.pipeline.sources import sources_of
from yuheng.pipeline.timeline import behind
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import Explanation
from yuheng.rating import explain as explain_rating


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
    page = page_of(ws, key, day)
    subject, detail = f"firm:{page.facts['ent_id']}", {"as_of": day.isoformat()}
    ws.office.audit.append(actor=by, action="firm.explain", subject=subject, reason=reason, detail=detail)
    if page.graded is None or page.cells is None:
        raise DataError(
            f"{page.facts['ent_name']} ({key}) belongs to no grading on {day.isoformat()} "
            f"(registration state {page.facts['reg_state']})",
            todo="Only firms in the register are rated.",
        )
    grading = ws.store.gradings[str(page.graded["grading"])]
    rating = _rating(ws, grading, page.graded, page.cells)
    evidence = behind(ws.store, [p.id for p in rating.parts], sources_of(ws), page.records)
    return Explained(day, page.facts, grading, rating, evidence, float(str(page.graded["percentile"] or 0)))


def _rating(ws: Workspace, grading: Grading, graded: Row, values: Cells) -> Explanation:
    its = card(ws, grading)
    return explain_rating(
        its,
        model_of(ws, str(graded["model_version"])),
        grading,
        ws.store.indicators,
        {i: values[i] for i in its.ids},
        # the dampening is idempotent: the grade it led to leads to itself
        previous=_text(graded["grade_model"]),
        manual=_text(graded["grade_manual"]),
        national=_text(graded["national_grade"]),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _plain(row: Row) -> dict[str, object]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
