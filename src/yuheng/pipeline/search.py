"""The search index of the newest day: built beside the one in use, put in its place at one stroke, asked."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from yuheng.lake import Engine
from yuheng.library import FirmIndex, Hit, build_index, register_derived, register_standard
from yuheng.library.search import META, WORDS, documents_sql
from yuheng.library.slices import app_id
from yuheng.pipeline.firms import note_list
from yuheng.pipeline.progress import Progress, silent
from yuheng.pipeline.workspace import Workspace

POINTER = "current"
_KEPT = 2
"""Indexes kept: the one in use, and the one before it, which somebody may still be reading."""


@dataclass(frozen=True)
class Indexed:
    """The index of one day."""

    as_of: date
    firms: int
    stamp: str
    skipped: bool

    def to_dict(self) -> dict[str, object]:
        """For --json."""
        return {**vars(self), "as_of": self.as_of.isoformat()}


def ensure_index(ws: Workspace, engine: Engine, as_of: date, *, progress: Progress = silent) -> Indexed:
    """Builds the index of the firms known on `as_of`, unless the one in use is that.

    Readers have the old index until the new one is whole. Derived tables must have been built as of that day.
    """
    progress("检索索引", 1, 1)
    stamp = _stamp(ws, as_of)
    home = _home(ws)
    target = home / f"search-{stamp}"
    skipped = (target / META).is_file()
    if not skipped:
        part = home / f"search-{stamp}.part"
        shutil.rmtree(part, ignore_errors=True)
        register_standard(engine, ws.lake, ws.store, as_of, only=["ent_registration", "ent_change"])
        register_derived(engine, ws.lake, ws.store, as_of, only=["ent_base"])
        build_index(engine, ws.store, part, meta={"as_of": as_of.isoformat(), "stamp": stamp})
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    _point(home, target.name)
    _sweep(home, target.name)
    found = FirmIndex(target, ws.store)
    return Indexed(as_of, int(found.meta["firms"]), stamp, skipped)


def open_index(ws: Workspace) -> FirmIndex:
    """The index in use. Raises DataError when none was built."""
    pointer = _home(ws) / POINTER
    name = pointer.read_text(encoding="ascii").strip() if pointer.is_file() else "none"
    return FirmIndex(_home(ws) / name, ws.store)


def search(ws: Workspace, text: str, *, region: str = "", limit: int = 20, by: str, reason: str = "") -> list[Hit]:
    """Firms by a part of a name, a code or an address; the look is written to the audit chain."""
    hits = open_index(ws).find(text, region=region, limit=limit)
    note_list(ws, "firm.search", "firms", [h.ent_id for h in hits], by=by, reason=reason, text=text, region=region)
    return hits


def _home(ws: Workspace) -> Path:
    return ws.deployment.serving / "search"


def _stamp(ws: Workspace, as_of: date) -> str:
    """Changes whenever what is indexed, or how, may."""
    parts = [as_of.isoformat(), documents_sql(), repr(ws.store.code_lists[WORDS].to_pylist())]
    parts.append(ws.store.macros["search_text"].body)
    parts.append(str(ws.lake.table("derived", "ent_base").landed(app_id(as_of))))
    parts += [str(ws.lake.table("standard", name).version()) for name in ("ent_registration", "ent_change")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _point(home: Path, name: str) -> None:
    """Names the index in use: one small file, replaced as a whole."""
    part = home / f"{POINTER}.part"
    part.write_text(name, encoding="ascii")
    part.replace(home / POINTER)


def _sweep(home: Path, used: str) -> None:
    found = sorted(home.glob("search-*"), key=lambda p: p.stat().st_mtime, reverse=True)
    others = [p for p in found if p.name != used]
    for folder in others[_KEPT - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)
