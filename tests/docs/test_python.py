"""docs/python.md runs, line by line, against a small simulated deployment."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from tests.province import Province

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_page_runs(province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    province.copy(tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    options = doctest.ELLIPSIS | doctest.REPORT_NDIFF
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, optionflags=options, encoding="utf-8")
    assert tried > 40
    assert failed == 0
