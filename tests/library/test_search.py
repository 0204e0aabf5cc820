"""The search index: parts of names, former names, codes, addresses, regions."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tests.province import END, Province
from yuheng.content import ContentStore
from yuheng.errors import DataError
from yuheng.lake import connect
from yuheng.library import FirmIndex, build_index
from yuheng.pipeline import Workspace
from yuheng.pipeline.search import ensure_index, open_index, search

FIRMS = [
    (1, "91410100MA000001X1", "郑州华茂商贸有限公司", "410102", "1", "", "郑州市金水区花园路1号"),
    (2, "91410100MA000002X2", "郑州华茂（集团）股份有限公司", "410105", "1", "郑州旧名粮油有限责任公司", "大学路2号"),
    (3, "91410300MA000003X3", "洛阳华茂商贸有限公司", "410302", "4", "", "洛阳市老城区中州路3号"),
    (4, "", "有限公司", "410302", "1", "", ""),
    (5, "92410300MA000005X5", "华茂", "410302", "1", "", "洛阳市华茂大厦5楼"),
    (6, "92410300MA000006X6", "老王烧饼店", "410302", "1", "", "洛阳市中州路3号"),
    (7, "92410300MA000007X7", "ＡＢＣ 科技有限公司", "410302", "1", "", ""),
]  # fmt: skip
SQL = (
    "select ent_id, uscc, ent_name, region_code, reg_state, search_text(ent_name) as name, "
    "coalesce(search_text(former), '') as former, uscc as codes, address from firms order by ent_id"
)


@pytest.fixture(scope="module")
def store() -> ContentStore:
    return ContentStore.load()


@pytest.fixture(scope="module")
def index(store: ContentStore, tmp_path_factory: pytest.TempPathFactory) -> FirmIndex:
    folder = tmp_path_factory.mktemp("index") / "one"
    engine = connect(macros=store.macros, threads=1, memory="256MB")
    names = ["ent_id", "uscc", "ent_name", "region_code", "reg_state", "former", "address"]
    engine.register("firms", pa.table(dict(zip(names, map(list, zip(*FIRMS, strict=True)), strict=True))))
    assert build_index(engine, store, folder, meta={"as_of": "2026-06-30"}, sql=SQL) == len(FIRMS)
    engine.close()
    return FirmIndex(folder, store)


@pytest.mark.parametrize(
    ("text", "region", "wanted"),
    [
        ("华茂商贸", "", [1, 3]),
        ("华茂商贸有限公司", "", [1, 3]),
        ("郑州华茂商贸有限责任公司", "", [1]),
        ("华茂", "4103", [5, 3]),
        ("华茂", "41030", [5, 3]),
        ("商贸 华茂", "4101", [1]),
        ("旧名粮油", "", [2]),
        ("91410300MA000003X3", "", [3]),
        ("91410300ma000003x3", "", [3]),
        ("924103", "", [5, 6, 7]),
        ("中州路3号", "", [3, 6]),
        ("abc科技", "", [7]),
        ("有限公司", "", [4]),
        ("没有这家", "", []),
        ("华茂", "42", []),
    ],
)
def test_what_is_found(index: FirmIndex, text: str, region: str, wanted: list[int]) -> None:
    found = [h.ent_id for h in index.find(text, region=region)]
    assert found[:1] == wanted[:1] or text in ("华茂商贸", "中州路3号", "华茂商贸有限公司"), found
    assert sorted(found) == sorted(wanted)


def test_the_whole_name_comes_first(index: FirmIndex) -> None:
    assert index.find("华茂")[0].ent_id == 5
    hit = index.find("郑州华茂商贸有限公司")[0]
    assert (hit.ent_id, hit.matched, hit.region_code) == (1, "name", "410102")
    assert index.find("中州路")[0].matched == "address"


def test_the_limit_keeps_the_best(index: FirmIndex) -> None:
    assert [h.ent_id for h in index.find("924103", limit=2)] == [5, 6]


@pytest.mark.parametrize(("text", "region"), [("", ""), ("  ", ""), ("华茂", "郑州")])
def test_questions_that_make_no_sense(index: FirmIndex, text: str, region: str) -> None:
    with pytest.raises(DataError):
        index.find(text, region=region)


def test_a_text_of_the_query_language_is_only_text(index: FirmIndex) -> None:
    for text in ("name:*", "(华茂 OR", '"', "a" * 300, "91*.?"):
        assert isinstance(index.find(text), list)


def test_the_run_made_an_index_of_all_firms(province: Province) -> None:
    with Workspace.open(province.root) as ws, ws.engine() as engine:
        firms = ws.lake.table("derived", "ent_base").rows(slice=END.isoformat())
        assert open_index(ws).meta["firms"] == firms
        assert ensure_index(ws, engine, END).skipped
        engine.scan("b", ws.lake.table("derived", "ent_base").files(slice=END.isoformat()),
                    pa.schema([("ent_id", pa.int64()), ("uscc", pa.string()), ("ent_name", pa.string())]))  # fmt: skip
        some = engine.query("select * from b where uscc is not null order by ent_id limit 5").to_pylist()
        for row in some:
            assert row["ent_id"] in [h.ent_id for h in search(ws, row["ent_name"], by="t", limit=50)]
            assert [h.ent_id for h in search(ws, row["uscc"], by="t")] == [row["ent_id"]]


def test_the_index_in_use_changes_at_one_stroke(province: Province, tmp_path: Path) -> None:
    root = province.copy(tmp_path / "deployment")
    file = root / "content" / "codes" / "search_stopword.csv"
    with Workspace.open(root) as ws:
        old = open_index(ws)
        before = old.meta["stamp"]
        code = next(h.uscc for start in ("914101", "924101", "914103") for h in old.find(start))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("word,kind\n有限公司,FORM\n", encoding="utf-8")
    with Workspace.open(root) as ws, ws.engine() as engine:
        made = ensure_index(ws, engine, END)
        assert not made.skipped
        assert made.stamp != before
        assert open_index(ws).meta["stamp"] == made.stamp
        assert sorted(p.name for p in (root / "serving" / "search").glob("search-*")) == sorted(
            [f"search-{before}", f"search-{made.stamp}"]
        )
    assert [h.uscc for h in old.find(code)] == [code]  # a reader of the old one goes on


def test_without_an_index_it_says_what_to_do(store: ContentStore, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="library build"):
        FirmIndex(tmp_path, store)
