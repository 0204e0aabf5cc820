"""Industry and repair on the real register: the figures of docs/industry.md do not get worse unnoticed."""

from __future__ import annotations

import pyarrow as pa
import pytest
from bench import industry, registry_repair

from yuheng.content import ContentStore
from yuheng.lake import connect

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not industry.REGISTRY.is_dir(), reason="no folder shared/data/henan_registry beside the checkout"
    ),
]


@pytest.fixture(scope="module")
def firms() -> pa.Table:
    return industry.register()


def level(found: object, name: str) -> float:
    assert isinstance(found, list)
    return next(float(a["accuracy"]) for a in found if a["level"] == name)


def test_rows_labelled_by_hand(firms: pa.Table, store: ContentStore) -> None:
    found = industry.compare_labels(firms, store)
    assert sum(part != "blind" for _, part in industry.labels().values()) == 300
    for part in ("not_looked_at", "blind"):
        both = found[f"{part}.name_and_scope"]
        assert level(both, "class") >= 0.8
        assert level(both, "division") >= 0.85
        sure = both[-1]["by_confidence"][3]  # type: ignore[index]
        assert sure["from"] == 0.8
        assert sure["accuracy"] >= 0.9
        assert level(found[f"{part}.scope_alone"], "class") >= 0.7


def test_scopes_agree_with_trade_words_they_never_saw(firms: pa.Table, store: ContentStore) -> None:
    part = firms.slice(0, 30_000)
    found = industry.compare_names(part, store)
    assert level(found["levels"], "section") >= 0.8
    assert level(found["levels"], "class") >= 0.6


def test_what_is_repaired_and_how_often_wrongly(store: ContentStore) -> None:
    engine = connect(macros=store.macros, threads=2)
    engine.register("register", registry_repair.register(registry_repair.REGISTRY))
    for name in ("ent_type", "ent_type_name"):
        engine.register(name, store.code_lists[name])
    found = registry_repair.measure(engine)
    engine.close()
    kind, capital = found["type"], found["capital"]
    assert isinstance(kind, dict)
    assert isinstance(capital, dict)
    assert kind["missing"] == 131_902
    assert kind["repaired"] >= 131_000
    error = {r["rule"]: r["error_of_form"] for r in kind["hidden"]}
    assert error["COMPANY"] == 0
    assert error["PARTNERSHIP"] == 0
    assert error["CODE"] < 0.001
    assert error["SUPPLY_COOP"] < 0.005
    assert error["WORKS"] < 0.05
    assert error["BRANCH"] < 0.08
    assert capital["explained"] >= 34_000
    assert capital["hidden"]["wrongly_called_without"] / capital["hidden"]["rows"] < 0.005
