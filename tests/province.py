"""Small simulated provinces, each made once for a whole test run, even when several workers run it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import fasteners
import pytest

from yuheng.pipeline import Live, RunReport, Workspace, run
from yuheng.settings import create
from yuheng.simulate import simulate

END = date(2026, 6, 30)


@dataclass(frozen=True)
class Province:
    """A deployment that was run as of `END`, with its inbox and truth. Read it; to change it take a `copy`."""

    root: Path
    inbox: Path
    truth: Path

    def copy(self, target: Path) -> Path:
        """The deployment copied to a folder of the test's own."""
        shutil.copytree(self.root, target)
        return target


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder made by the first worker that needs it; the others wait."""
    base = factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    folder = shared / name
    with fasteners.InterProcessLock(shared / f"{name}.lock"):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            make(folder)
            (folder / "done").touch()
    return folder


def make_inbox(folder: Path, *, enterprises: int, months: int, seed: int = 7, others: float = 0.2) -> None:
    """`folder`/inbox and `folder`/truth of a simulated province up to `END`."""
    simulate(
        folder / "inbox", enterprises=enterprises, months=months, seed=seed, end=END, others=others,
        truth=folder / "truth", workers=1,
    )  # fmt: skip


def deploy(root: Path, inbox: Path, *, key: str = "11" * 32) -> None:
    """A deployment with a copy of the inbox and a known master key."""
    create(root)
    (root / "keys" / "master.key").write_text(key + "\n", encoding="ascii")
    shutil.copytree(inbox, root / "inbox", dirs_exist_ok=True)


@contextmanager
def opened(root: Path):  # type: ignore[no-untyped-def]
    """A workspace on a deployment."""
    with Workspace.open(root) as ws:
        yield ws


def made(factory: pytest.TempPathFactory) -> Province:
    """The province most tests read: 500 enterprises, 24 months, run as of `END`, ready to rate single firms anew."""

    def make(folder: Path) -> None:
        make_inbox(folder, enterprises=500, months=24)
        deploy(folder / "deployment", folder / "inbox")
        with opened(folder / "deployment") as ws:
            report: RunReport = run(ws, END)
            assert report.rated is not None
            Live(ws, END).close()  # its store, so that no test has to write it

    folder = once(factory, "province", make)
    return Province(folder / "deployment", folder / "inbox", folder / "truth")
