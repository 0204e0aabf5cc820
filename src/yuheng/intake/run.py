"""The intake: everything delivered becomes standard tables, table by table, registrations first."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.dataset as ds

from yuheng.content import ContentStore
from yuheng.crypto import FieldCipher, KeyRing, Tokeniser
from yuheng.errors import IntakeError
from yuheng.intake.delivery import BEFORE, Delivery
from yuheng.intake.files import files_in
from yuheng.intake.land import Landed, Progress, land_all, sweep
from yuheng.intake.landed import LandedFiles
from yuheng.intake.lookups import Lookups
from yuheng.intake.plan import FeedPlan, plan
from yuheng.intake.take import TablePass, Tools
from yuheng.lake import Engine, Lake
from yuheng.office import Batch, Office
from yuheng.settings import Deployment

LEASE = "intake"
"""One intake at a time writes the standard tables, the keys and the quarantine."""
_SECONDS = 120.0


@dataclass
class IntakeReport:
    """What one run did."""

    landed: list[Landed] = field(default_factory=list)
    taken: dict[str, Mapping[str, int]] = field(default_factory=dict)
    """Batch id → its counts."""
    refused: dict[str, str] = field(default_factory=dict)
    """Batch id → why nothing of the file was taken."""
    strange: dict[str, str] = field(default_factory=dict)
    """Inbox files that belong to no feed → why; they stay where they are."""

    @property
    def counts(self) -> Counter[str]:
        """All counts added up."""
        total: Counter[str] = Counter()
        for counts in self.taken.values():
            total.update(counts)
        return total


def run(
    deployment: Deployment,
    office: Office,
    lake: Lake,
    engine: Engine,
    store: ContentStore,
    *,
    sources: Sequence[str] | None = None,
    received: dt.date | None = None,
    progress: Progress | None = None,
) -> IntakeReport:
    """Lands the inbox, then takes every landed batch into its standard table.

    `received`: the day written as the day of receipt (default: today). Killed at any moment and run again, it gives the
    tables of an undisturbed run. A file that cannot be taken is refused and named in the report; the others go on.
    """
    with tools_of(deployment, office, lake, engine, store) as tools:
        report = IntakeReport(strange=files_in(deployment.inbox, store, sources=sources).strange)
        sweep(deployment.landing)
        report.landed = land_all(
            deployment, office, store, sources=sources, received=received, progress=progress, files=tools.files
        )
        waiting = _waiting(tools, sources)
        order = sorted(waiting, key=lambda name: (not _registers(waiting[name]), name))
        new_keys = False
        for place, name in enumerate(order):
            if progress:
                progress(name, place, len(order))
            one = TablePass(tools, store.standard[name], waiting[name])
            one.run()
            new_keys = new_keys or one.firms.new_keys
            _note(report, waiting[name])
        if new_keys:
            _follow_clues(tools, set(order))
        if progress:
            progress("done", len(order), len(order))
        return report


def replay(
    deployment: Deployment,
    office: Office,
    lake: Lake,
    engine: Engine,
    store: ContentStore,
    *,
    source: str,
    feed: str,
    progress: Progress | None = None,
) -> IntakeReport:
    """Reads the quarantined records and the refused files of a feed again from the landing zone, after it was mended.

    What passes now goes into the standard table, nothing twice; what does not stays, with its present reasons.
    """
    with tools_of(deployment, office, lake, engine, store) as tools:
        made = plan_of(store, source, feed)
        report = IntakeReport()
        _retry_refused(tools, made, report)
        kept = _quarantined(lake, made)
        deliveries: list[Delivery] = []
        for batch_id in sorted(set(kept["batch_id"].to_pylist())):
            batch = office.batches.get(batch_id)
            if not batch.shredded:
                rows = kept.filter(pa.compute.equal(kept["batch_id"], batch_id))
                deliveries.append(Delivery(len(deliveries), batch, made, before=_without(batch, rows)))
        if deliveries:
            only = {
                d.batch.id: kept.filter(pa.compute.equal(kept["batch_id"], d.batch.id))["src_row"].combine_chunks()
                for d in deliveries
            }
            deliveries = _numbered(deliveries)
            one = TablePass(tools, made.table, deliveries, only)
            one.run()
            _note(report, deliveries)
            if one.firms.new_keys:
                _follow_clues(tools, {made.table.id})
        if progress:
            progress("done", len(deliveries), len(deliveries))
        return report


@contextmanager
def tools_of(
    deployment: Deployment, office: Office, lake: Lake, engine: Engine, store: ContentStore
) -> Iterator[Tools]:
    """What passes over standard tables work with, under the lease of the intake."""
    ring = KeyRing(deployment.master_key())
    lookups = Lookups(engine, store, Tokeniser(ring.key("token")))
    files = LandedFiles(deployment.landing, ring)
    with office.leases.hold(LEASE, seconds=_SECONDS) as lease, closing(files):
        yield Tools(office, lake, engine, store, files, FieldCipher(ring.key("field")), lookups, lease)


def _waiting(tools: Tools, sources: Sequence[str] | None) -> dict[str, list[Delivery]]:
    """Standard table → deliveries to take, in the order of source, feed, file."""
    plans: dict[tuple[str, str], FeedPlan] = {}
    tables: dict[str, list[Delivery]] = {}
    batches = [*tools.office.batches.list(state="landed"), *tools.office.batches.list(state="mapped")]
    for batch in sorted(batches, key=lambda b: (b.source, b.feed, b.file, b.id)):
        if sources is not None and batch.source not in sources:
            continue
        key = (batch.source, batch.feed)
        if key not in plans:
            plans[key] = plan_of(tools.store, *key)
        made = plans[key]
        if batch.state == "mapped" and tools.lake.table("standard", made.table.id).landed(batch.id) is not None:
            tools.office.batches.set_state(batch.id, "taken")
            continue
        deliveries = tables.setdefault(made.table.id, [])
        deliveries.append(Delivery(len(deliveries), batch, made))
    return tables


def _retry_refused(tools: Tools, made: FeedPlan, report: IntakeReport) -> None:
    batches = tools.office.batches.list(source=made.source.id, feed=made.feed.id, state="refused")
    deliveries = _numbered([Delivery(0, batch, made) for batch in batches if not batch.shredded])
    if deliveries:
        one = TablePass(tools, made.table, deliveries)
        one.run()
        _note(report, deliveries)
        if one.firms.new_keys:
            _follow_clues(tools, {made.table.id})


def _numbered(deliveries: list[Delivery]) -> list[Delivery]:
    deliveries.sort(key=lambda d: (d.batch.file, d.batch.id))
    for no, delivery in enumerate(deliveries):
        delivery.no = no
    return deliveries


def plan_of(store: ContentStore, source: str, feed: str) -> FeedPlan:
    """The SQL of a feed. Raises IntakeError where the content does not declare it any more."""
    declared = store.sources.get(source)
    found = next((f for f in declared.feeds if f.id == feed), None) if declared else None
    if declared is None or found is None:
        raise IntakeError(
            "its batches were landed, but the content declares no such feed.",
            path=f"{source}.{feed}",
            todo="Restore the feed in content/sources.",
        )
    return plan(store, declared, found)


def _registers(deliveries: Sequence[Delivery]) -> bool:
    return any(d.plan.feed.link.registers for d in deliveries)


def _note(report: IntakeReport, deliveries: Sequence[Delivery]) -> None:
    for delivery in deliveries:
        if delivery.refusal:
            report.refused[delivery.batch.id] = delivery.refusal
        else:
            report.taken[delivery.batch.id] = delivery.accounted()


def _follow_clues(tools: Tools, done: set[str]) -> None:
    """Tables that had no delivery, but rows waiting for a firm."""
    for name in tools.lake.table("identity", "clue").slices():
        if name in tools.store.standard and name not in done:
            TablePass(tools, tools.store.standard[name], []).run()


def _quarantined(lake: Lake, made: FeedPlan) -> pa.Table:
    columns = ["batch_id", "src_row", "reason_codes"]
    table = lake.table("intake", "quarantine")
    files = [str(f) for f in table.files(slice=made.name)] if table.exists() else []
    if not files:
        empty: list[str] = []
        return pa.table({"batch_id": empty, "src_row": pa.array([], pa.int64()), "reason_codes": empty})
    return ds.dataset(files, format="parquet").to_table(columns=columns)


def _without(batch: Batch, rows: pa.Table) -> Counter[str]:
    """The batch's counts as if its quarantined records had not been read."""
    cut_off = {name.removeprefix(BEFORE): n for name, n in batch.counts.items() if name.startswith(BEFORE)}
    counts = Counter({name: n for name, n in batch.counts.items() if not name.startswith(BEFORE)})
    if cut_off and counts["quarantined"] != rows.num_rows:  # what the cut-off replay counted never left the quarantine
        return Counter(cut_off)
    counts["quarantined"] -= rows.num_rows
    for codes in rows["reason_codes"].to_pylist():
        counts.subtract(f"check:{code}" for code in codes.split(","))
    return counts
