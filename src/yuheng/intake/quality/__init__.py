"""How good the sources' data are: scores by source, region and month; findings that become work orders; accounts."""

from yuheng.intake.quality.findings import find
from yuheng.intake.quality.reconcile import Account, reconcile
from yuheng.intake.quality.score import SCORE, scores

__all__ = ["SCORE", "Account", "find", "reconcile", "scores"]
