"""One firm's tables in memory and the statements that rate it: the same SQL as the monthly run, planned once.

DuckDB plans a statement anew at each call unless it was prepared with the optimizer off; planning is what takes time
for one firm, so the rating's own statements run unoptimised on the few rows of the firm, and only the look-ups in the
store are optimised. All rows of a firm live in a transaction that is rolled back, so the tables are empty for the next.
What an event cannot touch is not computed again but taken from the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.errors import LakeError
from yuheng.indicator import compile_plan
from yuheng.lake.text import Compiler
from yuheng.library import as_of_select
from yuheng.library.asof import VERSIONS
from yuheng.library.build import day_param
from yuheng.library.shape import derived_schema
from yuheng.pipeline.live_flow import Dirty, Flow
from yuheng.pipeline.live_store import CODE, FIRM, RATED, SILENT, STAMP, Parts, parts_of
from yuheng.pipeline.scoring import NATIONAL, SPINE
from yuheng.sql import identifier, literal

Cells = dict[str, tuple[float | None, int]]
"""Indicator -> (value, case)."""
Row = dict[str, Any]
LOOKING_UP = ("filter_pushdown", "unused_columns", "column_lifetime", "row_group_pruner")
"""The optimizers that matter for finding one firm's rows; the others only take time."""
_KNOWN = "source, source_key"


@dataclass(frozen=True)
class Now:
    """The firm whose rows are in the tables."""

    ent_id: int
    held: int
    events: Mapping[str, pa.Table]
    loaded: set[str] = field(default_factory=set)


class LiveSession:
    """A connection with one firm's tables, all empty until `firm`. Not for several threads at once."""

    def __init__(self, path: Path, store: ContentStore, as_of: date) -> None:
        self._store = store
        self._as_of = as_of
        self._compile = Compiler("duckdb", store.macros)
        self.parts: Parts = parts_of(store)
        self._bits = {name: place for place, name in enumerate(self.parts.by_firm)}
        self._con = _connect(path)
        self._groups: dict[str, list[str]] = {}
        self._tables()
        row = self._con.execute(f"select is_current from live.{STAMP}").fetchone()
        self.current = bool(row and row[0])
        """The stored values follow from the stored records, so that only what an event touches is computed."""
        self._now = Now(0, 0, {})
        self._flow = Flow(store, self.parts)

    def _tables(self) -> None:
        """Empty tables for what a firm has, whole ones for code lists and small features."""
        store = self._store
        for name in self.parts.standard:
            self._make(name, self.parts.schemas[name])
            self._make(f"new_{name}", self.parts.schemas[name])
        for name in (*self.parts.features, *self.parts.rebuilt):
            self._make(name, derived_schema(store.derived[name]))
        for name in self.parts.whole:
            self._con.execute(f"create table {name} as select * from live.{name}")
        for name in self.parts.codes:
            self.keep(name, store.code_lists[name])

    def _make(self, name: str, schema: pa.Schema) -> None:
        self.keep(name, schema.empty_table())

    def keep(self, name: str, rows: pa.Table) -> None:
        """Makes a table of these rows that stays for all firms."""
        self._con.register("live_rows", rows)
        self._con.execute(f"create table {identifier(name)} as select * from live_rows")
        self._con.unregister("live_rows")

    def define(self, name: str, sql: str) -> None:
        """Makes a view for all firms; :as_of in `sql` is the session's day."""
        self._con.execute(f"create view {name} as {self._compile(sql, day_param(sql, self._as_of))}")

    def prepare(self, queries: Mapping[str, str]) -> None:
        """Plans the values and `queries` (name -> SQL) once. Last: a table or view made later undoes the plans."""
        silent = [str(row[0]) for row in self._con.execute(f"select id from live.{SILENT}").fetchall()]
        self._con.execute("set enable_optimizer = false")
        for name in self.parts.rebuilt:
            self._prepare(f"make_{name}", self._store.derived[name].sql, into=name)
        for item in self._store.indicators.values():
            self._groups.setdefault(item.table, []).append(item.id)
        for table, ids in self._groups.items():
            plan = compile_plan(self._store, self._as_of, silent=silent, only=ids)
            self._flow.add_group(table, plan)
            self._prepare(f"values_of_{table}", plan.inline())
        for name, sql in queries.items():
            self._prepare(name, sql)
        self._con.execute("set enable_optimizer = true")

    def _prepare(self, name: str, sql: str, *, into: str = "") -> None:
        text = self._compile(sql, day_param(sql, self._as_of))
        target = f"insert into {into} by name " if into else ""
        self._con.execute(f"prepare {name} as {target}{text}")

    @contextmanager
    def firm(self, ent_id: int, held: int, events: Mapping[str, pa.Table]) -> Iterator[None]:
        """The firm's rows, with new events, readable for the time of the block."""
        self._con.execute("begin")
        self._con.execute("set enable_optimizer = false")
        self._now = Now(ent_id, held, events)
        try:
            yield
        except duckdb.Error as error:
            raise LakeError(f"re-rating firm {ent_id} failed: {error}", todo="Compare the event's values.") from error
        finally:
            self._con.execute("rollback")
            self._con.execute("set enable_optimizer = true")

    @contextmanager
    def _looking_up(self) -> Iterator[None]:
        self._con.execute("set enable_optimizer = true")
        yield
        self._con.execute("set enable_optimizer = false")

    def _load(self, names: Iterable[str]) -> None:
        """Puts the firm's rows into those of the tables that are not loaded yet."""
        now = self._now
        todo = [n for n in names if n in self._bits and n not in now.loaded]
        now.loaded.update(todo)
        todo = [n for n in todo if n in now.events or now.held >> self._bits[n] & 1]
        if not todo:
            return
        with self._looking_up():
            for name in todo:
                if name in now.events:
                    self._load_changed(name, now.ent_id, now.events[name])
                else:
                    self._con.execute(f"insert into {name} {self._kept(name, f'ent_id = {now.ent_id}')}")

    def _kept(self, name: str, where: str) -> str:
        rows = f"select * from live.{name} where {where}"
        if name not in self.parts.standard:
            return rows
        return f"with {identifier(name + VERSIONS)} as ({rows}) {as_of_select(name, self._as_of)}"

    def _load_changed(self, name: str, ent_id: int, events: pa.Table) -> None:
        """The firm's versions with the new ones in their place, read as of the day."""
        names = self.parts.schemas[name].names
        self._insert(f"new_{name}", [list(row.values()) for row in events.select(names).to_pylist()])
        versions = identifier(name + VERSIONS)
        sql = f"with {versions} as ({_versions(name, ent_id, names)}) {as_of_select(name, self._as_of)}"
        self._con.execute(f"insert into {name} {sql}")

    def _insert(self, name: str, rows: Sequence[Sequence[object]]) -> None:
        marks = ", ".join("?" for _ in rows[0])
        self._con.executemany(f"insert into {name} values ({marks})", rows)

    def values(self, before: Cells | None = None) -> Cells | None:
        """Value and case of every indicator of the firm; None when no grading rates it. Only within `firm`.

        With `before`, the firm's values without the events, only what the events touch is computed.
        """
        if before is None:
            self._load([*self.parts.standard, *self.parts.features])
            for name in self.parts.rebuilt:
                self._make_rows(name)
            todo = list(self._groups)
        else:
            dirty = self._dirty()
            todo = [table for table in self._groups if self._flow.touches_group(table, dirty)]
            self._load([*todo, SPINE, NATIONAL])
        cells = dict(before or {})
        for table in todo:
            row = self._con.execute(f"execute values_of_{table}").fetchone()
            if row is None:
                return None
            cells |= {name: (row[2 * k + 1], row[2 * k + 2]) for k, name in enumerate(self._groups[table])}
        return {name: cells[name] for name in self._store.indicators}

    def _make_rows(self, name: str) -> None:
        self._con.execute(f"execute make_{name}")
        self._now.loaded.add(name)

    def _dirty(self) -> Dirty:
        """The tables in which the firm's rows are others than in the store; derived ones are made again."""
        dirty: Dirty = dict.fromkeys(self._now.events)
        for name in self.parts.rebuilt:
            if self._flow.touches_table(name, dirty):
                self._load(self._flow.inputs[name])
                self._make_rows(name)
                changed = self._difference(name)
                if changed is None or changed:
                    dirty[name] = changed
        return dirty

    def _difference(self, name: str) -> frozenset[str] | None:
        """Columns in which the firm's one row of a made table differs from the stored; None for more or fewer rows."""
        mine = self._con.execute(f"select * from {name}").fetchall()
        with self._looking_up():
            found = self._con.execute(f"select * from live.{name} where ent_id = {self._now.ent_id}")
            theirs, columns = found.fetchall(), [str(d[0]) for d in found.description or ()]
        if len(mine) == len(theirs) == 1:
            return frozenset(c for c, a, b in zip(columns, mine[0], theirs[0], strict=True) if a != b)
        return frozenset() if Counter(mine) == Counter(theirs) else None

    def run(self, name: str) -> Row | None:
        """The one row of a prepared statement. Only within `firm`."""
        return self._row(f"execute {name}")

    def copy(self, name: str, source: str, ent_id: int) -> None:
        """Puts the firm's rows of a kept table into its table for one firm. Only within `firm`."""
        with self._looking_up():
            self._con.execute(f"insert into {name} select * from {source} where ent_id = {int(ent_id)}")

    def stored(self, ent_id: int) -> tuple[Cells, Row | None]:
        """The firm's values and its row of grades in the store; empty and None when it was not rated."""
        row = self._row(f"select * from live.{RATED} where ent_id = {int(ent_id)}")
        if row is None:
            return {}, None
        values, cases, points = (row.pop(f"{name}_all") for name in ("values", "cases", "points"))
        ids = list(self._store.indicators)
        cells = dict(zip(ids, zip(values, cases, strict=True), strict=True))
        names = list(row)
        at = names.index("grading") + 1
        head, tail = ({n: row[n] for n in part} for part in (names[:at], names[at:]))
        return cells, head | dict(zip((f"p_{i}" for i in ids), points, strict=True)) | tail

    def find(self, key: int | str) -> tuple[int, int] | None:
        """(ent_id, tables it has rows in) by its number or credit code."""
        ent_id = key if isinstance(key, int) else None
        if isinstance(key, str):
            sql = f"select ent_id from live.{CODE} where uscc = ? order by ent_id limit 1"
            row = self._con.execute(sql, [key.strip().upper()]).fetchone()
            ent_id = None if row is None else int(row[0])
        row = self._con.execute(f"select held from live.{FIRM} where ent_id = ?", [ent_id]).fetchone()
        return None if ent_id is None or row is None else (ent_id, int(row[0]))

    def scores(self, grading: str) -> pa.Table:
        """The scores of a grading in the store, rising: one column `score`."""
        sql = f"select score from live.{RATED} where grading = {literal(grading)} and score is not null order by score"
        return self._con.sql(sql).to_arrow_table()

    def models(self) -> dict[str, str]:
        """Grading -> version of the model its stored grades come from."""
        rows = self._con.execute(f"select grading, max(model_version) from live.{RATED} group by grading").fetchall()
        return {str(g): str(v) for g, v in rows}

    def close(self) -> None:
        """Closes the store."""
        self._con.close()

    def _row(self, sql: str) -> Row | None:
        found = self._con.execute(sql)
        names = [str(d[0]) for d in found.description or ()]
        row = found.fetchone()
        return None if row is None else dict(zip(names, row, strict=True))


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        con = duckdb.connect(config=config)
        con.execute("set enable_progress_bar = false")
        listed = [str(row[0]) for row in con.execute("select name from duckdb_optimizers()").fetchall()]
        con.execute(f"set disabled_optimizers = '{','.join(n for n in listed if n not in LOOKING_UP)}'")
        con.execute(f"attach {literal(str(path))} as live (read_only)")
    except duckdb.Error as error:
        raise LakeError(f"{path} cannot be read: {error}", todo="Delete it; it is written anew.") from error
    return con


def _versions(name: str, ent_id: int, names: Sequence[str]) -> str:
    """The firm's versions after the events arrived, by the rules of intake: per record and day the new row stands,
    and a version ends where the next begins."""
    listed = ", ".join(identifier(n) for n in names)
    both = (
        f"select {listed}, 0 as is_new from live.{name} where ent_id = {int(ent_id)} "
        f"union all select {listed}, 1 from new_{name}"
    )
    last = f"row_number() over (partition by {_KNOWN}, known_from order by is_new desc, src_file desc, src_row desc)"
    standing = f"select * from ({both}) a qualify {last} = 1"
    following = f"lead(known_from) over (partition by {_KNOWN} order by known_from)"
    ends = f"least(known_to, coalesce({following}, known_to))"
    return f"select {listed} from (select * replace ({ends} as known_to) from ({standing}) b) c"
