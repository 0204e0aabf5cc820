"""What tells that records are about the same business: keys and their order of trust.

    ent_id = hash63('USCC:' || code)    where the first version of the registration has a sound credit code
           = hash63('PRIPID:' || id)    else, with the register's own stable number
           = hash63('KEY:' || source || ':' || source_key)    else

Once given, an ent_id stays with its registration record, whatever later versions say. Every credit code, number and
name a registration ever had points to it (lake table identity/ent_key), each from the day it was known.
"""

from __future__ import annotations

import pyarrow as pa

KINDS = ("USCC", "PRIPID", "REGNO", "NAME_REGION_LR")
"""Kinds of keys in the order they are tried; also the values of `link_basis`."""

ENT_KEY = pa.schema(
    [
        ("key_kind", pa.string()),
        ("key_value", pa.string()),
        ("ent_id", pa.int64()),
        ("known_from", pa.date32()),
        ("batch_id", pa.string()),
        ("is_first", pa.int16()),
        ("next_from", pa.date32()),
    ]
)
"""identity/ent_key: one row per key and firm. `is_first` = 1 for the firm that had the key first (ties: the smaller
ent_id); `next_from` = when a second firm was known under it (9999-12-31: never)."""

CLUE = pa.schema(
    [
        ("batch_id", pa.string()),
        ("src_row", pa.int64()),
        ("known_from", pa.date32()),
        ("uscc", pa.string()),
        ("pripid", pa.string()),
        ("regno", pa.string()),
        ("name_key", pa.string()),
    ]
)
"""identity/clue, one slice per standard table: rows not linked yet and what may link them later."""

NEVER = "date '9999-12-31'"

COLUMNS = {"USCC": "__uscc", "PRIPID": "__pripid", "REGNO": "__regno", "NAME_REGION_LR": "__name"}
"""Kind of key → column of a mapped row that holds it."""


def name_key(name: str, region: str, legal_rep: str) -> str:
    """SQL of the key made of a normalised name, a region and a legal representative; null unless all are there.

    Hashed, so that no person's name stands in the table of keys.
    """
    return f"cast(hash63(({name}) || '|' || ({region}) || '|' || ({legal_rep})) as varchar)"


def ent_id(source: str, source_key: str, prefix: str = "") -> str:
    """SQL of the ent_id a registration's first version gives; reads `__uscc`, `__uscc_ok`, `__pripid` of `prefix`."""
    return (
        f"hash63(case when {prefix}__uscc_ok = 1 then 'USCC:' || {prefix}__uscc "
        f"when {prefix}__pripid is not null then 'PRIPID:' || {prefix}__pripid "
        f"else 'KEY:' || {source} || ':' || {source_key} end)"
    )
