"""Parts of firms' names: the SQL against an independent reading in plain Python, and examples."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuheng.content import ContentStore
from yuheng.content.schema import NameGrammar
from yuheng.identity import NAME_PARTS, name_parts
from yuheng.lake import Engine, connect

REGIONS = ["河南省", "河南", "郑州市", "郑州", "中牟县", "中牟", "金水区", "洛阳市"]
BRANDS = ["鑫隆", "华远达", "九州通", "天元", "三和", "豫东方"]
TRADES = ["商贸", "建筑工程", "信息技术", "餐饮管理", ""]
FORMS = {"有限公司": "有限公司", "有限责任公司": "有限公司", "股份有限公司": "股份公司", "专业合作社": "专业合作社"}
BRANCHES = ["", "郑州分公司", "第三店", "人民路营业部"]


@pytest.fixture(scope="module")
def store() -> ContentStore:
    return ContentStore.load()


@pytest.fixture(scope="module")
def engine(store: ContentStore) -> Engine:
    return connect(macros=store.macros, threads=1, memory="1GB")


def parts(engine: Engine, store: ContentStore, names: Sequence[str | None]) -> list[dict[str, str]]:
    engine.register("n", pa.table({"i": list(range(len(names))), "name": pa.array(names, pa.string())}))
    sql = name_parts(store, "n", "name", home="410000")
    return engine.query(f"select {', '.join(NAME_PARTS)} from {sql} x order by i").to_pylist()


def ending(text: str, words: Sequence[str]) -> str:
    """The longest of `words` that ends the text."""
    return max((w for w in words if text.endswith(w)), key=len, default="")


def trade_of(body: str, words: set[str]) -> str:
    """The longest tail of whole trade words behind the first two characters, tried place by place."""
    for begin in range(2, len(body)):
        reach = {begin}
        for at in range(begin, len(body)):
            if at in reach:
                reach |= {at + len(w) for w in words if body.startswith(w, at)}
        if len(body) in reach:
            return body[begin:]
    return ""


@pytest.mark.parametrize(
    ("name", "region", "brand", "trade", "form", "branch"),
    [
        ("河南省郑州市鑫隆商贸有限责任公司", "河南省郑州市", "鑫隆", "商贸", "有限公司", ""),
        ("鑫隆（郑州）商贸有限公司", "郑州", "鑫隆", "商贸", "有限公司", ""),
        ("鄭州華遠達建築工程有限公司", "郑州", "华远达", "建筑工程", "有限公司", ""),
        ("九州通商贸有限公司郑州分公司", "", "九州通", "商贸", "有限公司", "郑州分公司"),
        ("张仲景大药房股份有限公司第３店", "", "张仲景", "大药房", "股份公司", "第3店"),
        ("郑州天元（有限合伙）", "郑州", "天元", "", "有限合伙", ""),
        ("河南东方实业有限公司", "河南", "东方", "实业", "有限公司", ""),
        ("ａｂｃ 商贸有限公司", "", "ABC", "商贸", "有限公司", ""),
    ],
)
def test_examples(
    engine: Engine, store: ContentStore, name: str, region: str, brand: str, trade: str, form: str, branch: str
) -> None:
    found = parts(engine, store, [name])[0]
    wanted = {
        "name_region": region, "name_brand": brand, "name_trade": trade, "name_form": form, "name_branch": branch,
    }  # fmt: skip
    assert {key: found[key] for key in wanted} == wanted


def test_a_missing_name_has_empty_parts(engine: Engine, store: ContentStore) -> None:
    assert set(parts(engine, store, [None, ""])[0].values()) == {""}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", *REGIONS]), st.sampled_from(BRANDS), st.sampled_from(TRADES),
            st.sampled_from(list(FORMS)), st.sampled_from(BRANCHES),
        ),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_built_names_come_apart_again(
    engine: Engine, store: ContentStore, built: list[tuple[str, str, str, str, str]]
) -> None:
    found = parts(engine, store, ["".join(one) for one in built])
    for one, got in zip(built, found, strict=True):
        region, brand, trade, form, branch = one
        assert (got["name_region"], got["name_brand"], got["name_trade"]) == (region, brand, trade)
        head = branch if form.endswith("公司") else ""
        if head or not branch:
            assert (got["name_form"], got["name_branch"]) == (FORMS[form], head)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text(alphabet="鑫隆商贸建筑工程技术公司有限农业店", min_size=1, max_size=14), min_size=1, max_size=20)
)
def test_any_text_is_read_as_plain_python_reads_it(engine: Engine, store: ContentStore, names: list[str]) -> None:
    grammar = store.rules(NameGrammar)
    words = {*grammar.trades, *store.code_lists["scope_word"]["word"].to_pylist()}
    same = {other: group[0] for group in grammar.same_forms for other in group[1:]}
    for name, got in zip(names, parts(engine, store, names), strict=True):
        if got["name_branch"]:
            name = name.removesuffix(got["name_branch"])
        form = ending(name, grammar.forms)
        body = name.removesuffix(form)
        trade = trade_of(body, words)
        assert got["name_form"] == same.get(form, form)
        assert (got["name_trade"], got["name_brand"]) == (trade, body.removesuffix(trade))
