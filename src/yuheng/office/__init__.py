"""The office: leases, batches, runs, models, adjustments, releases and the audit chain, in SQLite or PostgreSQL."""

from yuheng.office.adjustments import IN_FORCE, Adjustment, Adjustments, AdjustmentState
from yuheng.office.audit import Audit, AuditEntry, AuditHead
from yuheng.office.batches import Batch, Batches, BatchState
from yuheng.office.leases import Lease, Leases
from yuheng.office.links import Candidate, Decision, FirmJudgement, LinkJudgement, Links, LinkState, Offer
from yuheng.office.models import Models, ModelState, RatingModel
from yuheng.office.office import Office, open_office
from yuheng.office.orders import Finding, Order, Orders, OrderState, OrderStep
from yuheng.office.release import Contents, Release, ReleaseCheck, ReleaseState, Signature
from yuheng.office.releases import Releases
from yuheng.office.runs import Run, Runs, RunState, Step, StepState
from yuheng.office.watermarks import Watermark, Watermarks

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
    "Candidate",
    "Contents",
    "Decision",
    "Finding",
    "FirmJudgement",
    "Lease",
    "Leases",
    "LinkJudgement",
    "LinkState",
    "Links",
    "ModelState",
    "Models",
    "Offer",
    "Office",
    "Order",
    "OrderState",
    "OrderStep",
    "Orders",
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
    "Watermark",
    "Watermarks",
    "open_office",
]
