"""Fixtures several packages use."""

from __future__ import annotations

import pytest

from tests.province import Province, made


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    """A small simulated province, taken in, rated and back-tested; read only."""
    return made(tmp_path_factory)
