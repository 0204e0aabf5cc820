"""`yuheng quarantine`: which records were kept out, why, and what they say; every look is audited."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.output import NOBODY, Directory, Json, Looker, Why, emit, known, table
from yuheng.errors import UsageError

if TYPE_CHECKING:
    from yuheng.content import ContentStore
    from yuheng.intake import Kept

app = typer.Typer(help="Records that were kept out, with reasons and raw texts.")


@app.command("list")
def list_(
    directory: Directory = Path(),
    source: Annotated[str, typer.Option(help="Only this source, such as S-PUN.")] = "",
    table_: Annotated[str, typer.Option("--table", help="Only records meant for this standard table.")] = "",
    check: Annotated[str, typer.Option(help="Only records this check kept out, such as REQUIRED.")] = "",
    limit: Annotated[int, typer.Option(help="How many records.", min=1)] = 50,
    by: Looker = NOBODY,
    reason: Why = "",
    json: Json = False,
) -> None:
    """The quarantined records with their reasons. The look is written to the audit chain."""
    from yuheng.intake import kept
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws:
        feeds = _feeds(ws.store, source, table_)
        found = kept(ws.lake, feeds=list(feeds), check=check)
        detail = {"source": source, "table": table_, "check": check, "records": found.num_rows}
        ws.office.audit.append(actor=by, action="quarantine.list", subject="quarantine", reason=reason, detail=detail)
    rows = found.slice(0, limit).to_pylist()
    shown = [["来源", "表", "批次", "文件", "记录", "原因"]]
    for r in rows:
        name = f"{r['source']}.{r['feed']}"
        shown.append([name, feeds[name], r["batch_id"], r["src_file"], str(r["src_row"]), r["reason_zh"]])
    more = f"\n共 {found.num_rows:,} 条，列出 {len(rows):,} 条。" if found.num_rows > len(rows) else ""
    data = [{**r, "table": feeds[f"{r['source']}.{r['feed']}"]} for r in rows]
    emit({"total": found.num_rows, "records": data}, table(shown) + more if rows else "隔离区没有记录。", json=json)


@app.command()
def show(
    batch: Annotated[str, typer.Argument(help="The batch, as `yuheng quarantine list` names it.")],
    record: Annotated[int, typer.Argument(help="Number of the record in its file.", min=1)],
    directory: Directory = Path(),
    unmask: Annotated[bool, typer.Option("--unmask", help="Personal values too; needs --by and --reason.")] = False,
    by: Looker = NOBODY,
    reason: Why = "",
    json: Json = False,
) -> None:
    """One record with its raw texts, personal values masked. The look is written to the audit chain."""
    from yuheng.crypto import FieldCipher
    from yuheng.intake import kept_record
    from yuheng.pipeline import Workspace

    if unmask and (by == NOBODY or not reason.strip()):
        raise UsageError("personal values are shown to a named person with a reason only.", todo="Give --by, --reason.")
    with Workspace.open(directory) as ws:
        cipher = FieldCipher(ws.keys.key("field"))
        found = kept_record(ws.lake, ws.store, cipher, batch, record, unmasked=unmask)
        detail = {"row": record, "unmasked": unmask}
        ws.office.audit.append(
            actor=by, action="quarantine.show", subject=f"batch:{found.batch_id}", reason=reason, detail=detail
        )
    emit({**vars_of(found), "unmasked": unmask}, text(found), json=json)


def vars_of(found: Kept) -> dict[str, object]:
    """A record as JSON."""
    return {name: getattr(found, name) for name in found.__dataclass_fields__}


def text(found: Kept) -> str:
    """A record as lines for people."""
    head = [
        f"{found.source}.{found.feed} → {found.table}",
        f"批次 {found.batch_id}  文件 {found.file}  第 {found.row} 条",
        f"原因 {found.reason_zh}（{'、'.join(found.reason_codes)}）",
    ]
    rows = [["字段", "原文", ""]]
    rows += [[name or "（整行）", raw, "←" if name in found.fields else ""] for name, raw in found.raw.items()]
    return "\n".join(head) + "\n\n" + table(rows)


def _feeds(store: ContentStore, source: str, wanted: str) -> dict[str, str]:
    """`<source>.<feed>` -> its standard table, of the feeds asked for."""
    known("source", [source] if source else [], store.sources)
    known("standard table", [wanted] if wanted else [], store.standard)
    return {
        f"{s.id}.{f.id}": f.table
        for s in store.sources.values()
        for f in s.feeds
        if source in ("", s.id) and wanted in ("", f.table)
    }
