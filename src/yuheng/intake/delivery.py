"""One delivered file on its way: its batch, its number within the run, and what becomes of its records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from yuheng.errors import IntakeError
from yuheng.intake.landed import LandedFiles
from yuheng.intake.plan import FeedPlan
from yuheng.intake.read import read
from yuheng.intake.records import Piece
from yuheng.intake.repeats import Repeats
from yuheng.office import Batch

FATES = ("whole", "repaired", "withdrawn", "duplicate", "superseded", "out_of_population", "quarantined")
"""Every record of a delivery has exactly one of these fates."""
BEFORE = "before:"
"""Counts under this prefix are those before a replay that is not done yet."""


@dataclass
class Delivery:
    """A batch being taken. `no` numbers the deliveries of one table's pass, in the order of their files."""

    no: int
    batch: Batch
    plan: FeedPlan
    records: int = 0
    refusal: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    before: Counter[str] | None = None
    """Replay: the batch's counts without the records that are read again."""

    def remembered(self) -> dict[str, int]:
        """Replay: the counts before it, kept until it is done, so that one that was cut off starts from them again."""
        return {BEFORE + name: number for name, number in (self.before or {}).items()}

    def accounted(self) -> dict[str, int]:
        """The counts to keep. Raises IntakeError when they do not add up to the records read."""
        total = sum(self.counts[fate] for fate in FATES)
        if total != self.records:
            raise IntakeError(
                f"{self.records} records read, {total} accounted for: {dict(self.counts)}.",
                path=self.batch.file,
                todo="Report this; nothing of the batch was taken.",
            )
        whole = Counter(self.counts)
        whole.update(self.before or {})
        return {name: whole[name] for name in sorted({*whole, *FATES}) if whole[name] or name in FATES}


def pieces(delivery: Delivery, files: LandedFiles, repeats: Repeats) -> Iterator[Piece]:
    """The records of the landed file. Raises IntakeError or CryptoError."""
    batch = delivery.batch
    with files.open(batch) as stream:
        yield from read(stream, batch.file, delivery.plan.feed, repeats)
        if stream.read(1):
            raise IntakeError("bytes are left after the last record.", path=batch.file)
