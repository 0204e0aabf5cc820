"""What a run took in, however often it was killed: the office's accounts now less those when the run began."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from yuheng.intake import FATES
from yuheng.office import Office, Run

STEP = "accounts"
"""The step that keeps the accounts from before the run."""


@dataclass(frozen=True)
class Accounts:
    """Deliveries of an office: how many files, the fates of the records taken, the refused batches and why."""

    files: int
    fates: Mapping[str, int]
    refused: Mapping[str, str]

    @classmethod
    def of(cls, office: Office) -> Accounts:
        """As they stand."""
        batches = office.batches.list()
        total: Counter[str] = Counter()
        for batch in batches:
            if batch.state == "taken":
                total.update({fate: batch.counts.get(fate, 0) for fate in FATES})
        refused = {b.id: b.reason for b in batches if b.state == "refused"}
        return cls(len(batches), {fate: total[fate] for fate in FATES}, refused)

    def since(self, before: Accounts) -> dict[str, object]:
        """What came in between: new files, records by fate, files refused that were not before."""
        fates = {fate: self.fates[fate] - before.fates.get(fate, 0) for fate in FATES}
        refused = {batch: why for batch, why in self.refused.items() if batch not in before.refused}
        return {"files": self.files - before.files, "records": sum(fates.values()), "fates": fates, "refused": refused}


def accounts_before(office: Office, job: Run) -> Accounts:
    """The accounts when the run began, noted once; a resumed run finds them."""
    known = next((step.detail for step in office.runs.steps(job) if step.name == STEP), None)
    if known is not None:
        return Accounts(**json.loads(known))
    found = Accounts.of(office)
    detail = json.dumps(vars(found), ensure_ascii=False, sort_keys=True)
    office.runs.mark(job, STEP, state="done", detail=detail)
    return found
