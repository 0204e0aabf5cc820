"""Linking rows to firms by their keys, and clues that wait for a firm to become known."""

from __future__ import annotations

from collections.abc import Collection

from yuheng.identity.keys import COLUMNS, KINDS

ENT_KEY_VIEW = "__ent_key"


def link(rows: str, kinds: Collection[str], *, keys: str = ENT_KEY_VIEW) -> str:
    """SELECT of the relation `rows` with two more columns, ent_id and link_basis: the firm by the first kind that fits.

    `kinds` are those the rows can have at all; the relation needs known_from and the kinds' columns. Both are null
    where no firm is known. A name links only while one firm has it: at the time the row was known, or the firm,
    whichever is later, so that what is learnt later never changes a link.
    """
    used = [kind for kind in KINDS if kind in kinds]
    if not used:
        return f"select r.*, cast(null as bigint) as ent_id, cast(null as varchar) as link_basis from {rows} r"
    found = ", ".join(f"k{i}.ent_id" for i in range(len(used)))
    basis = " ".join(f"when k{i}.ent_id is not null then '{kind}'" for i, kind in enumerate(used))
    joins = " ".join(_join(i, kind, keys) for i, kind in enumerate(used))
    return f"select r.*, coalesce({found}, null) as ent_id, case {basis} end as link_basis from {rows} r {joins}"


def _join(i: int, kind: str, keys: str) -> str:
    first = f"(select key_value, ent_id, known_from, next_from from {keys} where key_kind = '{kind}' and is_first = 1)"
    key = f"r.{COLUMNS[kind]}"
    if i:  # only what no better kind has found is looked up
        found = " and ".join(f"k{j}.ent_id is null" for j in range(i))
        key = f"case when {found} then {key} end"
    on = f"k{i}.key_value = {key}"
    if kind == "NAME_REGION_LR":
        on += f" and greatest(k{i}.known_from, r.known_from) < k{i}.next_from"
    return f"left join {first} k{i} on {on}"
