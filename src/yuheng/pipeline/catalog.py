"""The catalogue: what tables there are, what is in them now, and where every column comes from."""

from __future__ import annotations

from datetime import date
from typing import Literal

from yuheng.content.libraryshape import COMMON, COMMON_ZH
from yuheng.content.schema import Column, Library
from yuheng.errors import DataError
from yuheng.library import Lineage, Node
from yuheng.pipeline.libraries import read_record
from yuheng.pipeline.workspace import Workspace

Entry = dict[str, object]
TableKind = Literal["library", "derived", "standard"]


def entries(ws: Workspace, kind: TableKind | None = None) -> list[Entry]:
    """One short entry per library, derived and standard table: id, kind, name, layer, rows, day, state."""
    newest = max((d for d in (_served(ws, x) for x in ws.store.libraries.values()) if d), default=None)
    made: list[Entry] = []
    if kind in (None, "library"):
        made += [_library(ws, library, newest) for library in ws.store.libraries.values()]
    if kind in (None, "derived"):
        made += [_plain(ws, "derived", t.name, t.name_zh) for t in ws.store.derived.values()]
    if kind in (None, "standard"):
        made += [_plain(ws, "standard", t.id, t.name_zh) for t in ws.store.standard.values()]
    return made


def pending(ws: Workspace) -> list[Entry]:
    """Libraries a later floor fills that hold no row yet, with the floor."""
    found = [_library(ws, library, None) for library in ws.store.libraries.values() if library.result_of]
    return [entry for entry in found if not entry["rows"]]


def show(ws: Workspace, name: str) -> Entry:
    """Everything the catalogue knows of a table: its declaration, columns, state and the result of its contract.

    Raises DataError for a name it does not have.
    """
    library = ws.store.libraries.get(name.upper())
    if library is not None:
        return _library(ws, library, None) | _declared(library) | {"record": read_record(ws, library.id)}
    if name in ws.store.derived:
        table = ws.store.derived[name]
        columns = [_column(c) for c in table.columns.values()]
        extra = {"description": table.description, "grain": table.grain, "keys": list(table.keys)}
        return _plain(ws, "derived", name, table.name_zh) | extra | {"inputs": list(table.inputs), "columns": columns}
    if name in ws.store.standard:
        standard = ws.store.standard[name]
        return _plain(ws, "standard", name, standard.name_zh) | {
            "database": standard.database,
            "event_date": standard.event_date,
            "columns": [_column(c) for c in standard.columns],
            "feeds": [f"{s.id}.{f.id}" for s in ws.store.sources.values() for f in s.feeds if f.table == name],
        }
    raise DataError(f"nothing in the catalogue is called {name!r}", todo="`yuheng catalog list` shows what there is.")


def databases(ws: Workspace) -> list[Entry]:
    """The 45 databases with owner, tables, rows now, and who fills those without a table."""
    return [
        {
            "id": d.id,
            "name_zh": d.name_zh,
            "owner": d.owner,
            "tables": list(d.tables),
            "rows": sum(ws.lake.table("standard", t).rows() for t in d.tables),
            "filled_by": d.filled_by,
        }
        for d in ws.store.databases.values()
    ]


def lineage_of(ws: Workspace) -> Lineage:
    """The lineage of the present content; worked out once per version, then read from the work folder."""
    found = Lineage(ws.store)
    path = ws.deployment.work / f"lineage-{ws.store.version}.json"
    if not found.load(path):
        found.save(path)
    return found


def lineage(ws: Workspace, name: str) -> Entry:
    """The way back of `ZT01.ent_name`, `ZT01`, `ent_base.org_form` or an indicator's id.

    `edges`: every step, `ends`: where each asked column ends. Raises DataError for an unknown name.
    """
    graph = lineage_of(ws)
    asked = graph.node(name)
    edges = {str(n): [str(p) for p in before] for n, before in graph.above(asked).items() if before}
    return {"asked": name, "ends": {_label(n): sorted(map(str, graph.ends(n))) for n in asked}, "edges": edges}


def export(ws: Workspace) -> Entry:
    """The whole catalogue for machines: tables, indicators, databases, and the lineage as edges."""
    graph = lineage_of(ws)
    store = ws.store
    tables = [show(ws, str(entry["id"])) for entry in entries(ws)]
    indicators = [
        {"id": i.id, "name_zh": i.name_zh, "table": i.table, "measure": i.measure, "source": list(i.source)}
        for i in store.indicators.values()
    ]
    edges = {str(n): [str(p) for p in before] for n, before in graph.above(graph.all_nodes()).items() if before}
    return {
        "content_version": store.version,
        "databases": databases(ws),
        "tables": tables,
        "indicators": indicators,
        "lineage": edges,
    }


def _label(node: Node) -> str:
    return node.column or node.table


def _served(ws: Workspace, library: Library) -> date | None:
    days = ws.lake.table("library", library.table).slices()
    return date.fromisoformat(days[-1]) if days else None


def _library(ws: Workspace, library: Library, newest: date | None) -> Entry:
    table = ws.lake.table("library", library.table)
    served = _served(ws, library)
    rows = table.rows(slice=served.isoformat()) if served else 0
    return {
        "id": library.id,
        "kind": "library",
        "name_zh": library.name_zh,
        "name_en": library.name_en,
        "domain": library.domain,
        "rows": rows,
        "as_of": served.isoformat() if served else None,
        "state": _state(ws, library, served, newest),
        "filled_by": library.result_of,
    }


def _state(ws: Workspace, library: Library, served: date | None, newest: date | None) -> str:
    """pending, missing, stopped (its contract failed at the last build), late, or good."""
    if library.result_of and served is None:
        return "pending"
    record = read_record(ws, library.id)
    if record.get("state") in ("stopped", "waiting"):
        return str(record["state"])
    if served is None:
        return "empty" if record.get("state") in ("built", "unchanged") else "missing"
    behind = (newest - served).days if newest else 0
    return "late" if behind > library.freshness_days else "good"


def _plain(ws: Workspace, layer: TableKind, name: str, name_zh: str) -> Entry:
    table = ws.lake.table(layer, name)
    days = table.slices() if table.exists() else []
    day = days[-1] if days and layer == "derived" else None
    rows = table.rows(slice=day) if table.exists() else 0
    state = "good" if table.exists() else "missing"
    return {"id": name, "kind": layer, "name_zh": name_zh, "rows": rows, "as_of": day, "state": state}


def _declared(library: Library) -> Entry:
    own = [_column(c) for c in library.columns.values()]
    common = [
        {"name": n, "type": "", "name_zh": COMMON_ZH[n], "level": "L1", "description": "", "codes": None}
        for n in COMMON.names
        if n not in library.columns
    ]
    return {
        "description": library.description,
        "grain": library.grain,
        "keys": list(library.keys),
        "sensitivity": library.sensitivity,
        "freshness_days": library.freshness_days,
        "sources": list(library.sources),
        "inputs": list(library.inputs),
        "columns": [*own, *common],
        "checks": [c.model_dump() for c in library.checks],
    }


def _column(column: Column) -> Entry:
    return column.model_dump(include={"name", "type", "name_zh", "level", "description", "codes"})
