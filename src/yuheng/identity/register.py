"""From registrations to keys: which ent_id each record has, and the table of keys brought up to date."""

from __future__ import annotations

from collections.abc import Collection

from yuheng.identity.keys import COLUMNS, KINDS, NEVER, ent_id


def identify(rows: str, *, first: str | None = None, known: str | None = None) -> str:
    """SELECT of registration rows with two more columns, ent_id and link_basis (what the ent_id was made of).

    `rows`: new versions. `first`: of records that came in several versions, the first one (source, source_key,
    `__uscc`, `__uscc_ok`, `__pripid`); a record not in it is its own first. `known`: (source, source_key, ent_id) of
    records the lake already holds.
    """
    own = ent_id("r.source", "r.source_key", "r.")
    basis = "case when r.__uscc_ok = 1 then 'USCC' when r.__pripid is not null then 'PRIPID' end"
    found, joins = [], ""
    if known:
        found.append("k.ent_id")
        joins += f" left join {known} k on k.source = r.source and k.source_key = r.source_key"
    if first:
        made = ent_id("f.source", "f.source_key", "f.")
        found.append(f"case when f.source_key is not null then {made} end")
        joins += f" left join {first} f on f.source = r.source and f.source_key = r.source_key"
    chosen = f"coalesce({', '.join([*found, own])})" if found else own
    return f"select r.*, {chosen} as ent_id, {basis} as link_basis from {rows} r{joins}"


def keys_of(rows: str, kinds: Collection[str]) -> str:
    """SELECT key_kind, key_value, ent_id, known_from, batch_id of every key of the identified registrations `rows`."""
    parts = [
        f"select '{kind}' as key_kind, {COLUMNS[kind]} as key_value, ent_id, known_from, batch_id "
        f"from {rows} where {COLUMNS[kind]} is not null"
        for kind in KINDS
        if kind in kinds
    ]
    return " union all ".join(parts)


def merged(new: str, old: str) -> str:
    """SELECT of the whole table of keys: each key and firm once, from the day it was first known."""
    once = (
        "select key_kind, key_value, ent_id, min(known_from) as known_from, min(batch_id) as batch_id from ("
        f"select key_kind, key_value, ent_id, known_from, batch_id from {old} union all "
        f"select key_kind, key_value, ent_id, known_from, batch_id from {new}) a group by key_kind, key_value, ent_id"
    )
    order = "partition by key_kind, key_value order by known_from, ent_id"
    return (
        "select key_kind, key_value, ent_id, known_from, batch_id, "
        f"cast(case when row_number() over ({order}) = 1 then 1 else 0 end as smallint) as is_first, "
        f"coalesce(lead(known_from) over ({order}), {NEVER}) as next_from from ({once}) o"
    )
