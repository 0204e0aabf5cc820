"""Running a feed's SQL over its segments: each becomes a stored relation of typed, timed and checked rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from yuheng.crypto import FieldCipher
from yuheng.intake.ahead import ahead
from yuheng.intake.delivery import Delivery
from yuheng.intake.landed import LandedFiles
from yuheng.intake.lookups import Lookups
from yuheng.intake.memo import Memo
from yuheng.intake.plan import BATCH, PREPARED, QUARANTINED, RAW, FeedPlan
from yuheng.intake.quarantine import Quarantine
from yuheng.intake.records import ROW
from yuheng.intake.segments import Segment, segments
from yuheng.lake import Engine

_WAITING = 2
"""Segments read ahead."""


class Mapper:
    """Maps deliveries on one engine. `names` are the relations made so far, each with the SELECT of all its columns."""

    def __init__(self, engine: Engine, lookups: Lookups, cipher: FieldCipher, files: LandedFiles) -> None:
        self._engine = engine
        self._lookups = lookups
        self._cipher = cipher
        self._files = files
        self.names: dict[str, str] = {}
        self._same: dict[str, str] | None = None
        self.quarantines: list[tuple[FeedPlan, Quarantine]] = []

    def feed(self, plan: FeedPlan, deliveries: Sequence[Delivery], only: Mapping[str, pa.Array] | None = None) -> None:
        """Maps the deliveries of one feed."""
        quarantine = Quarantine(self._cipher, plan.reasons)
        self.quarantines.append((plan, quarantine))
        by_no = {d.no: d for d in deliveries}
        memo = Memo(self._engine, plan.atoms)
        for segment in ahead(segments(deliveries, self._files, only), _WAITING):
            self._segment(plan, segment, by_no, quarantine, memo)

    def everything(self) -> str:
        """All rows mapped so far, as a relation."""
        return f"({' union all '.join(self.names.values())}) u"

    def constants(self) -> Mapping[str, str]:
        """SQL of the columns that are the same for all rows mapped so far."""
        return self._same or {}

    def forget(self) -> None:
        """Drops what was made."""
        for name in [*self.names, RAW, PREPARED]:
            self._engine.drop(name)
        self.names.clear()
        self._same = None
        self.quarantines.clear()

    def _segment(
        self, plan: FeedPlan, segment: Segment, by_no: Mapping[int, Delivery], into: Quarantine, memo: Memo
    ) -> None:
        for delivery, broken in segment.broken:
            delivery.counts["quarantined"] += len(broken)
            for reason in broken.reasons:
                delivery.counts[f"check:{reason}"] += 1
            into.add_broken(delivery, broken)
        raw = segment.raw()
        if raw is None:
            return
        name = f"__mapped_{len(self.names)}"
        filled, given = memo.fill(raw)
        self._engine.register(RAW, filled)
        # Distinct values are looked up in what was prepared, so it is kept then; else it is computed in passing.
        steps = plan.steps(given)
        self._engine.define(PREPARED, steps.prepare, materialise=any(one.by_value for one in plan.lookups))
        self._lookups.register(plan)
        self._engine.define(name, steps.finish, materialise=True)
        self._engine.drop(PREPARED)
        self._engine.drop(RAW)
        self.names[name] = plan.shown(name, steps.added)
        same = steps.constants
        self._same = same if self._same is None else dict(self._same.items() & same.items())
        hits = self._engine.query(
            f"select {BATCH}, {ROW}, {QUARANTINED} as codes, {plan.region} as region_code, known_from "
            f"from ({self.names[name]}) m "
            f"where __good = 0 and __in = 1 order by {BATCH}, {ROW}"
        )
        into.add(by_no, hits, raw, plan.feed.columns)
