"""Intake: delivered files land sealed, are mapped, checked and linked, and become standard tables; nothing is lost."""

from yuheng.intake.delivery import FATES
from yuheng.intake.files import Found, Inbox, add_files, files_in
from yuheng.intake.firms import DECIDED
from yuheng.intake.kept import Kept, kept, kept_record
from yuheng.intake.land import Landed, Progress, land_all
from yuheng.intake.quarantine import QUARANTINE
from yuheng.intake.report import FeedReport, report
from yuheng.intake.run import IntakeReport, replay, run
from yuheng.intake.waiting import WAITING, judge, waiting

__all__ = [
    "DECIDED",
    "FATES",
    "QUARANTINE",
    "WAITING",
    "FeedReport",
    "Found",
    "Inbox",
    "IntakeReport",
    "Kept",
    "Landed",
    "Progress",
    "add_files",
    "files_in",
    "judge",
    "kept",
    "kept_record",
    "land_all",
    "replay",
    "report",
    "run",
    "waiting",
]
