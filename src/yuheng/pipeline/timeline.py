"""The records behind a firm's indicators: one scan per standard table, which names the indicators each row counts in.

An indicator on a standard table rests on the rows its filter and window let through; one on a derived table on the
firm's rows of the tables its columns come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from yuheng.content import ContentStore
from yuheng.indicator import Sources
from yuheng.indicator.evidence import SYSTEM_COLUMNS
from yuheng.indicator.measure import condition
from yuheng.sql import literal

Row = Mapping[str, object]
COUNTS = "counts_in"
"""Column of a record: ids of the indicators on its own table that count it, joined by commas."""
ORDER = "event_date desc, table_name, source, source_key"


def records_sql(store: ContentStore, table: str, as_of: date) -> str:
    """SELECT over the as-of view of a standard table: ent_id, table_name, the system columns and `counts_in`."""
    columns = ", ".join(f"t.{c}" for c in SYSTEM_COLUMNS)
    return (
        f"select t.ent_id, {literal(table)} as table_name, {columns}, {_counts(store, table, as_of)} as {COUNTS} "
        f"from {table} t where t.ent_id is not null"
    )


def _counts(store: ContentStore, table: str, as_of: date) -> str:
    names = []
    for item in store.indicators.values():
        if item.table == table:
            where = condition(item, as_of)
            rule = "true" if where is None else where.sql("duckdb")
            names.append(f"case when {rule} then {literal(item.id)} end")
    return f"concat_ws(',', {', '.join(names)})" if names else "''"


def behind(store: ContentStore, ids: Iterable[str], sources: Sources, records: Sequence[Row]) -> dict[str, list[Row]]:
    """Indicator -> its records in the order given, without ent_id and `counts_in`."""
    plain = [{k: v for k, v in row.items() if k not in ("ent_id", COUNTS)} for row in records]
    counted = [set(str(row[COUNTS] or "").split(",")) for row in records]
    out: dict[str, list[Row]] = {}
    for name in ids:
        if store.indicators[name].table in store.standard:
            out[name] = [row for row, names in zip(plain, counted, strict=True) if name in names]
        else:
            tables = {t for t in sources[name] if store.standard[t].entity}
            out[name] = [row for row in plain if row["table_name"] in tables]
    return out


def tables_behind(store: ContentStore, sources: Sources) -> list[str]:
    """Standard tables about firms whose records stand behind some indicator."""
    named = {t for found in sources.values() for t in found}
    return sorted(t for t in named if store.standard[t].entity)
