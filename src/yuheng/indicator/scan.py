"""One table read once for all its indicators: the value and the case of each, for the firms that have rows.

Rounding and case decisions happen here, over the firms a table knows; joining to the spine then only fills in what an
absent firm gets. Most firms are absent from most tables, so this is where the work is least.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from yuheng.content import ContentStore
from yuheng.content.schema import Indicator
from yuheng.errors import ContentError
from yuheng.indicator import measure

SPINE = "ent_base"


@dataclass(frozen=True)
class Scan:
    """`sql` gives ent_id and v_<id>, c_<id> of every indicator on `table`, for the firms that have rows there.

    The spine itself is not read again (`sql` is empty): `value` and `case` are then expressions over `b`.
    A case here is 0 (valued), 3 (null) or what an absent firm gets; a firm missing from the result is absent.
    """

    table: str
    name: str
    sql: str
    value: Mapping[str, str]
    case: Mapping[str, str]


def absent(indicator: Indicator) -> int:
    """The case of a firm without rows: 1 = zero, 2 = missing."""
    return 1 if indicator.absent == "zero" else 2


def column_types(store: ContentStore, table: str) -> dict[str, str]:
    """Column name -> declared type. Raises ContentError for an unknown table."""
    if table in store.derived:
        return {c.name: c.type for c in store.derived[table].columns.values()}
    if table in store.standard:
        return {c.name: c.type for c in store.standard[table].columns}
    raise ContentError(
        f"no table {table!r} in standard/ or derived/", path="indicators", todo="Correct the indicator's `table`."
    )


def scan_of(store: ContentStore, table: str, group: Sequence[Indicator], as_of: date) -> Scan:
    """The scan of `table` for the indicators of `group`. Raises ContentError for an unknown table."""
    types = column_types(store, table)
    one_row = table in store.derived and store.derived[table].keys == ["ent_id"]
    plain = {i.id: measure.single_row(bound_measure(i, as_of)) for i in group}
    if one_row and all(tree is not None for tree in plain.values()):
        trees = {name: tree for name, tree in plain.items() if tree is not None}
        return _row_scan(table, group, as_of, trees, types)
    return _grouped_scan(table, group, as_of, types)


def bound_measure(indicator: Indicator, as_of: date, alias: str = "t") -> exp.Expr:
    """The measure's syntax tree with the day put in."""
    return measure.bound(indicator.measure, as_of, origin=f"indicator {indicator.id}", alias=alias)


def _row_scan(
    table: str, group: Sequence[Indicator], as_of: date, plain: Mapping[str, exp.Expr], types: Mapping[str, str]
) -> Scan:
    """A table with one row per firm: no aggregation is needed."""
    name = "b" if table == SPINE else f"r_{table}"
    alias = "b" if table == SPINE else "t"
    value, case = {}, {}
    for i in group:
        where = measure.condition(i, as_of)
        test = _renamed(where, alias) if where is not None else ""
        whole = measure.is_whole(bound_measure(i, as_of), types)
        value[i.id] = _value(_renamed(plain[i.id], alias), test, i, whole)
        case[i.id] = _case(_renamed(plain[i.id], alias), test, i, sure=False)
    if table == SPINE:
        return Scan(table, name, "", value, case)
    columns = _columns(group, value, case)
    sql = f"select t.ent_id,\n  {columns}\nfrom {table} t where t.ent_id is not null"
    return Scan(table, name, sql, value, case)


def _renamed(tree: exp.Expr, alias: str) -> str:
    def replace(node: exp.Expr) -> exp.Expr:
        return exp.column(node.name, table=alias) if isinstance(node, exp.Column) else node

    return tree.transform(replace).sql("duckdb")


def _grouped_scan(table: str, group: Sequence[Indicator], as_of: date, types: Mapping[str, str]) -> Scan:
    """One pass: the rows any indicator wants, then each aggregate with its own filter.

    Equal filters share one row count; where all filters are equal, a firm in the result has rows.
    """
    where = {i.id: measure.condition(i, as_of) for i in group}
    texts = {i.id: "" if (w := where[i.id]) is None else w.sql("duckdb") for i in group}
    distinct = sorted(set(texts.values()))
    shared = len(distinct) == 1
    count = {text: f"n_{k}" for k, text in enumerate(distinct)}
    inner, value, case = [], {}, {}
    for i in group:
        tree = bound_measure(i, as_of)
        inner.append(f"{measure.filtered(tree, None if shared else where[i.id]).sql('duckdb')} as m_{i.id}")
        test = "" if shared else f"t.{count[texts[i.id]]} > 0"
        value[i.id] = _value(f"t.m_{i.id}", test, i, measure.is_whole(tree, types))
        case[i.id] = _case(f"t.m_{i.id}", test, i, sure=measure.never_null(tree))
    if not shared:
        inner += [f"count(*){f' filter (where {t})' if t else ''} as {count[t]}" for t in distinct]
    wanted = "" if "" in distinct else " and (" + " or ".join(f"({text})" for text in distinct) + ")"
    rows = f"select t.ent_id, {', '.join(inner)} from {table} t where t.ent_id is not null{wanted} group by t.ent_id"
    sql = f"select t.ent_id,\n  {_columns(group, value, case)}\nfrom ({rows}) t"
    return Scan(table, f"a_{table}", sql, value, case)


def _columns(group: Sequence[Indicator], value: Mapping[str, str], case: Mapping[str, str]) -> str:
    return ",\n  ".join(f"{value[i.id]} as v_{i.id}, {case[i.id]} as c_{i.id}" for i in group)


def _value(raw: str, test: str, indicator: Indicator, whole: bool) -> str:
    plain = f"cast({raw} as double)"
    value = plain if whole else f"round9({plain})"
    if not test:
        return value
    nothing = "cast(0 as double)" if absent(indicator) == 1 else "cast(null as double)"
    return f"case when {test} then {value} else {nothing} end"


def _case(raw: str, test: str, indicator: Indicator, *, sure: bool) -> str:
    """`sure`: the measure is never null where there are rows."""
    steps = f"when not coalesce({test}, false) then {absent(indicator)} " if test else ""
    steps += "" if sure else f"when {raw} is null then 3 "
    return f"cast({f'case {steps}else 0 end' if steps else '0'} as tinyint)"
