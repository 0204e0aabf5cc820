"""The columns a source gives against those the feed declares: one more is told, one less ends the pull."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa

from yuheng.errors import IntakeError
from yuheng.intake.pull.connector import Finding


def compare(
    found: Sequence[str], declared: Sequence[str], name: str, *, known: Collection[str] = ()
) -> tuple[Finding, ...]:
    """A warning for columns that are not declared. `known`: those of the transport itself.

    Raises IntakeError when a declared column is missing; one that was renamed is guessed from what is new.
    """
    missing = [c for c in declared if c not in found]
    extra = [c for c in found if c not in declared and c not in known]
    if missing:
        new = f" New there: {', '.join(extra)}." if extra else ""
        raise IntakeError(
            f"the source gives other columns than declared: missing: {', '.join(missing)}.{new}",
            path=name,
            todo="Ask what changed, or mend `columns` and `map` (or `pull.rename`) of the feed; nothing was taken.",
        )
    if not extra:
        return ()
    text = f"{name}：来源多出未声明的字段 {'、'.join(extra)}，其内容未入库。"
    return (Finding("columns", "warning", text, "向来源核实新字段的含义，需要时在该数据项的 columns 与 map 中声明。"),)


def chosen(table: pa.Table, declared: Sequence[str], rename: Mapping[str, str]) -> pa.Table:
    """The declared columns of `table` as texts, under their declared names."""
    names = [rename.get(c, c) for c in declared]
    arrays = [table.column(name).cast(pa.string()) for name in names]
    return pa.table(dict(zip(declared, arrays, strict=True)))
