"""The code lists: short ones whole, long ones with their size and columns."""

from __future__ import annotations

import pyarrow as pa

from tools.reference.markdown import code, page, table
from yuheng.content import ContentStore

_SHORT = 20


def page_of(store: ContentStore) -> str:
    """codes.md."""
    intro = (
        "`content/codes/<name>.csv`; a deployment's own file of that name takes its place. `local` is what the source "
        "writes, `code` what the tables hold."
    )
    overview = table(
        ("Code list", "Rows", "Columns"),
        [(code(n), t.num_rows, ", ".join(t.column_names)) for n, t in store.code_lists.items()],
    )
    short = [_list(n, t) for n, t in store.code_lists.items() if 0 < t.num_rows <= _SHORT]
    return page("Code lists", intro, overview, *short)


def _list(name: str, rows: pa.Table) -> str:
    body = [[row[c] for c in rows.column_names] for row in rows.to_pylist()]
    return f"## {name}\n\n{table(rows.column_names, body)}"
