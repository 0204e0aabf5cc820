"""Which records are about the same business: ent_id, the table of keys, linking and clues."""

from yuheng.identity.keys import CLUE, COLUMNS, ENT_KEY, KINDS, ent_id, name_key
from yuheng.identity.link import ENT_KEY_VIEW, link
from yuheng.identity.register import identify, keys_of, merged

__all__ = [
    "CLUE",
    "COLUMNS",
    "ENT_KEY",
    "ENT_KEY_VIEW",
    "KINDS",
    "ent_id",
    "identify",
    "keys_of",
    "link",
    "merged",
    "name_key",
]
