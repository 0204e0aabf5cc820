"""The office: leases, batches, runs, models, adjustments, releases and the audit chain, in SQLite or PostgreSQL."""

from yuheng.office.adjustments import IN_FORCE, Adjustment, Adjustments, AdjustmentState
from yuheng.office.audit import Audit, AuditEntry, AuditHead
from yuheng.office.batches import Batch, Batches, BatchState
from yuheng.office.leases import Lease, Leases
from yuheng.office.models import Models, ModelState, RatingModel
from yuheng.office.office import Office, open_office
from yuheng.office.release import Contents, Release, ReleaseCheck, ReleaseState, Signature
from yuheng.office.releases import Releases
from yuheng.office.runs import Run, Runs, RunState, Step, StepState

__all__ = [
    "IN_FORCE",
    "Adjustment",
    "AdjustmentState",
    "Adjustments",
    "Audit",
    "AuditEntry",
    "AuditHead",
    "Batch",
    "BatchState",
    "Batches",
    "Contents",
    "Lease",
    "Leases",
    "ModelState",
    "Models",
    "Office",
    "RatingModel",
    "Release",
    "ReleaseCheck",
    "ReleaseState",
    "Releases",
    "Run",
    "RunState",
    "Runs",
    "Signature",
    "Step",
    "StepState",
    "open_office",
]
