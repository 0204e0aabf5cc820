"""What a deployment holds, so that it can be compared: every row of the lake, the office's batches, models, audit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from yuheng.lake import Lake, LakeTable
from yuheng.pipeline import Workspace


@dataclass(frozen=True)
class State:
    """Per place a digest, and how much there is."""

    parts: Mapping[str, tuple[int, str]]

    def differences(self, other: State) -> list[str]:
        """A line per place that is not equal; empty when the two are."""
        names = sorted(self.parts.keys() | other.parts.keys())
        none = (0, "absent")
        pairs = [(n, self.parts.get(n, none), other.parts.get(n, none)) for n in names]
        return [f"{n}: {a[0]} rows {a[1][-8:]}, now {b[0]} rows {b[1][-8:]}" for n, a, b in pairs if a != b]


def state_of(root: Path) -> State:
    """Everything that must be equal whenever the same was delivered."""
    with Workspace.open(root) as ws:
        parts = lake_state(ws.lake)
        batches = [
            (b.id, b.file, b.sha256, b.state, b.records, sorted(b.counts.items())) for b in ws.office.batches.list()
        ]
        models = [(m.version, m.state, m.proposed_by, m.body) for m in ws.office.models.list()]
        entries = [(e.actor, e.action, e.subject) for e in ws.office.audit.entries(limit=10_000)]
        steps = [
            (s.name, s.state, s.detail if s.name in ("accounts", "intake") else "")
            for r in ws.office.runs.list(kind="run", limit=1)
            for s in ws.office.runs.steps(r)
        ]
        ws.office.audit.verify()
        left = sorted(p.relative_to(root).as_posix() for p in ws.deployment.inbox.rglob("*") if p.is_file())
        stored = sorted(b.stored for b in ws.office.batches.list())
        sealed = sorted(
            p.relative_to(ws.deployment.landing).as_posix() for p in ws.deployment.landing.rglob("*") if p.is_file()
        )
        for place, listed in (
            ("office batches", sorted(batches)), ("office models", models), ("audit", entries), ("steps", steps),
            ("left in the inbox", left), ("landing against office", sorted(set(stored) ^ set(sealed))),
        ):  # fmt: skip
            parts[place] = (len(listed), hashlib.sha256(repr(listed).encode()).hexdigest())
    return State(parts)


def lake_state(lake: Lake) -> dict[str, tuple[int, str]]:
    """`layer/name/slice` -> number of rows and their digest, for all tables."""
    return {
        f"{layer}/{name}/{part}": digest(lake.table(layer, name), part)
        for layer, name in lake.tables()
        for part in lake.table(layer, name).slices()
    }


def digest(table: LakeTable, part: str) -> tuple[int, str]:
    """Number of rows of a slice, and a sum over all of them that does not depend on their order."""
    names = ", ".join(f'"{n}"' for n in table.schema().names)
    listed = ", ".join(f"'{f}'" for f in table.files(slice=part))
    source = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    with duckdb.connect(config={"threads": 1}) as con:
        count, total = con.execute(f"select count(*), sum(hash({names})) from {source}").fetchall()[0]
    return int(count), f"{int(total or 0):032x}"
