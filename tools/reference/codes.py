"""The code lists: short ones whole, long ones with their size and columns."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from tools.reference.markdown import code, link, page, table
from yuheng.content import ContentStore

_SHORT = 20


def pages(store: ContentStore) -> dict[str, str]:
    """codes.md and, for the short lists, codes/<first letter>.md."""
    short = {n: t for n, t in store.code_lists.items() if 0 < t.num_rows <= _SHORT}
    made = {"codes.md": _overview(store, short)}
    for letter in sorted({n[0] for n in short}):
        lists = [_list(n, t) for n, t in short.items() if n[0] == letter]
        made[f"codes/{letter}.md"] = page(
            f"Code lists: {letter.upper()}", link("All code lists", "../codes.md"), *lists
        )
    return made


def _overview(store: ContentStore, short: Mapping[str, pa.Table]) -> str:
    intro = (
        "`content/codes/<name>.csv`; a deployment's own file of that name takes its place. `local` is what the source "
        "writes, `code` what the tables hold."
    )
    rows = [
        (link(code(n), f"codes/{n[0]}.md#{n}") if n in short else code(n), t.num_rows, ", ".join(t.column_names))
        for n, t in store.code_lists.items()
    ]
    return page("Code lists", intro, table(("Code list", "Rows", "Columns"), rows))


def _list(name: str, rows: pa.Table) -> str:
    body = [[row[c] for c in rows.column_names] for row in rows.to_pylist()]
    return f"## {name}\n\n{table(rows.column_names, body)}"
