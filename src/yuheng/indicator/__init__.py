"""The 81 declarations made into a few fused scans: values as of any day, for all firms or for one."""

from yuheng.indicator.cases import CaseResult, read_cases
from yuheng.indicator.cases import run as run_cases
from yuheng.indicator.compiler import FIRMS, Plan, compile_plan, population_of, tables_of
from yuheng.indicator.evidence import Sources, evidence_sql, lineage
from yuheng.indicator.points import CASES, points_of
from yuheng.indicator.values import LAYER, TABLE, firm_values, register, value_schema, write_values

__all__ = [
    "CASES",
    "FIRMS",
    "LAYER",
    "TABLE",
    "CaseResult",
    "Plan",
    "Sources",
    "compile_plan",
    "evidence_sql",
    "firm_values",
    "lineage",
    "points_of",
    "population_of",
    "read_cases",
    "register",
    "run_cases",
    "tables_of",
    "value_schema",
    "write_values",
]
