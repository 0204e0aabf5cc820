"""What the fault tests share: a tiny province, where the runs are started, and what a run nobody disturbs leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.kills import Nursery, Undisturbed, nursery, spoil, undisturbed
from tests.province import make_inbox


@pytest.fixture(scope="session")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What costs is the number of tables and files, not of firms; two months make later versions of records."""
    folder = tmp_path_factory.mktemp("faults")
    make_inbox(folder, enterprises=40, months=2)
    spoil(folder / "inbox")
    return folder / "inbox"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where the runs are started."""
    with nursery(tmp_path_factory.mktemp("logs")) as found:
        yield found


@pytest.fixture(scope="session")
def reference(home: Nursery, inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Undisturbed, Path]:
    """What a run nobody disturbs leaves, and its deployment; read only."""
    root = tmp_path_factory.mktemp("undisturbed") / "deployment"
    return undisturbed(home, inbox, root), root


@pytest.fixture(scope="session")
def wanted(reference: tuple[Undisturbed, Path]) -> Undisturbed:
    """What must come out in the end."""
    return reference[0]
