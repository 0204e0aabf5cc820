"""Experts' cases: rows in, value, case and points out. All cases of a day run in one world, each firm its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from yuheng.content import ContentStore, yamlfile
from yuheng.content.schema import Id, IndicatorCase
from yuheng.errors import ContentError
from yuheng.indicator.compiler import compile_plan
from yuheng.indicator.points import CASES, points_of
from yuheng.indicator.scan import SPINE
from yuheng.lake import Engine
from yuheng.library import build_order, register_codes, register_rows
from yuheng.library.build import closure, day_param, inputs_of
from yuheng.library.graph import run as run_graph
from yuheng.library.shape import RESULTS, derived_schema, standard_schema

Cell = str | int | float | date | None
Row = dict[Id, Cell]
FOLDER = "indicators/tests"
_SYSTEM: Mapping[str, Cell] = {
    "known_to": date(9999, 12, 31),
    "op": "upsert",
    "source": "S-TEST",
    "link_basis": "USCC",
    "known_basis": "SOURCE_DATE",
    "is_simulated": 0,
    "batch_id": "case",
    "src_file": "case",
    "src_row": 1,
    "row_hash": 0,
}
"""System columns of a given row that says nothing else."""
SPACING = 1000
"""Firms of one case: ent_id 0 (the firm judged) to 999, moved to case number x 1,000."""


@dataclass(frozen=True)
class CaseResult:
    """What a case expected and what came out; `passed` compares value, case and points."""

    path: str
    line: int
    case: IndicatorCase
    value: float | None
    found: str
    points: int | None

    @property
    def passed(self) -> bool:
        """True when value (to nine digits), case and points are as expected."""
        expected = self.case
        same = expected.value == self.value or (
            expected.value is not None and self.value is not None and abs(expected.value - self.value) < 1e-8
        )
        return same and expected.case == self.found and expected.points == self.points

    def __str__(self) -> str:
        """One line for people: where, what was expected, what came out."""
        wanted = f"{self.case.case} {self.case.value} → {self.case.points}"
        found = f"{self.found} {self.value} → {self.points}"
        return f"{self.path}:{self.line}: {self.case.indicator}: {self.case.name}: {wanted}; {found}"


@dataclass
class _Case:
    path: str
    line: int
    case: IndicatorCase
    firm: Row
    number: int


@dataclass
class _World:
    """The rows of one day: standard tables, derived rows given directly, and the firms of each."""

    standard: dict[str, list[Row]] = field(default_factory=dict)
    derived: dict[str, list[Row]] = field(default_factory=dict)


def read_cases(store: ContentStore) -> list[tuple[str, int, IndicatorCase, Row]]:
    """(file, line, case, default firm) of every case in indicators/tests. Raises ContentError at a malformed one."""
    out: list[tuple[str, int, IndicatorCase, Row]] = []
    for path in sorted(p for p in store.files.data if p.startswith(f"{FOLDER}/") and p.endswith(".yaml")):
        document = yamlfile.parse(store.files.text(path), path)
        if not isinstance(document.value, dict):
            raise ContentError("a file of cases has the keys firm and cases", path=path, line=1)
        firm, cases = document.value.get("firm", {}), document.value.get("cases", [])
        assert isinstance(firm, dict)
        assert isinstance(cases, list)
        for number in range(len(cases)):
            case, problems = yamlfile.load(IndicatorCase, document, ("cases", number))
            line = document.line(("cases", number))
            if case is None:
                raise ContentError("; ".join(p.message for p in problems), path=path, line=line)
            if case.indicator not in store.indicators:
                raise ContentError(f"no indicator {case.indicator!r}", path=path, line=line)
            out.append((path, line, case, {str(k): v for k, v in firm.items() if not isinstance(v, list | dict)}))
    return out


def run(store: ContentStore, engine: Engine, *, only: Collection[str] | None = None) -> list[CaseResult]:
    """Runs the cases (of the indicators in `only`) and returns each result, in the order of the files."""
    cases = [
        _Case(path, line, case, firm | case.firm, number)
        for number, (path, line, case, firm) in enumerate(read_cases(store), 1)
        if only is None or case.indicator in only
    ]
    results: dict[int, CaseResult] = {}
    needs = {name: inputs_of(store.derived[name]) for name in build_order(store)}
    for day, connected in sorted({(c.case.as_of, c.case.connected) for c in cases}):
        batch = [c for c in cases if (c.case.as_of, c.case.connected) == (day, connected)]
        _prepare(store, engine, batch, day, needs)
        regions: Mapping[str, Sequence[str]] = (
            {i.source[0]: [""] for i in store.indicators.values()} if connected else {}
        )
        chosen = {c.case.indicator for c in batch}
        answer = engine.query(compile_plan(store, day, population="true", connected=regions, only=chosen).inline())
        rows = {ent_id: row for row, ent_id in enumerate(answer["ent_id"].to_pylist())}
        columns = {name: answer[name].to_pylist() for name in answer.column_names}
        for c in batch:
            results[c.number] = _result(store, c, rows, columns)
    return [results[c.number] for c in cases]


def _result(
    store: ContentStore, c: _Case, rows: Mapping[int, int], columns: Mapping[str, Sequence[float | int | None]]
) -> CaseResult:
    row = rows.get(c.number * SPACING)
    if row is None:
        return CaseResult(c.path, c.line, c.case, None, "not_in_population", None)
    value = columns[f"v_{c.case.indicator}"][row]
    found = CASES[int(columns[f"c_{c.case.indicator}"][row] or 0)]
    points = points_of(store.indicators[c.case.indicator], value, found)
    return CaseResult(c.path, c.line, c.case, value, found, points)


def _prepare(
    store: ContentStore, engine: Engine, batch: Sequence[_Case], day: date, needs: Mapping[str, frozenset[str]]
) -> None:
    """Registers the standard rows, builds the derived tables the batch reads, and puts rows given directly in place.

    `needs` holds the inputs of every derived table, in the order of building.
    """
    world = _World()
    for c in batch:
        _place(store, world, c)
    tables = {name: _standard(store, name, rows) for name, rows in world.standard.items()}
    register_rows(engine, store, tables, day)
    read = {SPINE} | {store.indicators[c.case.indicator].table for c in batch}
    wanted = closure(read & needs.keys(), {n: needs[n] & store.derived.keys() for n in needs})
    register_codes(engine, store, {code for n in wanted for code in needs[n] & store.code_lists.keys()})
    for name in RESULTS:
        given = world.standard.get(name)
        engine.register(name, _typed(given, RESULTS[name]) if given else RESULTS[name].empty_table())
    for name in needs:
        if name in wanted:
            _derive(store, engine, name, world.derived.get(name, []), day)


def _place(store: ContentStore, world: _World, c: _Case) -> None:
    base = c.number * SPACING
    for table, rows in c.case.given.items():
        if table not in store.standard and table not in store.derived and table not in RESULTS:
            raise ContentError(f"given: no table {table!r}", path=c.path, line=c.line)
        target = world.derived if table in store.derived else world.standard
        for number, row in enumerate(rows):
            full: Row = dict(row)
            if table not in store.derived or "ent_id" in store.derived[table].columns:
                full["ent_id"] = base + int(str(row.get("ent_id", 0)))
            if table in store.standard:
                full.setdefault("source_key", f"{number}")
                full["source_key"] = f"{c.number}-{full['source_key']}"
            target.setdefault(table, []).append(full)
    computed = {int(str(r.get("ent_id", 0))) for r in c.case.given.get("ent_registration", [])}
    if 0 not in computed and SPINE not in c.case.given:
        world.derived.setdefault(SPINE, []).append({**c.firm, "ent_id": base})


def _standard(store: ContentStore, name: str, rows: Sequence[Row]) -> pa.Table:
    declared = store.standard.get(name)
    if declared is None:
        return _typed(rows, RESULTS[name])
    full = []
    for row in rows:
        happened = row.get("event_date", row.get(declared.event_date))
        full.append({**_SYSTEM, "event_date": happened, "known_from": happened, **row})
    return _typed(full, standard_schema(declared))


def _typed(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    unknown = {name for row in rows for name in row} - set(schema.names)
    if unknown:
        raise ContentError(f"given: unknown columns {sorted(unknown)}", path=FOLDER)
    columns = [_column([row.get(f.name) for row in rows], f.type) for f in schema]
    return pa.table(columns, schema=schema)


def _column(values: Sequence[Cell], kind: pa.DataType) -> pa.Array:
    if pa.types.is_decimal(kind):
        return pa.array([None if v is None else str(v) for v in values], pa.string()).cast(kind)
    if pa.types.is_string(kind):
        return pa.array([None if v is None else str(v) for v in values], kind)
    return pa.array(values).cast(kind) if any(v is not None for v in values) else pa.nulls(len(values), kind)


def _derive(store: ContentStore, engine: Engine, name: str, given: Sequence[Row], day: date) -> None:
    table = store.derived[name]
    schema = derived_schema(table)
    if table.method == "sql":
        engine.define(f"{name}__made", table.sql, params=day_param(table.sql, day))
    else:
        edges = engine.query(table.sql, params=day_param(table.sql, day))
        engine.register(f"{name}__made", run_graph(table.method, edges, path=table.path))
    columns = ", ".join(f"cast({c.name} as {c.type}) as {c.name}" for c in table.columns.values())
    firms = sorted({int(str(r["ent_id"])) for r in given}) if "ent_id" in table.columns else []
    engine.register(f"{name}__given", _typed(given, schema) if given else schema.empty_table())
    keep = f" where ent_id is null or ent_id not in (select ent_id from {name}__given)" if firms else ""
    sql = f"select {columns} from {name}__made{keep} union all select {', '.join(schema.names)} from {name}__given"
    engine.define(name, sql, materialise=True)
