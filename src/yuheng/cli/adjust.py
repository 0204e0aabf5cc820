"""`yuheng adjust`: an officer's own grade for a firm, proposed by one person and approved by another, with an end."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from yuheng.cli.desk import office_of
from yuheng.cli.output import NOBODY, By, Directory, Json, Looker, Why, day, emit, known, table
from yuheng.errors import UsageError

if TYPE_CHECKING:
    from yuheng.office import Adjustment

app = typer.Typer(help="Manual adjustments of grades: two persons, a reason, an end.")
Number = Annotated[int, typer.Argument(help="Number of the adjustment.")]
State = Literal["proposed", "approved", "rejected", "revoked"]
_STATES = {"proposed": "待批准", "approved": "已批准", "rejected": "未批准", "revoked": "已撤回"}
_HINT = "下次 `yuheng rate` 起按其生效日体现。"


@app.command()
def add(
    uscc: Annotated[str, typer.Argument(help="Credit code (USCC), or the register's identity (PRIPID).")],
    grade: Annotated[str, typer.Argument(help="The grade it shall have, such as B.")],
    by: By,
    code: Annotated[str, typer.Option("--code", help="Reason code of your rules.")],
    evidence: Annotated[str, typer.Option(help="What the decision rests on, such as the number of a document.")],
    directory: Directory = Path(),
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="First day; default: today.")] = "",
    until: Annotated[
        str,
        typer.Option("--to", metavar="DATE", help="First day it no longer holds; default: as late as the card allows."),
    ] = "",
    grading: Annotated[str, typer.Option(help="The scorecard; default: the one that rates the firm.")] = "",
    json: Json = False,
) -> None:
    """Propose a grade for a firm; another person must approve it."""
    from yuheng.pipeline import Workspace, find_firm
    from yuheng.rating import horizon

    first = day(since) if since else date.today()  # noqa: DTZ011  the office's own calendar day
    with Workspace.open(directory) as ws:
        firm = find_firm(ws, uscc, by=by, reason=f"{code} {evidence}")
        known("grading", [grading] if grading else [], ws.store.gradings)
        card = ws.store.gradings.get(grading or firm.grading)
        if card is None:
            raise UsageError(f"no grading rates {uscc}.", todo=f"Give --grading: {', '.join(ws.store.gradings)}.")
        known("grade", [grade], [cut.grade for cut in card.cuts])
        made = ws.office.adjustments.propose(
            firm.ent_id,
            grading=card.id,
            grade=grade,
            reason_code=code,
            evidence=evidence,
            valid_from=first,
            valid_to=day(until) if until else horizon(first, card.manual_months),
            months=card.manual_months,
            by=by,
        )
    _show(made, json=json, firm=uscc)


@app.command()
def approve(
    number: Number,
    by: By,
    directory: Directory = Path(),
    on: Annotated[str, typer.Option("--on", help="Day from which it is known; default: today (UTC).")] = "",
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    json: Json = False,
) -> None:
    """Approve an adjustment that somebody else proposed."""
    with office_of(directory) as office:
        found = office.adjustments.approve(number, by=by, on=day(on) if on else None, reason=reason)
    _show(found, json=json, hint=_HINT)


@app.command()
def withdraw(
    number: Number,
    by: By,
    reason: Annotated[str, typer.Option(help="Why.")],
    directory: Directory = Path(),
    on: Annotated[str, typer.Option("--on", help="Day from which it no longer holds; default: today (UTC).")] = "",
    json: Json = False,
) -> None:
    """Refuse a proposed adjustment, or take an approved one back. Days before keep it."""
    with office_of(directory) as office:
        decisions = office.adjustments
        if decisions.get(number).state == "proposed":
            found, hint = decisions.reject(number, by=by, reason=reason), ""
        else:
            found, hint = decisions.revoke(number, by=by, reason=reason, on=day(on) if on else None), _HINT
    _show(found, json=json, hint=hint)


@app.command("list")
def list_(
    directory: Directory = Path(),
    uscc: Annotated[str, typer.Option(help="Only of this firm.")] = "",
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    by: Looker = NOBODY,
    reason: Why = "",
    json: Json = False,
) -> None:
    """All adjustments with their state. The look is written to the audit chain."""
    from yuheng.pipeline import Workspace, find_firm, firms_of, note_list

    with Workspace.open(directory) as ws:
        ent_id = find_firm(ws, uscc, by=by, reason=reason).ent_id if uscc else None
        found = ws.office.adjustments.list(ent_id=ent_id, state=state)
        ids = [a.ent_id for a in found]
        firms = firms_of(ws, set(ids))
        note_list(ws, "adjustment.list", "adjustments", ids, by=by, reason=reason, state=state or "")
    codes = {ent_id: firm.uscc for ent_id, firm in firms.items()}
    rows = [["编号", "主体", "评价体系", "等级", "自", "至（不含）", "状态", "提出", "批准", "原因"]]
    rows += [_row(a, codes.get(a.ent_id) or str(a.ent_id)) for a in found]
    data = [{**_shape(a), "uscc": codes.get(a.ent_id)} for a in found]
    emit({"adjustments": data}, table(rows) if found else "没有人工调整。", json=json)


def _show(found: Adjustment, *, json: bool, hint: str = "", firm: str = "") -> None:
    span = f"{found.valid_from.isoformat()} 起，至 {found.valid_to.isoformat()}（不含）"
    head = f"人工调整 {found.decision_id}  主体 {firm or found.ent_id}  {found.grading}  {found.grade}"
    emit(_shape(found), "\n".join(filter(None, [f"{head}  {_STATES[found.state]}", span, hint])), json=json)


def _row(a: Adjustment, firm: str) -> list[str]:
    days = [a.valid_from.isoformat(), a.valid_to.isoformat()]
    head = [str(a.decision_id), firm, a.grading, a.grade]
    return [*head, *days, _STATES[a.state], a.proposed_by, a.approved_by, f"{a.reason_code} {a.evidence}"]


def _shape(a: Adjustment) -> dict[str, object]:
    return {name: getattr(a, name) for name in a.__dataclass_fields__}
