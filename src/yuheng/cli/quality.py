"""`yuheng quality`: scores of the sources, findings that become work orders, the owners' answers, reconciliation."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.desk import office_of
from yuheng.cli.output import By, Directory, Json, day, emit, known, progress_bar, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yuheng.office import Order

app = typer.Typer(help="Data quality: scores, work orders to the sources' owners, reconciliation to the row.")
Source = Annotated[
    list[str] | None, typer.Option("--source", metavar="ID", help="Only this source; may be given several times.")
]
Number = Annotated[int, typer.Argument(help="Number of the work order.")]
Note = Annotated[str, typer.Option(help="What was found or done.")]
_STATES = {"open": "待答复", "answered": "已答复", "closed": "已关闭"}
_LEVELS = {"yellow": "黄", "red": "红"}
_STEPS = {"opened": "开单", "worse": "加重", "answered": "答复", "closed": "关闭"}


@app.command()
def score(
    directory: Directory = Path(),
    source: Source = None,
    region: Annotated[str, typer.Option(help="Only regions beginning with these digits.")] = "",
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="Only this month; default: all.")] = "",
    json: Json = False,
) -> None:
    """Share of checks passed, per source, region, month and dimension."""
    from yuheng.intake import quality
    from yuheng.pipeline import Workspace

    wanted = day(f"{month}-01") if month else None
    with Workspace.open(directory) as ws, ws.engine() as engine:
        known("source", source or (), ws.store.sources)
        found = quality.scores(engine, ws.lake, ws.store, sources=source).to_pylist()
        names = ws.store.quality.dimensions
    rows = [r for r in found if r["region_code"].startswith(region) and (wanted is None or r["month"] == wanted)]
    head = ["来源", "地区", "月份", "记录", "隔离", *names.values()]
    lines = [
        [
            r["source"], r["region_code"] or "—", f"{r['month']:%Y-%m}" if r["month"] else "—", f"{r['records']:,}",
            f"{r['quarantined']:,}", *("—" if r[d] is None else f"{r[d]:.2%}" for d in names),
        ]
        for r in rows
    ]  # fmt: skip
    emit({"scores": rows}, table([head, *lines]) if rows else "没有可评分的数据。", json=json)


@app.command()
def reconcile(directory: Directory = Path(), source: Source = None, json: Json = False) -> None:
    """Rows in = standard + quarantine + the other fates, counted anew in the lake; exit code 1 where they are not."""
    from yuheng.intake import FATES, quality
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws, ws.engine() as engine:
        known("source", source or (), ws.store.sources)
        found = quality.reconcile(engine, ws.lake, ws.office, ws.store, sources=source)
    head = ["来源", "标准表", "记录", "应在表", "在表", "应隔离", "隔离", "重复", "被更新", "非本库主体", "差"]
    lines = [
        [
            a.source, a.table,
            *(f"{n:,}" for n in (a.records, a.kept, a.standard, a.fates["quarantined"], a.quarantine)),
            *(f"{a.fates[f]:,}" for f in FATES if f in ("duplicate", "superseded", "out_of_population")),
            f"{a.difference:,}",
        ]
        for a in found
    ]  # fmt: skip
    wrong = sum(a.difference for a in found)
    data = [vars(a) | {"kept": a.kept, "difference": a.difference} for a in found]
    told = f"合计 {sum(a.records for a in found):,} 条，" + ("全部对平。" if not wrong else f"差 {wrong:,} 条！")
    emit({"accounts": data, "difference": wrong}, f"{table([head, *lines])}\n{told}", json=json)
    if wrong:
        raise typer.Exit(1)


@app.command()
def check(
    directory: Directory = Path(),
    source: Source = None,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="As things stand on this day; default: today.")] = "",
    json: Json = False,
) -> None:
    """Look for shortcomings and bring the work orders in line with them."""
    from yuheng.intake import quality
    from yuheng.pipeline import Workspace

    today = day(on) if on else date.today()  # noqa: DTZ011  the office's own calendar day
    with Workspace.open(directory) as ws, progress_bar(), ws.engine() as engine:
        known("source", source or (), ws.store.sources)
        found = quality.find(engine, ws.lake, ws.office, ws.store, on=today, sources=source)
        days = ws.store.quality.orders.model_dump()
        looked_at = source or list(ws.store.sources)
        counts = ws.office.orders.settle(found, on=today, days=days, looked_at=looked_at)
        orders = ws.office.orders.list(open_only=True)
    told = f"新开工单 {counts['opened']}，仍存在 {counts['seen']}，恢复关闭 {counts['closed']}。"
    emit({**counts, "orders": [asdict(o) for o in orders]}, f"{_listed(orders)}\n{told}", json=json)


@app.command()
def orders(
    directory: Directory = Path(),
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    json: Json = False,
) -> None:
    """The work orders, the most urgent first."""
    with office_of(directory) as office:
        found = office.orders.list(source=source, open_only=not every)
    emit({"orders": [asdict(o) for o in found]}, _listed(found), json=json)


@app.command()
def order(number: Number, directory: Directory = Path(), json: Json = False) -> None:
    """One work order: its figures and what happened to it."""
    with office_of(directory) as office:
        found, steps = office.orders.get(number), office.orders.steps(number)
    told = [f"{s.at:%Y-%m-%d %H:%M} {s.actor} {_STEPS[s.step]}：{s.note}" for s in steps]
    emit({**asdict(found), "steps": [asdict(s) for s in steps]}, "\n".join([_listed([found]), *told]), json=json)


@app.command()
def answer(number: Number, by: By, note: Note, directory: Directory = Path(), json: Json = False) -> None:
    """The owner's answer to a work order."""
    with office_of(directory) as office:
        found = office.orders.answer(number, by=by, note=note)
    emit(asdict(found), _listed([found]), json=json)


@app.command()
def close(number: Number, by: By, note: Note, directory: Directory = Path(), json: Json = False) -> None:
    """Close a work order by hand; one whose finding is gone is closed by `yuheng quality check`."""
    with office_of(directory) as office:
        found = office.orders.close(number, by=by, note=note)
    emit(asdict(found), _listed([found]), json=json)


def _listed(found: Sequence[Order]) -> str:
    rows = [["编号", "级别", "状态", "责任单位", "期限", "来源", "内容"]]
    rows += [
        [
            str(o.id), _LEVELS[o.level], _STATES[o.state], o.owner, o.due.isoformat(),
            f"{o.source}.{o.feed}" if o.feed else o.source, o.title,
        ]
        for o in found
    ]  # fmt: skip
    return table(rows) if len(rows) > 1 else "没有工单。"
