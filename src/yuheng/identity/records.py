"""Records without a code, made ready for comparison: name parts, address parts, region, person, phone."""

from __future__ import annotations

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.identity.addresses import ADDRESS_PARTS, PLACES_VIEW, address_parts
from yuheng.identity.names import NAME_PARTS, name_parts
from yuheng.identity.regionsql import places
from yuheng.lake import Engine
from yuheng.sql import literal

RECORD = pa.schema(
    [
        ("record", pa.int64()),
        ("source", pa.string()),
        ("name", pa.string()),
        ("region_code", pa.string()),
        ("person", pa.string()),
        ("phone", pa.string()),
        ("address", pa.string()),
    ]
)
"""A record as it comes: `record` is unique; everything but the name may be null. Person and phone may be tokens."""
READY = ("record", "source", "name_brand", "name_first", "name_last", "name_trade", "name_form", "name_branch",
         "name_key", "region", "city", "person", "phone", "addr_std_id", "addr_place")  # fmt: skip
"""Columns comparisons and blocking may name. `name_branch` is '' for a head office; `name_key` is the name without the
region, in one spelling; `addr_place` is road and house number (or village, or estate) within the county."""


def prepare(engine: Engine, store: ContentStore, records: str, into: str, *, home: str) -> None:
    """Stores the relation `into` with the columns `READY` of the records in the relation `records` (`RECORD`).

    `home`: the region of duty. Equal names, and equal addresses, are taken apart once.
    """
    engine.register(PLACES_VIEW, places(store, home))
    names = name_parts(store, f"(select distinct name from {records})", "name", home=home)
    engine.define("__names", f"select name, {', '.join(NAME_PARTS)} from {names} n", materialise=True)
    where = f"(select distinct address from {records} where address is not null)"
    taken = address_parts(store, where, "address", home=home)
    engine.define("__addresses", f"select address, {', '.join(ADDRESS_PARTS)} from {taken} a", materialise=True)
    engine.define(into, _ready(records, home), materialise=True)
    for name in ("__names", "__addresses", PLACES_VIEW):
        engine.drop(name)


def _ready(records: str, home: str) -> str:
    own = "coalesce(nullif(r.region_code, ''), a.region_code)"
    region = f"case when {own} = {literal(home)} then null else {own} end"
    county = f"case when substr({region}, 5, 2) <> '00' then {region} end"
    place = (
        "coalesce(nullif(a.addr_road || a.addr_lane || a.addr_number, ''), "
        "nullif(a.addr_village || a.addr_number, ''), nullif(a.addr_estate, ''))"
    )
    key = "n.name_brand || '|' || n.name_trade || '|' || n.name_form || '|' || n.name_branch || '|' || n.name_remark"
    return (
        "select r.record, r.source, nullif(n.name_brand, '') as name_brand, "
        "nullif(substr(n.name_brand, 1, 1), '') as name_first, "
        "nullif(substr(n.name_brand, length(n.name_brand), 1), '') as name_last, "
        "nullif(n.name_trade, '') as name_trade, nullif(n.name_form, '') as name_form, n.name_branch, "
        f"{key} as name_key, {county} as region, city_of({region}) as city, "
        "nullif(trim(r.person), '') as person, nullif(trim(r.phone), '') as phone, "
        f"a.addr_std_id, nullif(coalesce(a.region_code, r.region_code, '') || {place}, '') as addr_place "
        f"from {records} r join __names n on n.name = r.name left join __addresses a on a.address = r.address"
    )
