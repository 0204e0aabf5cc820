"""`yuheng library build`, `yuheng rate`, `yuheng run`: the main job and its steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.intake import taken_text
from yuheng.cli.output import AsOf, Directory, Json, day, emit, known, progress_bar, table
from yuheng.cli.rating import tested_text

if TYPE_CHECKING:
    from yuheng.library import LibraryBuilt
    from yuheng.pipeline import Rated, RunReport

library_app = typer.Typer(help="Derived tables and thematic libraries.")


@library_app.command("build")
def build(
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="The day; default: the last rated one.")] = "",
    only: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this library and what it needs; may be repeated.")
    ] = None,
    directory: Directory = Path(),
    json: Json = False,
) -> None:
    """Build derived tables, thematic libraries and the search index as of a day. What is up to date is left as it is.

    Exit code 1 when the contract of a library fails; its last good slice stays.
    """
    from yuheng import library
    from yuheng.pipeline import Workspace, last_rated
    from yuheng.pipeline.libraries import ensure_libraries
    from yuheng.pipeline.search import ensure_index

    wanted = [name.upper() for name in only or ()]
    with Workspace.open(directory) as ws, ws.engine() as engine, progress_bar() as bar:
        known("library", wanted, ws.store.libraries)
        when = day(as_of) if as_of else last_rated(ws)
        needed = library.derived_needed(ws.store, wanted) if wanted else None
        built = library.build(engine, ws.lake, ws.store, when, only=needed, leases=ws.lease, progress=bar)
        found = ensure_libraries(ws, engine, when, only=wanted or None, progress=bar)
        if not wanted:
            ensure_index(ws, engine, when, progress=bar)
    rows = [["表", "行数", "秒", ""]]
    rows += [[b.name, f"{b.rows:,}", f"{b.seconds:.1f}", "未变" if b.skipped else ""] for b in built]
    rows += [[f"{b.id} {b.name_zh}", f"{b.rows:,}", f"{b.seconds:.1f}", _became(b)] for b in found]
    data = {"as_of": when.isoformat(), "tables": [vars(b) for b in built], "libraries": [b.to_dict() for b in found]}
    emit(data, "\n".join([table(rows), *_broken(found)]), json=json)
    raise typer.Exit(1 if any(b.state == "stopped" for b in found) else 0)


def _became(built: LibraryBuilt) -> str:
    words = {"built": "", "unchanged": "未变"}
    return words.get(built.state, built.note)


def _broken(found: list[LibraryBuilt]) -> list[str]:
    """The rules of contracts that rows break."""
    return [
        f"{b.id} {c.id}：{c.bad:,} 行不合格（{c.reason}）{'，保留上一合格版本' if c.action == 'stop' else ''}"
        for b in found
        for c in b.checks
        if not c.passed
    ]


def libraries_text(found: list[LibraryBuilt]) -> str:
    """The libraries in one line, and those whose contract failed."""
    filled = [b for b in found if b.rows]
    pending = sum(b.state == "pending" for b in found)
    line = f"专题库 {len(filled)} 个有数据，共 {sum(b.rows for b in filled):,} 行"
    line += f"；{pending} 个待上层填充（yuheng catalog show --pending）" if pending else ""
    stopped = [f"{b.id} {b.name_zh} 契约未通过，保留上一合格版本" for b in found if b.state == "stopped"]
    return "\n".join([line, *stopped])


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
    if any(report.orders.values()):
        opened, seen, closed = (report.orders[name] for name in ("opened", "seen", "closed"))
        parts.append(f"数据质量工单：新开 {opened}，仍存在 {seen}，恢复关闭 {closed}（yuheng quality orders）")
    if report.fitted:
        parts.append("新建模型（草案，待他人批准）：" + "、".join(report.fitted))
    if report.rated is not None:
        parts.append(rated_text(report.rated, names))
    if report.libraries:
        parts.append(libraries_text(report.libraries))
    parts += [tested_text(t) for t in report.tested]
    if report.notes:
        parts.append("\n".join(report.notes))
    return "\n\n".join(parts)
