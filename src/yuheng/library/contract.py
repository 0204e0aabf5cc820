"""The contract of a library, tried on the files of a slice before anybody can read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from yuheng.content.libraryshape import library_schema
from yuheng.content.schema import Library
from yuheng.lake import Engine
from yuheng.sql import identifier

UNDER_TEST = "library__staged"
"""Name under which the files of a slice are read while they are tried."""


@dataclass(frozen=True)
class CheckResult:
    """One rule and how many rows break it."""

    id: str
    action: str
    bad: int
    reason: str

    @property
    def passed(self) -> bool:
        """No row breaks it."""
        return self.bad == 0

    def to_dict(self) -> dict[str, object]:
        """For --json and the record of a build."""
        return {**asdict(self), "passed": self.passed}


def try_contract(
    engine: Engine, library: Library, files: Sequence[Path], *, fed: bool
) -> tuple[int, list[CheckResult]]:
    """Rows of the files, and every rule of the contract: rows given, keys given and unique, the library's own rules.

    `fed`: whether the spine, if the library has one, has rows; the library must then have rows too.
    """
    engine.scan(UNDER_TEST, files, library_schema(library))
    keys = [identifier(k) for k in library.keys]
    empty_key = " or ".join(f"{k} is null" for k in keys)
    tests = {"keys_given": f"not ({empty_key})", **{c.id: c.rule for c in library.checks}}
    counted = ", ".join(
        f"coalesce(sum(case when ({rule}) is false then 1 else 0 end), 0) as n{place}"
        for place, rule in enumerate(tests.values())
    )
    twice = f"select 1 from {UNDER_TEST} group by {', '.join(keys)} having count(*) > 1"
    sql = f"select count(*) as n_rows, {counted}, (select count(*) from ({twice}) d) as twice from {UNDER_TEST}"
    found = engine.query(sql).to_pylist()[0] if files else {}
    engine.drop(UNDER_TEST)
    rows = int(found.get("n_rows", 0))
    bad = {name: int(found.get(f"n{place}", 0)) for place, name in enumerate(tests)}
    results = (
        [CheckResult("rows", "stop", 1 if fed and not rows else 0, f"{library.spine} 有数据而本库为空")]
        if library.spine
        else []
    )
    results.append(CheckResult("keys_given", "stop", bad["keys_given"], "主键为空"))
    results.append(CheckResult("keys_unique", "stop", int(found.get("twice", 0)), "主键重复"))
    return rows, results + [CheckResult(c.id, c.action, bad[c.id], c.reason) for c in library.checks]
