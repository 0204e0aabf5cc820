"""`yuheng rating`: fit, approve and roll back models; back-test them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.desk import office_of
from yuheng.cli.output import NOBODY, AsOf, By, Directory, Json, Looker, day, emit, known, progress_bar, table
from yuheng.errors import DataError, RatingError, YuhengError

if TYPE_CHECKING:
    from datetime import date

    from yuheng.cli.output import Report
    from yuheng.content.schema import Grading
    from yuheng.lake import Engine
    from yuheng.office import RatingModel
    from yuheng.pipeline import BackTest, Fitted, Workspace

app = typer.Typer(help="Rating models: fitted, approved by a second person, frozen.")
NO_TRAINING = "none"
STATES = {"draft": "草案，待他人批准", "approved": "已批准，未启用", "active": "在用", "retired": "已停用"}
Which = Annotated[str, typer.Option("--grading", help="The scorecard.")]


@app.command("fit")
def fit_(
    as_of: AsOf,
    by: By,
    directory: Directory = Path(),
    grading: Which = "enterprise",
    train: Annotated[
        str,
        typer.Option(
            help="Earlier day whose later violations teach the weights; default: the newest one whose label period is "
            "over by --as-of. `none`: judgement and the firms' values alone."
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Fit a model on a day: its weights and knots. It is stored as a draft for a second person to approve."""
    from yuheng.pipeline import Workspace, store

    with Workspace.open(directory) as ws, ws.engine() as engine, progress_bar() as bar:
        card = _grading(ws, grading)
        found, note = _fit(ws, engine, card, day(as_of), train, bar)
        kept = store(ws, found.model, by=by)
    emit({**found.to_dict(), "state": kept.state, "note": note}, _fitted(found, kept.state, note), json=json)


def _fit(ws: Workspace, engine: Engine, card: Grading, as_of: date, train: str, bar: Report) -> tuple[Fitted, str]:
    """The model, and why nothing taught its weights although nobody asked for that."""
    from yuheng.pipeline import default_training_day, fit

    if train:
        return fit(ws, engine, card, as_of, train=None if train == NO_TRAINING else day(train), progress=bar), ""
    taught = default_training_day(as_of, card.label.months)
    try:
        return fit(ws, engine, card, as_of, train=taught, progress=bar), ""
    except (DataError, RatingError) as error:
        return fit(ws, engine, card, as_of, progress=bar), _untaught(taught, error)


def _untaught(day: date, error: YuhengError) -> str:
    return f"没有用 {day.isoformat()} 之后的违法情况训练权重：{error.what}"


@app.command("list")
def list_(directory: Directory = Path(), grading: Which = "", json: Json = False) -> None:
    """All models with their state."""
    with office_of(directory) as office:
        models = office.models.list(grading=grading or None)
    rows = [["模型", "状态", "拟合日", "提出", "批准"]]
    rows += [[m.version, m.state, m.fitted_as_of.isoformat(), m.proposed_by, m.approved_by] for m in models]
    emit({"models": [_shape(m) for m in models]}, table(rows) if models else "还没有模型。", json=json)


@app.command()
def approve(
    version: Annotated[str, typer.Argument(help="The model, as `yuheng rating list` names it.")],
    by: By,
    directory: Directory = Path(),
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    json: Json = False,
) -> None:
    """Approve a draft of somebody else and make it the active model. An older one may be made active again."""
    with office_of(directory) as office:
        if office.models.get(version).state == "draft":
            office.models.approve(version, by=by, reason=reason)
        found = office.models.activate(version, by=by, reason=reason)
    emit(_shape(found), f"{found.version}: {found.state}", json=json)


@app.command("back-test")
def back_test_(
    days: Annotated[list[str], typer.Option("--as-of", metavar="DATE", help="A past day; may be given several times.")],
    directory: Directory = Path(),
    grading: Which = "enterprise",
    months: Annotated[int, typer.Option(help="Test this many month ends from the one given on.", min=1)] = 1,
    model: Annotated[str, typer.Option(help="Version; default: the model in use.")] = "",
    json: Json = False,
) -> None:
    """Rate past days and compare with the violations that followed. The model stays as it is."""
    from yuheng.pipeline import Workspace, back_test, model_of, usable_models
    from yuheng.rating import horizon

    with Workspace.open(directory) as ws, progress_bar() as bar:
        card = _grading(ws, grading)
        chosen = usable_models(ws)
        wanted = {horizon(day(text), k) for text in days for k in range(months)}
        if model:
            frozen = model_of(ws, model)
            found = back_test(
                ws, card, sorted(wanted), models=lambda g: frozen if g.id == card.id else chosen(g), progress=bar
            )
        else:
            found = back_test(ws, card, sorted(wanted), models=chosen, progress=bar)
    emit(found.to_dict(), tested_text(found), json=json)


@app.command("top")
def top_(
    directory: Directory = Path(),
    grading: Which = "enterprise",
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="A rated day; default: the last one.")] = "",
    limit: Annotated[int, typer.Option(help="How many firms.", min=1, max=1000)] = 20,
    by: Looker = NOBODY,
    json: Json = False,
) -> None:
    """The firms with the highest scores. The look is written to the audit chain."""
    from yuheng.pipeline import Workspace, top

    with Workspace.open(directory) as ws:
        card = _grading(ws, grading)
        found = top(ws, grading=card.id, as_of=day(as_of) if as_of else None, limit=limit, by=by)
        names = {i.id: i.name_zh for i in ws.store.indicators.values()}
    rows = [["统一社会信用代码", "名称", "区划", "等级", "得分", "硬性规则"]]
    for r in found:
        fired = "、".join(names[i] for i in str(r["trigger_ids"] or "").split(",") if i)
        rows.append(
            [
                str(r["uscc"]),
                str(r["ent_name"]),
                str(r["region_code"]),
                str(r["grade_final"]),
                f"{r['score']:.2f}",
                fired,
            ]
        )
    emit({"firms": [dict(r) for r in found]}, table(rows), json=json)


def tested_text(found: BackTest) -> str:
    """A back-test as a table."""
    grades = [g.grade for g in found.days[0].validation.grades]
    rows = [
        [
            "评价日",
            "户数",
            *(f"{g}占比" for g in grades),
            *(f"{g}违法率" for g in grades),
            "D/A",
            "AUC",
            "KS",
            "提升",
            "PSI",
        ]
    ]
    for d in found.days:
        v = d.validation
        ratio = "–" if v.worst_to_best is None else f"{v.worst_to_best:.1f}"
        shares = [f"{d.shares.get(g, 0):.2%}" for g in grades]
        rates = [f"{g.bad_rate:.2%}" for g in v.grades]
        tail = [
            ratio,
            f"{v.auc:.4f}",
            f"{v.ks:.3f}",
            f"{v.lift:.2f}",
            f"{max(d.drift.score_psi, d.drift.grade_psi):.4f}",
        ]
        rows.append([d.as_of.isoformat(), f"{v.firms:,}", *shares, *rates, *tail])
    failures = [f"{d.as_of.isoformat()}: {f}" for d in found.days for f in d.validation.failures]
    return f"回测 {found.model_version}\n{table(rows)}" + ("\n未达标：\n" + "\n".join(failures) if failures else "")


def _fitted(found: Fitted, state: str, note: str) -> str:
    shares = "  ".join(f"{g} {s:.2%}" for g, s in found.calibration.shares.items())
    stable = f"\n等级稳定度 {found.stability.mean:.2%}" if found.stability else ""
    problems = "".join(f"\n注意：{p}" for p in found.calibration.problems)
    days = [d.isoformat() for d in sorted(found.training.days)] if found.training else []
    taught = f"\n训练日 {'、'.join(days)}" if days else f"\n注意：{note}" if note else ""
    head = f"{found.model.version}（{STATES[state]}）\n{found.calibration.firms:,} 户  {shares}{stable}"
    return f"{head}{taught}{problems}"


def _grading(ws: Workspace, name: str) -> Grading:
    known("grading", [name], ws.store.gradings)
    return ws.store.gradings[name]


def _shape(model: RatingModel) -> dict[str, object]:
    return {
        "version": model.version,
        "grading": model.grading,
        "state": model.state,
        "fitted_as_of": model.fitted_as_of.isoformat(),
        "proposed_by": model.proposed_by,
        "approved_by": model.approved_by,
    }
