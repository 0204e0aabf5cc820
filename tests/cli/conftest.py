"""A command run as a person would, in this process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from yuheng.cli import main


@dataclass(frozen=True)
class Called:
    """Exit code and what was printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, object]:
        """Standard output as one JSON object; nothing else may stand there."""
        assert self.code == 0, self.err
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Call = Callable[..., Called]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """`call("release", "list", "--dir", root)`."""
    for name in ("YUHENG_DIR", "YUHENG_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*args: str | Path | int) -> Called:
        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["yuheng", *map(str, args)])
        code: object = 0
        try:
            main()
        except SystemExit as left:
            code = left.code or 0
        out, err = capfd.readouterr()
        assert isinstance(code, int)
        return Called(code, out, err)

    return run
