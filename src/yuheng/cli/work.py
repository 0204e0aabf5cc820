"""`yuheng library build`, `yuheng rate`, `yuheng run`: the main job and its steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from yuheng.cli.intake import taken_text
from yuheng.cli.output import AsOf, Directory, Json, day, emit, progress_bar, table
from yuheng.cli.rating import tested_text

if TYPE_CHECKING:
    from yuheng.pipeline import Rated, RunReport

library_app = typer.Typer(help="Derived tables and thematic libraries.")


@library_app.command("build")
def build(as_of: AsOf, directory: Directory = Path(), json: Json = False) -> None:
    """Build the derived tables as of a day. What is up to date is left as it is."""
    from yuheng import library
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws, ws.engine() as engine, progress_bar() as bar:
        built = library.build(engine, ws.lake, ws.store, day(as_of), leases=ws.lease, progress=bar)
    rows = [["表", "行数", "秒", ""]]
    rows += [[b.name, f"{b.rows:,}", f"{b.seconds:.1f}", "未变" if b.skipped else ""] for b in built]
    emit({"tables": [vars(b) for b in built]}, table(rows), json=json)


def rate(as_of: AsOf, directory: Directory = Path(), json: Json = False) -> None:
    """Rate every firm as of a day with the models in use."""
    from yuheng.pipeline import Workspace, usable_models
    from yuheng.pipeline import rate as rate_day

    with Workspace.open(directory) as ws, ws.engine() as engine, progress_bar() as bar:
        found = rate_day(ws, engine, day(as_of), models=usable_models(ws), progress=bar)
        names = {g.id: g.name_zh for g in ws.store.gradings.values()}
    emit(found.to_dict(), rated_text(found, names), json=json)


def run(as_of: AsOf, directory: Directory = Path(), json: Json = False) -> None:
    """Take in deliveries, rate every firm as of a day, back-test. A killed run goes on where it stopped."""
    from yuheng.pipeline import Workspace
    from yuheng.pipeline import run as run_day

    with Workspace.open(directory) as ws, progress_bar() as bar:
        report = run_day(ws, day(as_of), progress=bar)
        names = {g.id: g.name_zh for g in ws.store.gradings.values()}
    emit(report.to_dict(), run_text(report, names), json=json)


def rated_text(found: Rated, names: dict[str, str]) -> str:
    """Grade shares of every grading."""
    parts = []
    for grading, counts in found.firms.items():
        total = sum(counts.values())
        if grading not in found.models:
            continue
        rows = [["等级", "户数", "占比"]]
        rows += [[g, f"{n:,}", f"{n / total:.2%}" if total else "–"] for g, n in counts.items()]
        head = f"{names[grading]}  {found.as_of.isoformat()}  {total:,} 户  模型 {found.models[grading]}"
        few = found.insufficient[grading]
        note = f"\n其中数据不足 {few:,} 户（{few / total:.2%}），等级仅供参考" if few else ""
        parts.append(f"{head}\n{table(rows)}{note}")
    return "\n\n".join(parts)


def run_text(report: RunReport, names: dict[str, str]) -> str:
    """What a run did."""
    parts = []
    if report.intake is not None:
        parts.append(taken_text(report.intake))
    if report.fitted:
        parts.append("新建模型（草案，待他人批准）：" + "、".join(report.fitted))
    if report.rated is not None:
        parts.append(rated_text(report.rated, names))
    parts += [tested_text(t) for t in report.tested]
    if report.notes:
        parts.append("\n".join(report.notes))
    return "\n\n".join(parts)
