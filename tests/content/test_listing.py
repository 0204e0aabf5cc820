"""The counts the house promises: 42 source systems, 45 databases, 136 logical models, each traceable."""

from __future__ import annotations

from collections import Counter

from yuheng.content import ContentStore
from yuheng.office.tables import metadata

DOMAINS = {
    "主体": 16, "公示信用": 15, "许可执法": 11, "双随机检查": 13, "风险分类": 13, "关联": 11, "维权": 7, "特设": 16,
    "食品": 10, "药品": 8, "质量知产舆情": 8, "预警报告": 8,
}  # fmt: skip


def test_the_promised_counts() -> None:
    listing = ContentStore.load().listing()
    counts = {kind: listing[kind]["count"] for kind in ("source", "source_extract", "database", "logical_model")}
    assert counts == {"source": 42, "source_extract": 1, "database": 45, "logical_model": 136}
    assert listing["source_extract"]["ids"] == ["S-HNREG"]


def test_logical_models_by_domain() -> None:
    models = ContentStore.load().models
    assert Counter(model.domain for model in models.values()) == DOMAINS


def test_tables_of_the_office_a_model_names_exist() -> None:
    named = {
        ref.removeprefix("office/")
        for model in ContentStore.load().models.values()
        for ref in model.by
        if ref.startswith("office/")
    }
    assert named
    assert named <= set(metadata.tables)


def test_every_database_has_tables_or_says_who_fills_it() -> None:
    store = ContentStore.load()
    for database in store.databases.values():
        assert bool(database.tables) != bool(database.filled_by), database.id
    assert {d.id for d in store.databases.values() if not d.tables} == {"DB44", "DB45"}


def test_every_standard_table_has_a_feed() -> None:
    store = ContentStore.load()
    fed = {feed.table for source in store.sources.values() for feed in source.feeds}
    assert fed == set(store.standard)
