"""The rows of a standard table as they are written: new versions, and the lake's own rows with what changed in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pyarrow as pa

from yuheng.identity import KINDS
from yuheng.intake.plan import BATCH
from yuheng.intake.records import ROW
from yuheng.intake.shorts import BASES, OPS, to_place, to_text
from yuheng.sql import identifier

SORT = ("ent_id", "known_from", "source", "src_file", "batch_id", "src_row")
"""Order of the rows of a standard table: by firm and day; what follows makes it total."""
_SORT_NEW = ("ent_id", "known_from", "__id")
"""The same for new rows: `__id` follows source, file and row, and numbers are sorted at half the cost of texts."""
_TEXT = re.compile(r"\(*cast\(('(?:[^']|'')*') as varchar\)\)*")
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
    constants: Mapping[str, str],
    enum: bool,
) -> str | None:
    """The same in the order of `SORT`; None where there are too many `batches` (no, batch id, file) for that.

    Sorting costs by the width of a row, and half of a row are texts out of a handful. They go through the sort as small
    numbers and become texts again behind it (`enum`: as the engine's enumerations). `constants`, SQL of columns that
    are the same for all rows, are put in behind it.
    """
    if len(batches) > _CODED:
        return None
    inner, outer = {}, {}
    coded = _coded(sources, batches, constants, enum=enum)
    for column, sql in _columns(schema).items():
        if column in coded:
            into, outer[column] = coded[column]
        elif column in constants:
            into, outer[column] = None, _constant(constants[column], enum=enum)
        else:
            into, outer[column] = sql, identifier(column)
        if into is not None:
            inner[column] = into
    keys = ", ".join(f"{identifier(c)} nulls first" for c in _SORT_NEW)
    listed = ", ".join(f"{sql} as {identifier(c)}" for c, sql in inner.items())
    texts = ", ".join(f"{sql} as {identifier(c)}" for c, sql in outer.items())
    return f"select {texts} from (select {listed}, __id from {linked} order by {keys}) s"


def _coded(
    sources: Sequence[str], batches: Sequence[tuple[int, str, str]], constants: Mapping[str, str], *, enum: bool
) -> dict[str, tuple[str | None, str]]:
    """Columns of few texts → SQL of the number before the sort (None: there is but one), and of the text behind it."""
    numbers = [no for no, _, _ in batches]
    batch = "batch_id" if len(batches) > 1 else str(numbers[0] if numbers else 0)
    gone, one = constants.get("__gone"), len(sources) <= 1
    return {
        "source": (None if one else to_place("source", sources), to_text("0" if one else "source", sources, enum=enum)),
        "op": (None if gone else "__gone", to_text(gone or "op", OPS, enum=enum)),
        "known_basis": ("__basis", to_text("known_basis", BASES, enum=enum)),
        "link_basis": (to_place("link_basis", KINDS), to_text("link_basis", KINDS, enum=enum)),
        "batch_id": (
            BATCH if len(batches) > 1 else None,
            to_text(batch, [b for _, b, _ in batches], places=numbers, enum=enum),
        ),
        "src_file": (None, to_text(batch, [f for _, _, f in batches], places=numbers, enum=enum)),
    }


def _constant(sql: str, *, enum: bool) -> str:
    """SQL of a constant behind the sort; of a text as an enumeration where the engine has those."""
    text = _TEXT.fullmatch(sql)
    return f"cast({text[1]} as enum({text[1]}))" if enum and text else sql


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
        value |= {c: f"case when n.batch_id is null then o.{c} else n.{c} end" for c in ("ent_id", "link_basis")}
        joins += f" left join {relinked} n on n.{same.format('n')}"
    columns = ", ".join(f"{value.get(c, 'o.' + identifier(c))} as {identifier(c)}" for c in schema.names)
    return f"select {columns} from {old} o{joins}{where}"


def _columns(schema: pa.Schema) -> dict[str, str]:
    own = {"src_row": ROW, "is_simulated": "cast(is_simulated as smallint)"}
    return {c: own.get(c, identifier(c)) for c in schema.names}
