"""`yuheng lake`: keep the folder of tables small."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.databases import databases
from yuheng.cli.output import NOBODY, By, Directory, Json, emit, progress_bar, table

if TYPE_CHECKING:
    from yuheng.cli.output import Report
    from yuheng.lake import LakeTable
    from yuheng.pipeline import Workspace

app = typer.Typer(help="The lake: versioned tables on disk.")
app.command("databases")(databases)
WRITERS = ("run", "intake")
"""Leases whose holders write tables."""
Found = dict[str, tuple[int, int]]
"""Table -> (files, bytes) nobody needs."""


@app.command()
def vacuum(
    directory: Directory = Path(),
    hours: Annotated[
        int,
        typer.Option(help="Files still in use so many hours ago stay; 0 only while nothing else works.", min=0),
    ] = 24,
    delete: Annotated[bool, typer.Option("--delete", help="Delete them; without it they are only counted.")] = False,
    by: By = NOBODY,
    json: Json = False,
) -> None:
    """Count, or delete, files nobody needs. What live releases and recent versions of a table read stays."""
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws, ExitStack() as held, progress_bar() as bar:
        for lease in WRITERS if delete else ():
            held.enter_context(ws.office.leases.hold(lease))
        found = _look(ws, ws.office.releases.needed(), hours, delete=delete, bar=bar)
        files, size = (sum(counts[k] for counts in found.values()) for k in (0, 1))
        if delete:
            detail = {"files": files, "bytes": size, "hours": hours}
            ws.office.audit.append(actor=by, action="lake.vacuum", subject="lake", detail=detail)
    tables = [{"table": name, "files": n, "bytes": b} for name, (n, b) in found.items()]
    data = {"deleted": delete, "hours": hours, "files": files, "bytes": size, "tables": tables}
    emit(data, _text(found, files, size, delete=delete), json=json)


def _look(ws: Workspace, needed: Mapping[str, Iterable[int]], hours: int, *, delete: bool, bar: Report) -> Found:
    """Every table with files nobody needs; with `delete` they are gone then."""
    names = ws.lake.tables()
    found: Found = {}
    for place, (layer, name) in enumerate(names):
        whole = f"{layer}/{name}"
        bar(whole, place, len(names))
        keep = list(needed.get(whole, ()))
        one = ws.lake.table(layer, name)
        if delete:
            with ws.lease(whole):
                found[whole] = _counted(one, keep, hours)
                one.vacuum(keep=keep, hours=hours)
        else:
            found[whole] = _counted(one, keep, hours)
    return {name: counts for name, counts in found.items() if counts[0]}


def _counted(one: LakeTable, keep: Iterable[int], hours: int) -> tuple[int, int]:
    files = one.unneeded(keep=keep, hours=hours)
    return len(files), sum(path.stat().st_size for path in files)


def _text(found: Found, files: int, size: int, *, delete: bool) -> str:
    if not files:
        return "没有可删除的文件。"
    rows = [["表", "文件", "MB"], *([name, f"{n:,}", f"{b / 1e6:.1f}"] for name, (n, b) in found.items())]
    done = f"{'已删除' if delete else '可删除'} {files:,} 个文件，{size / 1e6:.1f} MB。"
    return f"{table(rows)}\n\n{done}{'' if delete else '加 --delete 才会删除。'}"
