"""`yuheng lake databases` and `yuheng content models`: the base layer with its rows, the logical models with theirs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.output import Directory, Json, emit, table

if TYPE_CHECKING:
    from yuheng.content.schema import Database, LogicalModel
    from yuheng.lake import Lake

_SHOWN = 3
"""Names of tables in a line; --json has them all."""


def databases(directory: Directory = Path(), json: Json = False) -> None:
    """The 45 databases with owner, standard tables and rows; of those without tables, who fills them."""
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws:
        data = [_database(ws.lake, one) for one in ws.store.databases.values()]
    rows = [["库", "名称", "责任单位", "表", "行数"]]
    rows += [[str(d["id"]), str(d["name_zh"]), str(d["owner"]), _tables(d), f"{d['rows']:,}"] for d in data]
    emit({"databases": data}, table(rows), json=json)


def _database(lake: Lake, one: Database) -> dict[str, object]:
    counts = {name: _rows(lake, name) for name in one.tables}
    named = {"id": one.id, "name_zh": one.name_zh, "owner": one.owner, "filled_by": one.filled_by}
    return {**named, "rows": sum(counts.values()), "tables": counts}


def _rows(lake: Lake, name: str) -> int:
    held = lake.table("standard", name)
    return held.rows() if held.exists() else 0


def _tables(data: dict[str, object]) -> str:
    counts = data["tables"]
    if not isinstance(counts, dict) or not counts:
        return f"由 {data['filled_by']} 填充"
    names = list(counts)
    return "、".join(names[:_SHOWN]) + (f" 等 {len(names)} 张" if len(names) > _SHOWN else "")


def models(
    directory: Annotated[Path | None, typer.Option("--dir", help="A deployment, to see its overlay.")] = None,
    pending: Annotated[bool, typer.Option("--pending", help="Only those that a later floor fills.")] = False,
    json: Json = False,
) -> None:
    """The logical models by domain, each with what realises it or the floor that will fill it."""
    from yuheng.content import ContentStore
    from yuheng.settings import open_deployment

    overlay = open_deployment(directory).content if directory else None
    found = [m for m in ContentStore.load(overlay).models.values() if m.filled_by or not pending]
    rows = [["模型", "名称", "领域", "实现"], *([m.id, m.name_zh, m.domain, _realised(m)] for m in found)]
    emit({"models": [m.model_dump() for m in found]}, table(rows), json=json)


def _realised(model: LogicalModel) -> str:
    return "、".join(model.by) if model.by else f"待 {model.filled_by} 填充"
