"""The indicator compiler.

Declarations grouped by table, one fused conditional-aggregation scan per table, joined to the spine.

The plan is DuckDB SQL that an engine carries to its own dialect; nothing in it depends on which engine, or how many
firms, run it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from yuheng.content import ContentStore
from yuheng.content.schema import Indicator
from yuheng.indicator import measure
from yuheng.indicator.scan import SPINE, Scan, absent, scan_of
from yuheng.sql import literal

_OF_SPINE = re.compile(r"\bb\.([a-z_][a-z0-9_]*)", re.IGNORECASE)
FIRMS = "rated_firm"
"""The firms of a plan, when they are picked out beforehand."""


@dataclass(frozen=True)
class Plan:
    """Scans and the SELECT that joins them: ent_id, then v_<id> DOUBLE and c_<id> TINYINT of every indicator.

    `by_firm` is that SELECT over `FIRMS`, the name of what `firms` gives: the rows and columns of the spine it needs,
    sorted by ent_id.
    """

    as_of: date
    scans: tuple[Scan, ...]
    select: str
    firms: str
    by_firm: str
    indicators: tuple[str, ...]

    def inline(self) -> str:
        """One statement with every scan as a common table expression."""
        parts = ",\n".join(f"{scan.name} as ({scan.sql})" for scan in self.scans)
        return f"with {parts}\n{self.select}" if parts else self.select

    @property
    def digest(self) -> int:
        """A number below 2^60 that changes when the plan does."""
        return int(hashlib.sha256(self.inline().encode()).hexdigest()[:15], 16)


def tables_of(store: ContentStore) -> list[str]:
    """Tables the indicators read, and the spine."""
    return sorted({i.table for i in store.indicators.values()} | {SPINE})


def population_of(store: ContentStore) -> str:
    """Firms some grading rates: SQL over ent_base b."""
    rules = sorted({g.population for g in store.gradings.values()})
    return " or ".join(f"({rule})" for rule in rules) if rules else "true"


def compile_plan(
    store: ContentStore,
    as_of: date,
    *,
    population: str | None = None,
    connected: Mapping[str, Sequence[str]] | None = None,
    silent: Collection[str] = (),
    only: Collection[str] | None = None,
) -> Plan:
    """The plan as of `as_of`, over the firms of `population` (SQL over ent_base b; default: all graded firms).

    `connected` gives the region prefixes per source id ('' = everywhere); default: as the sources declare. A source
    nobody declares is not connected; nor are the indicators of `silent`, whose records nobody has delivered yet.
    `only` restricts to some indicators. Raises ContentError for an indicator on an unknown table, SqlError for bad SQL.
    """
    regions = connected if connected is not None else {s.id: s.regions for s in store.sources.values()}
    chosen = [i for i in store.indicators.values() if only is None or i.id in only]
    groups: dict[str, list[Indicator]] = {}
    for indicator in chosen:
        if indicator.id not in silent:
            groups.setdefault(indicator.table, []).append(indicator)
    scans = {table: scan_of(store, table, group, as_of) for table, group in sorted(groups.items())}
    columns = ",\n  ".join(
        _not_connected(i) if i.id in silent else _columns(i, scans[i.table], as_of, regions.get(i.source[0], ()))
        for i in chosen
    )
    joined = [s for s in scans.values() if s.table != SPINE]
    joins = "\n".join(f"left join {s.name} on {s.name}.ent_id = b.ent_id" for s in joined)
    rule = population if population is not None else population_of(store)
    where = measure.bound(rule, as_of, origin="population").sql("duckdb")
    by_firm = f"select b.ent_id,\n  {columns}\nfrom {FIRMS} b\n{joins}"
    select = f"select b.ent_id,\n  {columns}\nfrom {SPINE} b\n{joins}\nwhere {where}"
    firms = f"select {_spine_columns(store, by_firm)} from {SPINE} b where {where} order by b.ent_id"
    return Plan(as_of, tuple(joined), select, firms, by_firm, tuple(i.id for i in chosen))


def _spine_columns(store: ContentStore, sql: str) -> str:
    """The columns of the spine `b` that a SELECT names, and perhaps some more."""
    named = {name.lower() for name in _OF_SPINE.findall(sql)}
    return ", ".join(f"b.{c}" for c in store.derived[SPINE].columns if c in named)


def _not_connected(indicator: Indicator) -> str:
    return f"cast(null as double) as v_{indicator.id}, cast(5 as tinyint) as c_{indicator.id}"


def _columns(indicator: Indicator, scan: Scan, as_of: date, regions: Sequence[str]) -> str:
    """v_<id> and c_<id> on the spine, in the order of decision of the rating rules: applies, connected, rows, null."""
    name = indicator.id
    if scan.table == SPINE:
        value, case = scan.value[name], scan.case[name]
    else:
        value, case = f"{scan.name}.v_{name}", f"coalesce({scan.name}.c_{name}, cast({absent(indicator)} as tinyint))"
        if absent(indicator) == 1:
            # a null here is an absent firm, or a measure that is null though rows exist (case 3)
            zero = "cast(0 as double)"
            nothing = f"case when {scan.name}.c_{name} is null then {zero} end"
            value = f"coalesce({value}, {nothing if _may_be_null(scan, name) else zero})"
    rules = _exclusions(indicator, as_of, regions)
    if rules:
        tests = " or ".join(f"not {test}" for test, _ in rules)
        value = f"case when {tests} then null else {value} end"
        case = f"case {' '.join(f'when not {test} then cast({k} as tinyint)' for test, k in rules)} else {case} end"
    return f"{value} as v_{name}, {case} as c_{name}"


def _may_be_null(scan: Scan, name: str) -> bool:
    return " then 3 " in scan.case[name]


def _exclusions(indicator: Indicator, as_of: date, regions: Sequence[str]) -> list[tuple[str, int]]:
    """(rule that must hold, case where it does not)."""
    rules: list[tuple[str, int]] = []
    if indicator.applies_to.strip().lower() != "true":
        rule = measure.bound(indicator.applies_to, as_of, origin=f"indicator {indicator.id}").sql("duckdb")
        rules.append((f"coalesce({rule}, false)", 4))
    if "" not in regions:
        inside = " or ".join(f"b.region_code like {literal(prefix + '%')}" for prefix in regions)
        rules.append((f"coalesce({inside or 'false'}, false)", 5))
    return rules
