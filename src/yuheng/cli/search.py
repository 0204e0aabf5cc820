"""`yuheng search`: firms by a part of a name, a code or an address."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yuheng.cli.output import NOBODY, Directory, Json, Looker, Why, emit, table


def search(
    text: Annotated[str, typer.Argument(help="Part of a name or former name, a code or its beginning, an address.")],
    region: Annotated[
        str, typer.Option(metavar="CODE", help="Only this region: the beginning of its code, such as 4101.")
    ] = "",
    limit: Annotated[int, typer.Option(help="Firms shown.", min=1, max=1000)] = 20,
    directory: Directory = Path(),
    by: Looker = NOBODY,
    reason: Why = "",
    json: Json = False,
) -> None:
    """Find firms. Persons are not indexed. The look is written to the audit chain."""
    from yuheng.pipeline import Workspace
    from yuheng.pipeline.search import search as search_firms

    with Workspace.open(directory) as ws:
        hits = search_firms(ws, text, region=region, limit=limit, by=by, reason=reason)
        states = dict(zip(*(ws.store.code_lists["reg_state"][c].to_pylist() for c in ("code", "name_zh")), strict=True))
    rows = [["统一社会信用代码", "名称", "区划", "登记状态"]]
    rows += [[h.uscc or "–", h.ent_name, h.region_code, states.get(h.reg_state, h.reg_state)] for h in hits]
    data = {"text": text, "region": region, "firms": [h.to_dict() for h in hits]}
    emit(data, table(rows) if hits else "没有找到。", json=json)
