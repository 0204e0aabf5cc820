"""Which records stand behind each indicator, and which of them anybody has delivered."""

from __future__ import annotations

import json
import os
from datetime import date

from yuheng.indicator import lineage
from yuheng.lake import Engine
from yuheng.library import standard_schema
from yuheng.pipeline.workspace import Workspace

_BACKGROUND = ("ent_registration", "addr_std")
"""Tables every firm has rows of: they alone do not connect an indicator that counts other records."""


def sources_of(ws: Workspace) -> dict[str, list[str]]:
    """Indicator -> standard tables behind it; kept in the scratch folder under the content's version."""
    path = ws.deployment.work / f"lineage-{ws.store.version}.json"
    if path.is_file():
        kept: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    found = lineage(ws.store)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(found), encoding="utf-8")
    part.replace(path)
    return found


def silent_indicators(ws: Workspace, engine: Engine, as_of: date) -> list[str]:
    """Indicators none of whose records anybody had delivered by `as_of`: their sources are not connected yet."""
    behind = sources_of(ws)
    tables = sorted({t for found in behind.values() for t in found})
    known = {t for t in tables if _delivered(ws, engine, t, as_of)}
    return [i for i, found in behind.items() if not _needed(found) & known]


def _needed(tables: list[str]) -> set[str]:
    return set(tables) - set(_BACKGROUND) or set(tables)


def _delivered(ws: Workspace, engine: Engine, table: str, as_of: date) -> bool:
    files = ws.lake.table("standard", table).files()
    if not files:
        return False
    engine.scan("delivered", files, standard_schema(ws.store.standard[table]))
    first = engine.query("select min(known_from) as d from delivered")["d"][0].as_py()
    engine.drop("delivered")
    return first is not None and bool(first <= as_of)
