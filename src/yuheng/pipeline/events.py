"""New records of one firm, given as rows of standard tables, checked before they are rated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.content.schema import StandardTable
from yuheng.errors import DataError
from yuheng.library import standard_schema

NEVER = date(9999, 12, 31)
REQUIRED = ("source", "source_key", "event_date", "known_from", "link_basis")
"""System columns an event must bring; the others have a sensible value."""
TO_WITHDRAW = ("source", "source_key", "known_from")
"""A withdrawal only has to say what it withdraws, and from when."""
DEFAULTS: Mapping[str, object] = {"known_to": NEVER, "op": "upsert", "is_simulated": 0}

EventRow = Mapping[str, object]
Events = Mapping[str, Sequence[EventRow]]
"""Standard table -> new rows: system columns and business columns as in the table's declaration."""


def event_tables(store: ContentStore, ent_id: int, events: Events) -> dict[str, pa.Table]:
    """The events as tables with the columns of their standard tables.

    Raises DataError for a table the content does not hold or that is not about firms, for columns it does not have or
    that are missing, for values of the wrong kind, and for rows of another firm.
    """
    return {name: _table(store, name, ent_id, rows) for name, rows in events.items() if rows}


def _table(store: ContentStore, name: str, ent_id: int, rows: Sequence[EventRow]) -> pa.Table:
    declared = store.standard.get(name)
    if declared is None or not declared.entity:
        known = ", ".join(sorted(t.id for t in store.standard.values() if t.entity))
        raise DataError(f"no standard table {name!r} about firms", todo=f"Known: {known}.")
    schema = standard_schema(declared)
    whole = [_whole(declared, schema, ent_id, number, row) for number, row in enumerate(rows, 1)]
    columns = []
    for field in schema:
        try:
            columns.append(pa.array([row.get(field.name) for row in whole], field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise DataError(f"event for {name}: column {field.name} must be {field.type}: {error}") from error
    return pa.table(columns, schema=schema)


def _whole(table: StandardTable, schema: pa.Schema, ent_id: int, number: int, row: EventRow) -> EventRow:
    """The row with its defaults, after the checks."""
    where = f"event {number} for {table.id}"
    unknown = sorted(row.keys() - set(schema.names))
    if unknown:
        raise DataError(f"{where}: no column {', '.join(unknown)}", todo=f"Columns: {', '.join(schema.names)}.")
    business = [c.name for c in table.columns if not c.nullable]
    needed = TO_WITHDRAW if row.get("op") == "withdraw" else [*REQUIRED, *business]
    missing = sorted({name for name in needed if row.get(name) is None})
    if missing:
        raise DataError(f"{where}: no value for {', '.join(missing)}", todo="Give the record whole.")
    if row.get("ent_id", ent_id) != ent_id:
        raise DataError(f"{where} belongs to firm {row['ent_id']}, not {ent_id}", todo="Re-rate that firm with it.")
    return {**DEFAULTS, **row, "ent_id": ent_id}
