"""`yuheng catalog`: what tables there are, what is in them, where their columns come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from yuheng.cli.output import Directory, Json, emit, table
from yuheng.errors import UsageError

if TYPE_CHECKING:
    from yuheng.pipeline.catalog import Entry

app = typer.Typer(help="Libraries, tables and the way of every column back to its source.")
Kind = Annotated[
    Literal["library", "derived", "standard", "all"], typer.Option(help="What to list: one kind of table, or all.")
]
STATES = {
    "good": "正常",
    "late": "过期",
    "stopped": "契约未通过",
    "waiting": "等待评级",
    "empty": "无记录",
    "missing": "未建",
    "pending": "待上层填充",
}


@app.command("list")
def list_(directory: Directory = Path(), kind: Kind = "library", json: Json = False) -> None:
    """Thematic libraries, derived or standard tables: rows, day of the newest slice, state."""
    from yuheng.pipeline import Workspace
    from yuheng.pipeline.catalog import entries

    with Workspace.open(directory) as ws:
        found = entries(ws, None if kind == "all" else kind)
    emit({"tables": found}, _listed(found), json=json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A library (ZT01), a derived or a standard table.")] = "",
    pending: Annotated[
        bool, typer.Option("--pending", help="Libraries not filled yet, with the part that will fill them.")
    ] = False,
    directory: Directory = Path(),
    json: Json = False,
) -> None:
    """One table with its columns, its state and what its contract said at the last build."""
    from yuheng.pipeline import Workspace
    from yuheng.pipeline.catalog import pending as pending_of
    from yuheng.pipeline.catalog import show as show_table

    if bool(name) == pending:
        raise UsageError("name one table, or give --pending.", todo="`yuheng catalog list` shows what there is.")
    with Workspace.open(directory) as ws:
        if pending:
            waiting = pending_of(ws)
            rows = [
                ["编号", "名称", "由谁填充"],
                *([str(e["id"]), str(e["name_zh"]), str(e["filled_by"])] for e in waiting),
            ]
            emit({"pending": waiting}, table(rows) if waiting else "各专题库均已有数据。", json=json)
            return
        found = show_table(ws, name)
    emit(found, _shown(found), json=json)


@app.command()
def databases(directory: Directory = Path(), json: Json = False) -> None:
    """The 45 databases: owner, tables, rows of all versions."""
    from yuheng.pipeline import Workspace
    from yuheng.pipeline.catalog import databases as databases_of

    with Workspace.open(directory) as ws:
        found: Any = databases_of(ws)
    rows = [["编号", "名称", "负责部门", "行数", "表"]]
    for d in found:
        held = "、".join(d["tables"]) or f"由 {d['filled_by'] or '–'} 层填充"
        rows.append([d["id"], d["name_zh"], d["owner"], f"{d['rows']:,}", held])
    emit({"databases": found}, table(rows), json=json)


@app.command()
def lineage(
    name: Annotated[str, typer.Argument(help="ZT01.ent_name, ZT01, a derived table's column, or an indicator.")],
    directory: Directory = Path(),
    json: Json = False,
) -> None:
    """The way of a column or an indicator back to the fields of the source systems."""
    from yuheng.pipeline import Workspace
    from yuheng.pipeline.catalog import lineage as lineage_of

    with Workspace.open(directory) as ws:
        found: Any = lineage_of(ws, name)
    lines: list[str] = []
    for column, ends in found["ends"].items():
        lines += [column, *(f"  ← {end}" for end in ends)]
    if len(found["ends"]) == 1:
        lines += ["", "逐级："]
        lines += [f"  {node} ← {', '.join(before)}" for node, before in found["edges"].items()]
    emit(found, "\n".join(lines), json=json)


@app.command()
def export(
    target: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write there instead of printing.")
    ] = None,
    directory: Directory = Path(),
    json: Json = False,
) -> None:
    """The whole catalogue with all lineage, as JSON."""
    import orjson

    from yuheng.pipeline import Workspace
    from yuheng.pipeline.catalog import export as export_all

    with Workspace.open(directory) as ws:
        found: Any = export_all(ws)
    if target is None:
        emit(found, orjson.dumps(found, option=orjson.OPT_INDENT_2).decode(), json=json)
        return
    target.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    size = {"file": str(target), "tables": len(found["tables"]), "edges": len(found["lineage"])}
    emit(size, f"{target}: {size['tables']} tables, {size['edges']} columns with their origin.", json=json)


def _listed(found: list[Entry]) -> str:
    rows = [["编号", "名称", "行数", "日期", "状态"]]
    for e in found:
        state = STATES[str(e["state"])] + (f"（{e['filled_by']}）" if e["state"] == "pending" else "")
        rows.append([str(e["id"]), str(e["name_zh"]), f"{e['rows']:,}", str(e["as_of"] or ""), state])
    return table(rows)


def _shown(found: Any) -> str:
    lines = [f"{found['id']} {found['name_zh']} {found.get('name_en', '')}".rstrip()]
    lines += [str(found["description"])] if found.get("description") else []
    for label, key in (("粒度", "grain"), ("主键", "keys"), ("密级", "sensitivity"), ("最长滞后天数", "freshness_days"),
                       ("来源", "sources"), ("输入", "inputs"), ("接入", "feeds")):  # fmt: skip
        value = found.get(key)
        if value:
            lines.append(f"{label}：{'、'.join(value) if isinstance(value, list) else value}")
    lines.append(f"行数：{found['rows']:,}  日期：{found['as_of'] or '–'}  状态：{STATES[found['state']]}")
    rows = [["列", "类型", "名称", "级别"]]
    rows += [[c["name"], c["type"], c["name_zh"], c["level"]] for c in found["columns"]]
    lines += ["", table(rows)]
    checks = found.get("record", {}).get("checks", [])
    if checks:
        rows = [["契约", "结果", "不合格行", "说明"]]
        rows += [[c["id"], "通过" if c["passed"] else "未通过", f"{c['bad']:,}", c["reason"]] for c in checks]
        lines += ["", table(rows)]
    return "\n".join(lines)
