"""What a command loads before it works: help nothing heavy, decisions neither content nor engines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("duckdb", "pyarrow", "numpy", "scipy", "sklearn", "openpyxl", "sqlalchemy", "alembic", "pydantic", "sqlglot")


def loaded(*args: str | Path) -> set[str]:
    """Top-level modules in memory after a command."""
    code = (
        "import sys\n"
        "from yuheng.cli import main\n"
        "try:\n    main()\nexcept SystemExit as left:\n    assert not left.code, left.code\n"
        "print('\\n', *sorted({name.split('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("args", [("--help",), ("run", "--help"), ("release", "--help")], ids=" ".join)
def test_help_loads_nothing_heavy(args: tuple[str, ...]) -> None:
    found = loaded(*args) & {*HEAVY, "rich"}
    assert found <= ({"pydantic"} if len(args) > 1 else set()), found  # typer asks it about the options of a command


def test_commands_about_decisions_load_neither_content_nor_engines(tmp_path: Path) -> None:
    loaded("init", tmp_path / "d")
    loaded("release", "list", "--dir", tmp_path / "d")  # makes the database
    found = loaded("release", "list", "--dir", tmp_path / "d")
    assert found & {"duckdb", "scipy", "sklearn", "openpyxl", "alembic", "sqlglot", "deltalake"} == set()


def test_working_commands_load_statistics_and_spreadsheets_only_when_needed() -> None:
    code = "import sys, yuheng.pipeline; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & {"scipy", "sklearn", "openpyxl", "alembic", "pandas"} == set()
