"""The intake's accounts: per feed what became of every record, which checks hit, and the quality per dimension."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from yuheng.content import ContentStore
from yuheng.intake.accounts import LINK
from yuheng.intake.delivery import FATES
from yuheng.intake.plan import plan
from yuheng.intake.reasons import Reason
from yuheng.office import Batch, Office

DIMENSIONS = ("complete", "valid", "consistent", "accurate", "unique", "timely")
_CHECK = "check:"


@dataclass(frozen=True)
class CheckHits:
    """How many records a check found."""

    code: str
    action: str
    text: str
    dimension: str
    records: int


@dataclass(frozen=True)
class FeedReport:
    """One feed's deliveries so far. `fates` add up to `records`; `quality` is the share of checks passed."""

    source: str
    feed: str
    name_zh: str
    table: str
    batches: int
    refused: tuple[tuple[str, str], ...]
    """(file, reason) of files that were not taken at all."""
    records: int
    fates: dict[str, int]
    links: dict[str, int]
    checks: tuple[CheckHits, ...]
    quality: dict[str, float]


def report(office: Office, store: ContentStore, *, sources: Sequence[str] | None = None) -> list[FeedReport]:
    """The accounts of every feed that delivered anything, in the order of the sources."""
    found: dict[tuple[str, str], list[Batch]] = {}
    for batch in office.batches.list():
        if sources is None or batch.source in sources:
            found.setdefault((batch.source, batch.feed), []).append(batch)
    reports = []
    for (source, feed), batches in sorted(found.items()):
        declared = store.sources.get(source)
        one = next((f for f in declared.feeds if f.id == feed), None) if declared else None
        if declared is not None and one is not None:
            made = plan(store, declared, one)
            reports.append(_of(source, feed, one.name_zh, made.table.id, batches, dict(made.reasons)))
    return reports


def _of(
    source: str, feed: str, name_zh: str, table: str, batches: Sequence[Batch], reasons: dict[str, Reason]
) -> FeedReport:
    counts: Counter[str] = Counter()
    for batch in batches:
        if batch.state != "refused":
            counts.update(dict(batch.counts))
    records = sum(b.records or 0 for b in batches if b.state != "refused")
    checks = _checks(counts, reasons)
    return FeedReport(
        source=source,
        feed=feed,
        name_zh=name_zh,
        table=table,
        batches=len(batches),
        refused=tuple((b.file, b.reason) for b in batches if b.state == "refused"),
        records=records,
        fates={fate: counts[fate] for fate in FATES},
        links={name.removeprefix(LINK): n for name, n in sorted(counts.items()) if name.startswith(LINK)},
        checks=checks,
        quality=_quality(
            records - counts["out_of_population"], counts, checks, Counter(r.dimension for r in reasons.values())
        ),
    )


def _checks(counts: Counter[str], reasons: dict[str, Reason]) -> tuple[CheckHits, ...]:
    hits = []
    for name, number in sorted(counts.items()):
        code = name.removeprefix(_CHECK)
        if name == code or not number:
            continue
        reason = reasons.get(code, Reason(code, "quarantine", code, "valid"))
        hits.append(CheckHits(code, reason.action, reason.text, reason.dimension, number))
    return tuple(hits)


def _quality(records: int, counts: Counter[str], checks: Sequence[CheckHits], number: Counter[str]) -> dict[str, float]:
    """Share of the checks passed, all records and checks of the dimension counted alike.

    `number`: how many checks the feed has in each dimension. `unique` counts repeated and overtaken records too.
    """
    found = Counter({"unique": counts["duplicate"] + counts["superseded"]})
    for hit in checks:
        found[hit.dimension] += hit.records
    asked = {d: max(number[d], 1) * records for d in DIMENSIONS}
    return {d: round(1 - min(found[d], asked[d]) / asked[d], 6) if records else 1.0 for d in DIMENSIONS}
