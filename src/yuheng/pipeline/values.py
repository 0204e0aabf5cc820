"""Derived tables and indicator values as of a day, made only where something changed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from yuheng import indicator, library
from yuheng.content import ContentStore
from yuheng.errors import DataError
from yuheng.indicator import compile_plan, tables_of, value_schema
from yuheng.lake import Engine, Lake, LakeTable
from yuheng.library.slices import app_id
from yuheng.pipeline.progress import Progress, silent, within
from yuheng.pipeline.sources import silent_indicators
from yuheng.pipeline.workspace import Workspace


@dataclass(frozen=True)
class Valued:
    """The values of one day: how many firms, their stamp, and whether they stood there already."""

    as_of: date
    firms: int
    stamp: int
    skipped: bool


def value_table(lake: Lake) -> LakeTable:
    """Where values are kept."""
    return lake.table(indicator.LAYER, indicator.TABLE)


def ensure_values(ws: Workspace, engine: Engine, as_of: date, *, progress: Progress = silent) -> Valued:
    """Builds the derived tables and the values as of `as_of`; leaves what is up to date as it is.

    Afterwards every table the indicators read, and `indicator_value`, can be read on `engine`.
    Raises DataError when no registration is known by that day.
    """
    library.build(engine, ws.lake, ws.store, as_of, leases=ws.lease, progress=within(progress, "专题数据"))
    indicator.register(engine, ws.lake, ws.store, as_of)
    silent = silent_indicators(ws, engine, as_of)
    stamp = stamp_of(ws.store, ws.lake, as_of, silent)
    table = value_table(ws.lake)
    skipped = table.landed(app_id(as_of)) == stamp
    if not skipped:
        indicator.write_values(
            engine,
            ws.lake,
            ws.store,
            as_of,
            stamp=stamp,
            silent=silent,
            leases=ws.lease,
            progress=within(progress, "指标"),
        )
    register_values(engine, ws.lake, ws.store, as_of)
    return Valued(as_of, table.rows(slice=as_of.isoformat()), stamp, skipped)


def register_values(engine: Engine, lake: Lake, store: ContentStore, as_of: date) -> None:
    """Makes the values of a day readable as `indicator_value`. Raises DataError when they were never computed."""
    table = value_table(lake)
    files = table.files(slice=as_of.isoformat())
    if not files:
        raise DataError(
            f"no indicator values as of {as_of.isoformat()}",
            todo=f"Run `yuheng rate --as-of {as_of.isoformat()}` first.",
        )
    engine.scan(indicator.TABLE, files, value_schema(store))


def stamp_of(store: ContentStore, lake: Lake, as_of: date, silent: Collection[str]) -> int:
    """A number that changes whenever a value may: the plan, the versions of tables, the digests of derived ones."""
    parts = [str(compile_plan(store, as_of, silent=silent).digest)]
    for name in tables_of(store):
        if name in store.derived:
            parts.append(f"{name}@{lake.table('derived', name).landed(app_id(as_of))}")
        else:
            parts.append(f"{name}@{lake.table('standard', name).version()}")
    return int(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:15], 16)
