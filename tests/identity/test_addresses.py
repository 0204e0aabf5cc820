"""Addresses in parts, in bulk: examples, the standard id, and Chinese numbers against plain Python."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuheng.content import ContentStore
from yuheng.identity import ADDRESS_PARTS, PLACES_VIEW, address_parts, places
from yuheng.identity.plain import arabic, plain
from yuheng.identity.wording import Wording
from yuheng.lake import Engine, connect

HOME = "410000"


@pytest.fixture(scope="module")
def store() -> ContentStore:
    return ContentStore.load()


@pytest.fixture(scope="module")
def engine(store: ContentStore) -> Engine:
    made = connect(macros=store.macros, threads=1, memory="1GB")
    made.register(PLACES_VIEW, places(store, HOME))
    return made


def parts(engine: Engine, store: ContentStore, *addresses: str | None) -> list[dict[str, object]]:
    engine.register("a", pa.table({"i": list(range(len(addresses))), "address": pa.array(addresses, pa.string())}))
    sql = address_parts(store, "a", "address", home=HOME)
    return engine.query(f"select {', '.join(ADDRESS_PARTS)} from {sql} x order by i").to_pylist()


@pytest.mark.parametrize(
    ("address", "region", "levels"),
    [
        ("河南省郑州市金水区花园路88号院3号楼2单元5层501室", "410105",
         {"road": "花园路", "building": "3", "unit": "2", "floor": "5", "room": "501"}),
        ("郑州市管城区紫荆山南路388号", "410104", {"road": "紫荆山南路", "number": "388号"}),
        ("金水区未来路街道建业路二十一号楼", "410105", {"town": "未来路街道", "road": "建业路", "building": "21"}),
        ("安阳市内黄县城关镇西长固村131号", "410527", {"town": "城关镇", "village": "西长固村", "number": "131号"}),
        ("济源市济水大道西段786号", "419001", {"road": "济水大道西段", "number": "786号"}),
        ("南京路5号", None, {"road": "南京路", "number": "5号"}),
    ],
)  # fmt: skip
def test_examples(
    engine: Engine, store: ContentStore, address: str, region: str | None, levels: dict[str, str]
) -> None:
    found = parts(engine, store, address)[0]
    assert found["region_code"] == region
    assert {level: found[f"addr_{level}"] for level in levels} == levels


def test_one_place_written_differently_has_one_id(engine: Engine, store: ContentStore) -> None:
    one, other, third = parts(
        engine,
        store,
        "河南省郑州市金水区花园路８８号３号楼501室",
        "郑州市金水区花园路88号三幢501号",
        "金水区花园路89号3号楼501室",
    )
    assert one["addr_std_id"] == other["addr_std_id"] is not None
    assert one["addr_std_id"] != third["addr_std_id"]


def test_nothing_said_gives_no_id(engine: Engine, store: ContentStore) -> None:
    for found in parts(engine, store, None, "", "郑州市"):
        assert found["addr_std_id"] is None
        assert found["addr_text"] == ""


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(alphabet="一二三四五六七八九十〇号楼路ａB # （)　ｚ國東", max_size=10), min_size=1, max_size=30)
)
def test_texts_are_brought_to_one_form_as_in_python(engine: Engine, store: ContentStore, texts: list[str]) -> None:
    engine.register("t", pa.table({"i": list(range(len(texts))), "t": texts}))
    sql = f"select {plain(store, 't')} as p, {arabic(store, 't')} as a from t order by i"
    wording = Wording(store)
    for text, row in zip(texts, engine.query(sql).to_pylist(), strict=True):
        assert row == {"p": wording.plain(text), "a": wording.arabic(text)}
