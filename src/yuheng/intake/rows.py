"""The rows of a standard table as they are written: new versions, and the lake's own rows with what changed in them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from yuheng.identity import KINDS
from yuheng.intake.plan import BATCH
from yuheng.intake.records import ROW
from yuheng.intake.shorts import BASES, OPS, to_place, to_text
from yuheng.sql import identifier

SORT = ("ent_id", "known_from", "row_hash", "source", "src_file", "batch_id", "src_row")
"""Order of the rows of a standard table: by firm and day; what follows makes it total."""
_SORT_NEW = ("ent_id", "known_from", "row_hash", "__id")
"""The same for new rows: `__id` follows source, file and row, and numbers are sorted at half the cost of texts."""
_CODED = 40
"""Up to so many deliveries are written with their texts as numbers."""


def new_rows(schema: pa.Schema, linked: str) -> str:
    """SELECT of the new rows of the relation `linked`, in the columns of the table."""
    return f"select {', '.join(f'{sql} as {identifier(c)}' for c, sql in _columns(schema).items())} from {linked}"


def sorted_new_rows(
    schema: pa.Schema,
    linked: str,
    *,
    sources: Sequence[str],
    batches: Sequence[tuple[int, str, str]],
    enum: bool,
) -> str | None:
    """The same in the order of `SORT`; None where there are too many `batches` (no, batch id, file) for that.

    Sorting costs by the width of a row, and half of a row are texts out of a handful. They go through the sort as small
    numbers and become texts again behind it (`enum`: as the engine's enumerations).
    """
    if len(batches) > _CODED:
        return None
    numbers = [no for no, _, _ in batches]
    coded = {
        "source": (to_place("source", sources), to_text("source", sources, enum=enum)),
        "op": ("__gone", to_text("op", OPS, enum=enum)),
        "known_basis": ("__basis", to_text("known_basis", BASES, enum=enum)),
        "link_basis": (to_place("link_basis", KINDS), to_text("link_basis", KINDS, enum=enum)),
        "batch_id": (BATCH, to_text("batch_id", [b for _, b, _ in batches], places=numbers, enum=enum)),
        "src_file": (None, to_text("batch_id", [f for _, _, f in batches], places=numbers, enum=enum)),
    }
    inner, outer = {}, {}
    for column, sql in _columns(schema).items():
        into, out = coded.get(column, (sql, identifier(column)))
        outer[column] = out
        if into is not None:
            inner[column] = into
    keys = ", ".join(f"{identifier(c)} nulls first" for c in _SORT_NEW)
    listed = ", ".join(f"{sql} as {identifier(c)}" for c, sql in inner.items())
    texts = ", ".join(f"{sql} as {identifier(c)}" for c, sql in outer.items())
    return f"select {texts} from (select {listed}, __id from {linked} order by {keys}) s"


def old_rows(schema: pa.Schema, old: str, *, verdicts: str | None, relinked: str | None) -> str:
    """SELECT of the lake's rows `old`: superseded ones left out, known_to and firms brought up to date."""
    value, joins, where = {}, "", ""
    same = "batch_id = o.batch_id and {0}.src_row = o.src_row"
    if verdicts:
        value["known_to"] = "coalesce(v.known_to, o.known_to)"
        of_old = f"(select batch_id, src_row, status, known_to from {verdicts} where is_new = 0)"
        joins += f" left join {of_old} v on v.{same.format('v')}"
        where = " where v.status is null or v.status = 'kept'"
    if relinked:
        value |= {c: f"coalesce(o.{c}, n.{c})" for c in ("ent_id", "link_basis")}
        joins += f" left join {relinked} n on n.{same.format('n')}"
    columns = ", ".join(f"{value.get(c, 'o.' + identifier(c))} as {identifier(c)}" for c in schema.names)
    return f"select {columns} from {old} o{joins}{where}"


def _columns(schema: pa.Schema) -> dict[str, str]:
    own = {"src_row": ROW, "is_simulated": "cast(is_simulated as smallint)"}
    return {c: own.get(c, identifier(c)) for c in schema.names}
