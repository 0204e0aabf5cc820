"""Derived tables and thematic libraries: everything made of standard tables as of a day; lineage and search index."""

from yuheng.library.asof import as_of_select, register_codes, register_results, register_rows, register_standard
from yuheng.library.build import Built, build, build_order, register_derived
from yuheng.library.contract import CheckResult
from yuheng.library.firm import FirmRows, firm_rows, register_firm
from yuheng.library.industry import ENT_INDUSTRY, predict_industry, register_industry
from yuheng.library.leak import truncate_known_after
from yuheng.library.libraries import (
    LibraryBuilt,
    build_libraries,
    derived_needed,
    library_inputs,
    library_order,
    prune,
    register_library,
)
from yuheng.library.lineage import Lineage, Node
from yuheng.library.search import FirmIndex, Hit, build_index
from yuheng.library.shape import RESULT_LAYER, RESULTS, arrow_schema, standard_schema

__all__ = [
    "ENT_INDUSTRY",
    "RESULTS",
    "RESULT_LAYER",
    "Built",
    "CheckResult",
    "FirmIndex",
    "FirmRows",
    "Hit",
    "LibraryBuilt",
    "Lineage",
    "Node",
    "arrow_schema",
    "as_of_select",
    "build",
    "build_index",
    "build_libraries",
    "build_order",
    "derived_needed",
    "firm_rows",
    "library_inputs",
    "library_order",
    "predict_industry",
    "prune",
    "register_codes",
    "register_derived",
    "register_firm",
    "register_industry",
    "register_library",
    "register_results",
    "register_rows",
    "register_standard",
    "standard_schema",
    "truncate_known_after",
]
