"""Writing one month of a table.

The engine writes files into the table's staging place, one commit makes them the slice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date

import pyarrow as pa

from yuheng.lake import Engine, LakeTable, Lease
from yuheng.sql import Scalar

Leases = Callable[[str], AbstractContextManager[Lease]]
"""Gives the lease of a table name (`derived/ent_base`) for the time of one commit."""


class NoLease:
    """The lease of a single process that owns its lake, such as a test."""

    def check(self) -> None:
        """Always held."""


def no_leases(_name: str) -> AbstractContextManager[Lease]:
    """Leases of a lake with one writer by construction."""
    return nullcontext(NoLease())


def write_slice(
    engine: Engine,
    table: LakeTable,
    sql: str,
    as_of: date,
    *,
    schema: pa.Schema,
    order_by: Sequence[str] = (),
    shown: str = "*",
    in_order: bool = False,
    app_version: int,
    leases: Leases = no_leases,
    params: Mapping[str, Scalar] | None = None,
) -> int:
    """Replaces the slice `as_of` of `table` by the rows of `sql` (`order_by`, `shown`, `in_order`: see `Engine.write`).

    Returns the lake version. A crash before the commit leaves no trace.
    """
    name = f"{table.layer}/{table.name}"
    with leases(name) as lease:
        based_on = table.version()
        directory = table.staging(f"slice={as_of.isoformat()}")
        files = engine.write(sql, directory, params=params, order_by=order_by, shown=shown, in_order=in_order)
        return table.replace(
            files,
            schema=schema,
            slice=as_of.isoformat(),
            app_id=app_id(as_of),
            app_version=app_version,
            lease=lease,
            based_on=based_on,
        )


def app_id(as_of: date) -> str:
    """The transaction name under which a slice records the digest of what it was made from."""
    return f"slice={as_of.isoformat()}"
