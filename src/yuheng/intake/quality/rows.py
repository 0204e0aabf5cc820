"""The rows quality is measured on: what of a feed stands in its table, and what is kept out, by region and month."""

from __future__ import annotations

from collections.abc import Sequence

from yuheng.content.schema import StandardTable
from yuheng.content.shape import standard_schema
from yuheng.intake.quarantine import QUARANTINE
from yuheng.lake import Engine, Lake
from yuheng.sql import identifier, literal

FIRM_REGION, KEPT_OUT = "__firm_region", "__kept_out"
_MONTH = "make_date(year({0}), month({0}), 1)"


def register(engine: Engine, lake: Lake, table: StandardTable) -> str | None:
    """Makes a standard table readable under its id; None where nothing was taken into it yet."""
    files = lake.table("standard", table.id).files() if lake.table("standard", table.id).exists() else []
    if not files:
        return None
    engine.scan(table.id, files, standard_schema(table))
    return table.id


def register_regions(engine: Engine, lake: Lake, registration: StandardTable) -> None:
    """`__firm_region`: the region each firm is registered in, by its newest version."""
    name = register(engine, lake, registration)
    if name is None:
        engine.define(FIRM_REGION, "select cast(0 as bigint) as ent_id, '' as region_code where 1 = 0")
        return
    newest = "known_to = date '9999-12-31' and ent_id is not null and region_code is not null"
    sql = f"select ent_id, min(region_code) as region_code from {identifier(name)} where {newest} group by ent_id"
    engine.define(FIRM_REGION, sql, materialise=True)


def register_kept_out(engine: Engine, lake: Lake) -> None:
    """`__kept_out`: the whole quarantine, without the raw texts."""
    table = lake.table("intake", "quarantine")
    engine.scan(KEPT_OUT, table.files() if table.exists() else [], QUARANTINE)


def measured(table: StandardTable, sources: Sequence[str]) -> str:
    """SELECT source, region_code, month, codes of all rows of a table that sources delivered (withdrawals are none).

    The region is the row's own, else that of the firm it is about; '' where neither is known.
    """
    own = any(c.name == "region_code" for c in table.columns)
    region = "coalesce(r.region_code, f.region_code, '')" if own else "coalesce(f.region_code, '')"
    listed = ", ".join(literal(s) for s in sources)
    month = _MONTH.format("r.known_from")
    return (
        f"select r.source, {region} as region_code, {month} as month, coalesce(r.quality_flag, '') as codes "
        f"from {identifier(table.id)} r left join {FIRM_REGION} f on f.ent_id = r.ent_id "
        f"where r.source in ({listed}) and r.op = 'upsert'"
    )


def kept_out(feeds: Sequence[tuple[str, str]]) -> str:
    """SELECT source, region_code, month, codes of the quarantined records of feeds (source, feed)."""
    pairs = " or ".join(f"(source = {literal(s)} and feed = {literal(f)})" for s, f in feeds)
    month = f"case when known_from is not null then {_MONTH.format('known_from')} end"
    return (
        f"select source, coalesce(region_code, '') as region_code, {month} as month, reason_codes as codes "
        f"from {KEPT_OUT} where {pairs}"
    )
