"""What works at a source and what does not, step by step, before anything is fetched for good."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from dataclasses import dataclass, field

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.errors import IntakeError, SettingsError, YuhengError
from yuheng.intake.pull.columns import compare
from yuheng.intake.pull.connector import Connector, Finding, connector_for
from yuheng.intake.pull.pull import Task, context_of, needs_connection, tasks_of
from yuheng.settings import Deployment

_OPEN = re.compile(r"[\d\-/: T年月日.]{1,19}|[!-~]{0,2}")
"""Dates, numbers that are no ids, and codes of one or two characters say nothing about a person."""
_LONG = re.compile(r"\d{7,}")


@dataclass
class FeedTest:
    """The findings of one feed, and its first rows masked."""

    source: str
    feed: str
    findings: list[Finding] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether a pull would work."""
        return all(f.level != "error" for f in self.findings)


def try_source(deployment: Deployment, store: ContentStore, source: str, *, rows: int = 3) -> list[FeedTest]:
    """Every feed of the source that has a connection: resolve, connect, log in, clock, columns, rows.

    Nothing is delivered and no mark moves. Raises SettingsError or IntakeError when there is nothing to test.
    """
    if source not in store.sources:
        known = ", ".join(store.sources)
        raise IntakeError(f"no source {source!r} in the content.", path=source, todo=f"Known: {known}.")
    tasks = tasks_of(deployment, store, [source])
    needs_connection(store, source, tasks)
    return [_tried(deployment, task, rows) for task in tasks]


def _tried(deployment: Deployment, task: Task, rows: int) -> FeedTest:
    test = FeedTest(task.source.id, task.feed.id)
    work = deployment.work / "test" / task.source.id / task.feed.id
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        with closing(connector_for(context_of(deployment, task, work))) as connector:
            test.findings += connector.test()
            if test.sound:
                _look(connector, task, test, rows)
    except SettingsError as error:
        test.findings.append(Finding("settings", "error", error.what, error.todo))
    except YuhengError as error:
        test.findings.append(Finding("columns", "error", error.what, error.todo))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return test


def _look(connector: Connector, task: Task, test: FeedTest, rows: int) -> None:
    sample = connector.sample(rows)
    if not sample.num_rows:
        test.findings.append(Finding("rows", "warning", "来源目前没有数据行。", "确认授权范围内是否应有数据。"))
        return
    found = compare(sample.column_names, task.feed.columns, f"{task.source.id}.{task.feed.id}")
    test.findings += found or [Finding("columns", "ok", f"{len(task.feed.columns)} 个字段与声明一致")]
    test.columns = list(sample.column_names)
    test.rows = masked(sample, plain=task.feed.simulated_mark)


def masked(table: pa.Table, *, plain: str | None = None) -> list[list[str]]:
    """The rows with every text covered but its first and last character; dates and short codes stay readable.

    So does the column `plain`: what is simulated must be seen to be.
    """
    return [[str(v or "") if c == plain else _covered(v) for c, v in row.items()] for row in table.to_pylist()]


def _covered(value: object) -> str:
    text = "" if value is None else str(value)
    if _OPEN.fullmatch(text) and not _LONG.search(text):
        return text
    return f"{text[0]}{'*' * min(len(text) - 2, 6)}{text[-1]}" if len(text) > 2 else f"{text[0]}*"
