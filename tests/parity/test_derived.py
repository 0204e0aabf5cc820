"""Every derived table has the same rows on both engines."""

from __future__ import annotations

from importlib.resources import files

import pytest

from tests.parity.conftest import Derived

pytestmark = pytest.mark.spark

NAMES = sorted(
    p.name.removesuffix(".sql")
    for p in files("yuheng.content").joinpath("derived").iterdir()
    if p.name.endswith(".sql")
)


@pytest.mark.parametrize("name", NAMES)
def test_a_derived_table(name: str, derived: Derived) -> None:
    assert derived.build(name).num_rows > 0
