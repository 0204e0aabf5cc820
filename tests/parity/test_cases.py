"""The experts' cases of the busiest day pass on the scale-out engine as they do on the embedded one."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.parity.both import Both
from yuheng.content import ContentStore
from yuheng.indicator import cases

pytestmark = pytest.mark.spark


@pytest.mark.timeout(1200)
def test_cases(both: Both, store: ContentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    every = cases.read_cases(store)
    (day, connected), count = Counter((c.as_of, c.connected) for _, _, c, _ in every).most_common(1)[0]
    chosen = [found for found in every if (found[2].as_of, found[2].connected) == (day, connected)]
    monkeypatch.setattr(cases, "read_cases", lambda _: chosen)
    results = cases.run(store, both.spark)
    assert len(results) == count > 100
    assert [str(r) for r in results if not r.passed] == []
