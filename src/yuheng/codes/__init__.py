"""National codes in plain Python: credit codes, identity numbers, region and industry trees, working days."""

from yuheng.codes.calendar import Calendar, announced_years, national_calendar
from yuheng.codes.credit_code import (
    CreditCode,
    check_character,
    credit_code_ok,
    decode_credit_code,
    organisation_code_ok,
)
from yuheng.codes.industry import Industry, IndustryTree
from yuheng.codes.person_id import PersonId, decode_person_id, id_check_character, id_number_ok, normal_id_number
from yuheng.codes.region import Region, RegionTree

__all__ = [
    "Calendar",
    "CreditCode",
    "Industry",
    "IndustryTree",
    "PersonId",
    "Region",
    "RegionTree",
    "announced_years",
    "check_character",
    "credit_code_ok",
    "decode_credit_code",
    "decode_person_id",
    "id_check_character",
    "id_number_ok",
    "national_calendar",
    "normal_id_number",
    "organisation_code_ok",
]
