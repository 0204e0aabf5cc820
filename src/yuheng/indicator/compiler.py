"""The indicator compiler.

Declarations grouped by table, one fused conditional-aggregation scan per table, joined to the spine.

The plan is DuckDB SQL that an engine carries to its own dialect; nothing in it depends on which engine, or how many
firms, run it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from yuheng.content import ContentStore
from yuheng.content.schema import Indicator
from yuheng.errors import ContentError
from yuheng.indicator import measure
from yuheng.sql import literal

SPINE = "ent_base"
_NOT_CONNECTED = ("cast(5 as tinyint)", "cast(null as double)", True)
"""Case and raw value of an indicator nobody has delivered records for."""


@dataclass(frozen=True)
class Scan:
    """One table read once for all its indicators: `sql` gives ent_id, m_<id> (value) and n_<k> (rows that counted).

    A table with one row per firm is joined as it is (`grouped` False): no aggregation is needed.
    """

    table: str
    name: str
    sql: str
    grouped: bool
    value: Mapping[str, str]
    present: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """Scans and the SELECT that joins them: ent_id, then v_<id> DOUBLE and c_<id> TINYINT of every indicator."""

    as_of: date
    scans: tuple[Scan, ...]
    select: str
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
    scans = [_scan(store, table, group, as_of) for table, group in sorted(groups.items())]
    of = {i.id: scan for scan, (_, group) in zip(scans, sorted(groups.items()), strict=True) for i in group}
    rows = [
        _NOT_CONNECTED if i.id in silent else _columns(store, i, of[i.id], as_of, regions.get(i.source[0], ()))
        for i in chosen
    ]
    joins = "\n".join(f"left join {s.name} on {s.name}.ent_id = b.ent_id" for s in scans if s.table != SPINE)
    inner = ",\n  ".join(
        f"{case} as c_{i.id}, {raw} as m_{i.id}" for i, (case, raw, _) in zip(chosen, rows, strict=True)
    )
    outer = ",\n  ".join(
        f"{_value(i.id, whole)} as v_{i.id}, q.c_{i.id}" for i, (_, _, whole) in zip(chosen, rows, strict=True)
    )
    where = measure.bound(
        population if population is not None else population_of(store), as_of, origin="population"
    ).sql("duckdb")
    select = (
        f"select q.ent_id,\n  {outer}\nfrom (select b.ent_id,\n  {inner}\nfrom {SPINE} b\n{joins}\nwhere {where}) q"
    )
    return Plan(as_of, tuple(s for s in scans if s.table != SPINE), select, tuple(i.id for i in chosen))


def column_types(store: ContentStore, table: str) -> dict[str, str]:
    """Column name -> declared type. Raises ContentError for an unknown table."""
    if table in store.derived:
        return {c.name: c.type for c in store.derived[table].columns.values()}
    if table in store.standard:
        return {c.name: c.type for c in store.standard[table].columns}
    raise ContentError(
        f"no table {table!r} in standard/ or derived/", path="indicators", todo="Correct the indicator's `table`."
    )


def _scan(store: ContentStore, table: str, group: Sequence[Indicator], as_of: date) -> Scan:
    column_types(store, table)
    one_row = table in store.derived and store.derived[table].keys == ["ent_id"]
    plain = {i.id: measure.single_row(_measure(i, as_of)) for i in group}
    if one_row and all(tree is not None for tree in plain.values()):
        return _row_scan(table, group, as_of, plain)
    return _grouped_scan(table, group, as_of)


def _measure(indicator: Indicator, as_of: date, alias: str = "t") -> exp.Expr:
    return measure.bound(indicator.measure, as_of, origin=f"indicator {indicator.id}", alias=alias)


def _row_scan(table: str, group: Sequence[Indicator], as_of: date, plain: Mapping[str, exp.Expr | None]) -> Scan:
    name = "b" if table == SPINE else f"r_{table}"
    value, present, columns = {}, {}, {"ent_id"}
    for i in group:
        tree, where = plain[i.id], measure.condition(i, as_of)
        assert tree is not None
        columns |= {c.name for part in (tree, where) if part is not None for c in part.find_all(exp.Column)}
        text, test = _renamed(tree, name), _renamed(where, name) if where is not None else ""
        value[i.id] = f"case when {test} then {text} end" if test else text
        here = f"{name}.ent_id is not null" if name != "b" else "true"
        present[i.id] = f"coalesce({here} and {test}, false)" if test else here
    sql = f"select {', '.join(sorted(columns))} from {table} where ent_id is not null"
    return Scan(table, name, sql, False, value, present)


def _renamed(tree: exp.Expr, alias: str) -> str:
    def replace(node: exp.Expr) -> exp.Expr:
        return exp.column(node.name, table=alias) if isinstance(node, exp.Column) else node

    return tree.transform(replace).sql("duckdb")


def _grouped_scan(table: str, group: Sequence[Indicator], as_of: date) -> Scan:
    """One pass: the rows any indicator wants, then each aggregate with its own filter.

    Equal filters share one row count.
    """
    name = f"a_{table}"
    where = {i.id: measure.condition(i, as_of) for i in group}
    texts = {i.id: "" if (w := where[i.id]) is None else w.sql("duckdb") for i in group}
    distinct = sorted(set(texts.values()))
    shared = len(distinct) == 1
    count = {text: f"n_{k}" for k, text in enumerate(distinct)}
    columns, value, present = [], {}, {}
    for i in group:
        tree = _measure(i, as_of)
        columns.append(f"{measure.filtered(tree, None if shared else where[i.id]).sql('duckdb')} as m_{i.id}")
        value[i.id], present[i.id] = f"{name}.m_{i.id}", f"coalesce({name}.{count[texts[i.id]]}, 0) > 0"
    columns += [f"count(*){f' filter (where {t})' if t and not shared else ''} as {count[t]}" for t in distinct]
    wanted = "" if "" in distinct else " and (" + " or ".join(f"({text})" for text in distinct) + ")"
    sql = f"select t.ent_id, {', '.join(columns)} from {table} t where t.ent_id is not null{wanted} group by t.ent_id"
    return Scan(table, name, sql, True, value, present)


def _columns(
    store: ContentStore, indicator: Indicator, scan: Scan, as_of: date, regions: Sequence[str]
) -> tuple[str, str, bool]:
    """(case expression, raw value expression, raw value is whole), in the order of decision of the rating rules."""
    steps: list[str] = []
    if indicator.applies_to.strip().lower() != "true":
        rule = measure.bound(indicator.applies_to, as_of, origin=f"indicator {indicator.id}").sql("duckdb")
        steps.append(f"when not coalesce({rule}, false) then 4")
    if "" not in regions:
        inside = " or ".join(f"b.region_code like {literal(prefix + '%')}" for prefix in regions)
        steps.append(f"when not coalesce({inside or 'false'}, false) then 5")
    absent = 1 if indicator.absent == "zero" else 2
    if scan.present[indicator.id] != "true":
        steps.append(f"when not ({scan.present[indicator.id]}) then {absent}")
    raw = scan.value[indicator.id]
    steps.append(f"when {raw} is null then 3")
    whole = measure.is_whole(_measure(indicator, as_of), column_types(store, indicator.table))
    return f"cast(case {' '.join(steps)} else 0 end as tinyint)", raw, whole


def _value(name: str, whole: bool) -> str:
    plain = f"cast(q.m_{name} as double)"
    value = plain if whole else f"round9({plain})"
    return f"case when q.c_{name} = 0 then {value} when q.c_{name} = 1 then cast(0 as double) end"
