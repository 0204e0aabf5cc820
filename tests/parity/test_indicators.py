"""The compiled indicator plan gives the same values and cases on both engines."""

from __future__ import annotations

import pytest

from tests.parity import world
from tests.parity.conftest import Derived
from yuheng.indicator import FIRMS, compile_plan, tables_of

pytestmark = pytest.mark.spark


@pytest.mark.timeout(900)
def test_all_indicators(derived: Derived) -> None:
    both, store = derived.both, derived.store
    for name in tables_of(store):
        if name in store.derived:
            derived.build(name)
    everywhere = {i.source[0]: [""] for i in store.indicators.values()} | {"S-CERT": ["41"]}
    plan = compile_plan(store, world.AS_OF, population="true", connected=everywhere)
    for scan in plan.scans:
        both.define(scan.name, scan.sql, materialise=scan.name.startswith("a_"))
    both.define(FIRMS, plan.firms, materialise=True)
    values = both.agree(plan.by_firm)
    assert values.num_rows > 50
    assert values.equals(both.duck.query(plan.select).sort_by("ent_id"))
    valued = [i for i in plan.indicators if 0 in values[f"c_{i}"].to_pylist()]
    # no two firms of this world share an address with a bad one
    assert set(plan.indicators) - set(valued) <= {"co_address_bad_ratio"}, "the world has no value for these"
