"""`yuheng audit`: read and prove the audit chain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yuheng.cli.desk import office_of
from yuheng.cli.output import Directory, Json, emit, table

app = typer.Typer(help="The audit chain: who did what, who looked at which firm.")


@app.command()
def verify(directory: Directory = Path(), json: Json = False) -> None:
    """Prove that no entry was changed, removed or put in. Exit code 1 when the chain is broken."""
    with office_of(directory) as office:
        count = office.audit.verify()
    emit({"entries": count}, f"审计链完整：{count} 条。", json=json)


@app.command()
def show(
    directory: Directory = Path(),
    subject: Annotated[str, typer.Option(help="Only this subject, such as firm:123.")] = "",
    limit: Annotated[int, typer.Option(help="How many entries.", min=1)] = 20,
    json: Json = False,
) -> None:
    """The newest entries."""
    with office_of(directory) as office:
        found = office.audit.entries(subject=subject or None, limit=limit)
    rows = [["序号", "时间(UTC)", "何人", "何事", "对象", "缘由"]]
    rows += [[str(e.seq), f"{e.at:%Y-%m-%d %H:%M:%S}", e.actor, e.action, e.subject, e.reason] for e in found]
    data = [{"seq": e.seq, "at": str(e.at), "actor": e.actor, "action": e.action, "subject": e.subject} for e in found]
    emit({"entries": data}, table(rows), json=json)
