"""The rows of a standard table as they are written: new versions, and the lake's own rows with what changed in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from yuheng.identity import KINDS
from yuheng.intake.records import ROW
from yuheng.sql import identifier, literal

SORT = ("ent_id", "known_from", "row_hash", "source", "source_key")
"""Order of the rows of a standard table. No two rows of one firm, day and text are of one record, so it is total."""
_CODED = 40
"""Up to so many different texts of a column are sorted as numbers."""
_OP = ("upsert", "withdraw")
_BASIS = ("SOURCE_DATE", "ASSUMED_LAG", "RECEIPT")


def new_rows(schema: pa.Schema, linked: str) -> str:
    """SELECT of the new rows of the relation `linked`, in the columns of the table."""
    return f"select {', '.join(f'{sql} as {identifier(c)}' for c, sql in _columns(schema).items())} from {linked}"


def sorted_new_rows(
    schema: pa.Schema, linked: str, *, sources: Sequence[str], batches: Sequence[tuple[int, str, str]]
) -> str | None:
    """The same in the order of `SORT`; None where there are too many `batches` (no, batch id, file) for that.

    Sorting costs by the width of a row, and half of a row are texts out of a handful. They go through the sort as small
    numbers and become texts again behind it.
    """
    if len(batches) > _CODED:
        return None
    coded = {
        "source": (_code("source", sources), _text("source", sources)),
        "op": (_code("op", _OP), _text("op", _OP)),
        "known_basis": (_code("known_basis", _BASIS), _text("known_basis", _BASIS)),
        "link_basis": (_code("link_basis", KINDS), _text("link_basis", KINDS)),
        "batch_id": ("__batch", _of_batch((no, batch) for no, batch, _ in batches)),
        "src_file": (None, _of_batch((no, file) for no, _, file in batches)),
    }
    inner, outer = {}, {}
    for column, sql in _columns(schema).items():
        into, out = coded.get(column, (sql, identifier(column)))
        outer[column] = out
        if into is not None:
            inner["__batch" if column == "batch_id" else column] = into
    keys = ", ".join(f"{identifier(c)} nulls first" for c in SORT)
    listed = ", ".join(f"{sql} as {identifier(c)}" for c, sql in inner.items())
    texts = ", ".join(f"{sql} as {identifier(c)}" for c, sql in outer.items())
    return f"select {texts} from (select {listed} from {linked} order by {keys}) s"


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


def _code(column: str, texts: Sequence[str]) -> str:
    cases = " ".join(f"when {literal(text)} then {i}" for i, text in enumerate(texts))
    return f"cast(case {column} {cases} end as tinyint)"


def _text(column: str, texts: Sequence[str]) -> str:
    cases = " ".join(f"when {i} then {literal(text)}" for i, text in enumerate(texts))
    return f"case {column} {cases} end"


def _of_batch(pairs: Iterable[tuple[int, str]]) -> str:
    cases = " ".join(f"when {no} then {literal(text)}" for no, text in pairs)
    return f"case __batch {cases} end"
