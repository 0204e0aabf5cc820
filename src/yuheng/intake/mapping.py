"""Running a feed's SQL over its segments: each becomes a stored relation of typed, timed and checked rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from yuheng.crypto import FieldCipher, KeyRing
from yuheng.intake.ahead import ahead
from yuheng.intake.delivery import Delivery
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
    """Maps deliveries on one engine. `names` are the relations made so far, each with the plan that made it."""

    def __init__(self, engine: Engine, lookups: Lookups, cipher: FieldCipher, landing: Path, keys: KeyRing) -> None:
        self._engine = engine
        self._lookups = lookups
        self._cipher = cipher
        self._landing = landing
        self._keys = keys
        self.names: dict[str, FeedPlan] = {}
        self.quarantines: list[tuple[FeedPlan, Quarantine]] = []

    def feed(self, plan: FeedPlan, deliveries: Sequence[Delivery], only: Mapping[str, pa.Array] | None = None) -> None:
        """Maps the deliveries of one feed."""
        quarantine = Quarantine(self._cipher, plan.reasons)
        self.quarantines.append((plan, quarantine))
        by_no = {d.no: d for d in deliveries}
        memo = Memo(self._engine, plan.atoms.by_column())
        for segment in ahead(segments(deliveries, self._landing, self._keys, only), _WAITING):
            self._segment(plan, segment, by_no, quarantine, memo)

    def everything(self) -> str:
        """All rows mapped so far, as a relation."""
        return f"({' union all '.join(plan.shown(name) for name, plan in self.names.items())}) u"

    def forget(self) -> None:
        """Drops what was made."""
        for name in [*self.names, RAW, PREPARED]:
            self._engine.drop(name)
        self.names.clear()
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
        self._engine.define(PREPARED, plan.prepare(given), materialise=any(one.by_value for one in plan.lookups))
        self._lookups.register(plan)
        self._engine.define(name, plan.finish, materialise=True)
        self._engine.drop(PREPARED)
        self._engine.drop(RAW)
        self.names[name] = plan
        hits = self._engine.query(
            f"select {BATCH}, {ROW}, {QUARANTINED} as codes from ({plan.shown(name)}) m "
            f"where __good = 0 and __in = 1 order by {BATCH}, {ROW}"
        )
        into.add(by_no, hits, raw, plan.feed.columns)
