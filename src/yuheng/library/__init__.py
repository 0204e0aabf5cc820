"""Derived tables: everything computable from standard tables as of a day, and the as-of views they are read through."""

from yuheng.library.asof import as_of_select, register_codes, register_results, register_rows, register_standard
from yuheng.library.build import Built, build, build_order, register_derived
from yuheng.library.firm import FirmRows, firm_rows, register_firm
from yuheng.library.leak import truncate_known_after
from yuheng.library.shape import RESULT_LAYER, RESULTS, arrow_schema, standard_schema

__all__ = [
    "RESULTS",
    "RESULT_LAYER",
    "Built",
    "FirmRows",
    "arrow_schema",
    "as_of_select",
    "build",
    "build_order",
    "firm_rows",
    "register_codes",
    "register_derived",
    "register_firm",
    "register_results",
    "register_rows",
    "register_standard",
    "standard_schema",
    "truncate_known_after",
]
