"""The code list `workday`, made of the announced holidays and the deployment's `workday_override`.

It joins the other files before the content version is taken, so that newly announced holidays give another version.
"""

from __future__ import annotations

from datetime import date

from yuheng.codes import national_calendar
from yuheng.content import codelist
from yuheng.content.files import ContentFiles
from yuheng.content.problem import Problem
from yuheng.errors import ContentError

PATH = "codes/workday.csv"
OVERRIDES = "codes/workday_override.csv"


def with_workdays(files: ContentFiles) -> tuple[ContentFiles, list[Problem]]:
    """`files` and the list of working days; a deployment that brings a whole list of its own keeps it."""
    if PATH in files.data:
        return files, []
    overrides, problems = _overrides(files)
    lines = [f"{day},{worked},{number}\n" for day, worked, number in national_calendar(overrides=overrides).rows()]
    body = "".join(["day,is_workday,workday_no\n", *lines]).encode()
    return ContentFiles({**files.data, PATH: body}), problems


def _overrides(files: ContentFiles) -> tuple[dict[date, bool], list[Problem]]:
    try:
        rows = codelist.parse(files.data[OVERRIDES], OVERRIDES).to_pylist() if OVERRIDES in files.data else []
    except ContentError:
        rows = []  # told by the reader of code lists
    good: dict[date, bool] = {}
    problems: list[Problem] = []
    for line, row in enumerate(rows, 2):
        if row.get("day") is None or row.get("is_workday") not in (0, 1):
            problems.append(Problem(OVERRIDES, line, "a day and 0 or 1 for is_workday are needed"))
        else:
            good[row["day"]] = bool(row["is_workday"])
    return good, problems
