"""Two engines that must agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from yuheng.lake import Engine
from yuheng.sql import Scalar

Params = Mapping[str, Scalar] | None


@dataclass(frozen=True)
class Both:
    """The embedded and the scale-out engine, given the same names."""

    duck: Engine
    spark: Engine

    def register(self, name: str, table: pa.Table) -> None:
        """The same rows on both."""
        for engine in (self.duck, self.spark):
            engine.register(name, table)

    def define(self, name: str, sql: str, *, params: Params = None, materialise: bool = False) -> None:
        """The same query on both."""
        for engine in (self.duck, self.spark):
            engine.define(name, sql, params=params, materialise=materialise)

    def agree(self, sql: str, *, params: Params = None) -> pa.Table:
        """The result, sorted by all columns; fails when the engines do not give the same columns, types and rows."""
        duck = _sorted(self.duck.query(sql, params=params))
        spark = _sorted(self.spark.query(sql, params=params))
        assert spark.schema == duck.schema
        assert spark.num_rows == duck.num_rows
        for name in duck.column_names:
            assert _differences(duck, spark, name) == [], f"column {name} differs: (row, duckdb, spark)"
        return duck


def _sorted(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in table.column_names]) if table.num_columns else table


def _differences(duck: pa.Table, spark: pa.Table, name: str) -> list[tuple[object, ...]]:
    if duck[name] == spark[name]:
        return []
    pairs = zip(duck.to_pylist(), duck[name].to_pylist(), spark[name].to_pylist(), strict=True)
    return [(row, a, b) for row, a, b in pairs if a != b][:3]
