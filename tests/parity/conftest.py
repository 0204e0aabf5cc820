"""The two engines, the content and the made-up world, each made once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pytest

from tests.parity import world
from tests.parity.both import Both
from tests.spark import spark_engine
from yuheng.content import ContentStore
from yuheng.lake import connect
from yuheng.library import register_codes, register_rows
from yuheng.library.build import day_param, inputs_of
from yuheng.library.graph import run as run_graph
from yuheng.library.shape import RESULTS

GRADES = pa.table(
    [list(range(100)), ["enterprise"] * 100, [*"ABCD"] * 25, [date(2025, 5, 31)] * 100, ["m"] * 100],
    schema=RESULTS["grade_released"],
)


@pytest.fixture(scope="session")
def store() -> ContentStore:
    """The content as shipped."""
    return ContentStore.load()


@pytest.fixture(scope="session")
def both(store: ContentStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """DuckDB and Spark with the content's macros."""
    spark = spark_engine(store.macros, tmp_path_factory.mktemp("spark"))
    pair = Both(connect(macros=store.macros, threads=1, memory="1GB"), spark)
    yield pair
    pair.duck.close()
    pair.spark.close()


@dataclass
class Derived:
    """The world on both engines, and its derived tables as they come to be needed."""

    both: Both
    store: ContentStore
    versions: Mapping[str, pa.Table]
    _built: dict[str, pa.Table] = field(default_factory=dict)

    def build(self, name: str) -> pa.Table:
        """Builds a derived table, after those it reads, on each engine from that engine's own tables."""
        if name in self._built:
            return self._built[name]
        table = self.store.derived[name]
        for needed in sorted(inputs_of(table) & self.store.derived.keys()):
            self.build(needed)
        sql = table.sql
        if table.method != "sql":
            edges = self.both.agree(sql, params=day_param(sql, world.AS_OF))
            self.both.register(f"{name}__graph", run_graph(table.method, edges, path=table.path))
            sql = f"select * from {name}__graph"
        columns = ", ".join(f"cast({c.name} as {c.type}) as {c.name}" for c in table.columns.values())
        text = f"select {columns} from ({sql}) q"
        self.both.define(name, text, params=day_param(text, world.AS_OF), materialise=True)
        self._built[name] = self.both.agree(f"select * from {name}")
        return self._built[name]


@pytest.fixture(scope="session")
def derived(both: Both, store: ContentStore) -> Derived:
    """The world's standard tables and the code lists, readable on both engines."""
    versions = world.rows(store)
    codes = frozenset().union(*(inputs_of(t) for t in store.derived.values())) & store.code_lists.keys()
    for engine in (both.duck, both.spark):
        register_rows(engine, store, versions, world.AS_OF)
        register_codes(engine, store, codes)
        engine.register("grade_released", GRADES)
    return Derived(both, store, versions)
