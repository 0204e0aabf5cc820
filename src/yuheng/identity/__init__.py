"""Which records are about the same business: ent_id, keys and clues; names and addresses in parts; likely links."""

from yuheng.identity.addresses import ADDRESS_PARTS, PLACES_VIEW, address_parts
from yuheng.identity.candidates import Likely, likely_firms
from yuheng.identity.compare import MEANINGS, AddressPair, Compared, compare, held_out, read_pairs
from yuheng.identity.keys import CLUE, COLUMNS, ENT_KEY, KINDS, ent_id, name_key
from yuheng.identity.link import ENT_KEY_VIEW, link
from yuheng.identity.linking import LinkedRecords, link_records
from yuheng.identity.names import NAME_PARTS, name_parts
from yuheng.identity.records import RECORD
from yuheng.identity.regionsql import places
from yuheng.identity.register import identify, keys_of, merged

__all__ = [
    "ADDRESS_PARTS",
    "CLUE",
    "COLUMNS",
    "ENT_KEY",
    "ENT_KEY_VIEW",
    "KINDS",
    "MEANINGS",
    "NAME_PARTS",
    "PLACES_VIEW",
    "RECORD",
    "AddressPair",
    "Compared",
    "Likely",
    "LinkedRecords",
    "address_parts",
    "compare",
    "ent_id",
    "held_out",
    "identify",
    "keys_of",
    "likely_firms",
    "link",
    "link_records",
    "merged",
    "name_key",
    "name_parts",
    "places",
    "read_pairs",
]
