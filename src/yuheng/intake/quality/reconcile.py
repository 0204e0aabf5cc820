"""Reconciliation: rows in = standard + quarantine + the other fates, to the row, counted from the lake itself.

The accounts of a batch were written while it was taken; here the tables are counted anew and compared with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from yuheng.content import ContentStore
from yuheng.content.schema import StandardTable
from yuheng.intake.delivery import FATES
from yuheng.intake.quality.rows import KEPT_OUT, register, register_kept_out
from yuheng.lake import Engine, Lake
from yuheng.office import Office
from yuheng.sql import identifier


@dataclass(frozen=True)
class Account:
    """One source's records for one table: what was read, what became of them, and what the lake holds of them.

    `replaced`: records taken before, in whose place others of the same day stand now.
    """

    source: str
    table: str
    records: int
    fates: dict[str, int]
    replaced: int
    standard: int
    quarantine: int

    @property
    def kept(self) -> int:
        """Records the table should hold."""
        return sum(self.fates[f] for f in ("whole", "repaired", "withdrawn")) - self.replaced

    @property
    def difference(self) -> int:
        """0 when everything adds up."""
        told = self.records - sum(self.fates.values())
        return abs(told) + abs(self.kept - self.standard) + abs(self.fates["quarantined"] - self.quarantine)


def reconcile(
    engine: Engine, lake: Lake, office: Office, store: ContentStore, *, sources: Sequence[str] | None = None
) -> list[Account]:
    """The accounts of every source and table that took anything, in order."""
    feeds = {(s.id, f.id): f.table for s in store.sources.values() for f in s.feeds}
    batches = [
        b
        for b in office.batches.list(state="taken")
        if (b.source, b.feed) in feeds and (sources is None or b.source in sources)
    ]
    register_kept_out(engine, lake)
    out = _counted(engine, f"select batch_id, count(*) as n from {KEPT_OUT} group by batch_id")
    accounts = []
    for source, table in sorted({(b.source, feeds[b.source, b.feed]) for b in batches}):
        mine = [b for b in batches if b.source == source and feeds[b.source, b.feed] == table]
        counts = Counter[str]()
        for batch in mine:
            counts.update(dict(batch.counts))
        standing = _standing(engine, lake, store.standard[table])
        accounts.append(
            Account(
                source=source,
                table=table,
                records=sum(b.records or 0 for b in mine),
                fates={fate: counts[fate] for fate in FATES},
                replaced=counts["replaced"],
                standard=sum(standing[b.id] for b in mine),
                quarantine=sum(out[b.id] for b in mine),
            )
        )
    return accounts


def _standing(engine: Engine, lake: Lake, table: StandardTable) -> Counter[str]:
    if not register(engine, lake, table):
        return Counter()
    return _counted(engine, f"select batch_id, count(*) as n from {identifier(table.id)} group by batch_id")


def _counted(engine: Engine, sql: str) -> Counter[str]:
    rows = engine.query(sql)
    return Counter(dict(zip(rows["batch_id"].to_pylist(), rows["n"].to_pylist(), strict=True)))
