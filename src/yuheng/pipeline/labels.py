"""Which firms had a violation after a day: the label of training and of the back-test."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from yuheng.content.schema import Label
from yuheng.lake import Engine
from yuheng.library import standard_schema
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import label_sql, label_tables


def label_rows(ws: Workspace, label: Label, firms: pa.Table, *, as_of: date, known_at: date | None = None) -> pa.Table:
    """ent_id, y, weight, reasons of `firms` (ent_id): events in the months after `as_of`, as known on `known_at`.

    Runs in a session of its own: here a table's name means all its versions, not its as-of view.
    """
    with ws.engine() as engine:
        register_versions(ws, engine, label)
        engine.register("labelled_firm", firms.select(["ent_id"]))
        return engine.query(label_sql(label, "labelled_firm", as_of=as_of, known_at=known_at))


def register_versions(ws: Workspace, engine: Engine, label: Label) -> None:
    """Makes all versions of the label's tables readable under their plain names."""
    for name in label_tables(label):
        engine.scan(name, ws.lake.table("standard", name).files(), standard_schema(ws.store.standard[name]))
