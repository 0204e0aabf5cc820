"""What the public register leaves out and its names tell: legal form, group, industry."""

from __future__ import annotations

import re

import pytest

from yuheng.content import ContentStore
from yuheng.lake import Engine, connect


@pytest.fixture(scope="module")
def engine(store: ContentStore) -> Engine:
    return connect(macros=store.macros, threads=1)


def ask(engine: Engine, macro: str, *texts: str | None) -> object:
    names = [f"t{i}" for i in range(len(texts))]
    params = dict(zip(names, texts, strict=True))
    given = ", ".join(f"cast((:{n}) as varchar) as {n}" for n in names)
    sql = f"select {macro}({', '.join(names)}) as x from (select {given}) q"
    return engine.query(sql, params=params).column("x")[0].as_py()


def test_the_words_of_the_macro_are_those_of_the_list(store: ContentStore) -> None:
    table = store.code_lists["scope_word"]
    words = table["word"].to_pylist()
    backward, forward = re.findall(r"'([^'() ]{50,})'", store.macros["scope_word"].body)
    assert sorted(forward.split("|")) == sorted(words)
    assert sorted(word[::-1] for word in backward.split("|")) == sorted(words)
    lengths = [len(word) for word in forward.split("|")]
    assert lengths == sorted(lengths, reverse=True), "the longer of two words at one place counts"
    industry = store.code_lists["industry"]
    divisions = {c: s for c, s, n in zip(industry["code"].to_pylist(), industry["section"].to_pylist(),
                                         industry["level"].to_pylist(), strict=True) if n == 2}  # fmt: skip
    pairs = zip(table["division"].to_pylist(), table["section"].to_pylist(), strict=True)
    assert all(divisions[division] == section for division, section in pairs)


@pytest.mark.parametrize(
    ("name", "scope", "word"),
    [
        ("郑州市某某房地产开发有限公司", "建筑材料销售", "房地产"),
        ("某某建筑机械租赁有限公司", None, "租赁"),
        ("某某有限公司", "餐饮服务;百货零售", "餐饮"),
        ("某某有限公司", "其他服务", None),
        ("N/A", None, None),
    ],
)
def test_the_last_word_of_the_name_tells_the_industry(
    engine: Engine, name: str, scope: str | None, word: str | None
) -> None:
    assert ask(engine, "scope_word", name, scope) == word


@pytest.mark.parametrize(
    ("name", "written", "word", "category"),
    [
        ("甲有限公司", "N/A", "有限责任公司", "1"),
        ("甲有限责任公司", None, "有限责任公司", "1"),
        ("甲股份有限公司", None, "股份有限公司", "1"),
        ("甲有限公司乙分公司", None, "分公司", "1"),
        ("甲中心(有限合伙)", None, "有限合伙企业", "2"),
        ("甲商店", None, None, None),
        ("甲有限公司", "有限责任公司 外商投资企业", "有限责任公司 外商投资企业", "3"),
        ("甲店", "个体工商户", "个体工商户", "4"),
        ("甲社", "农民专业合作社", "农民专业合作社", "5"),
        ("甲厂", "个人独资企业", "个人独资企业", "2"),
    ],
)
def test_legal_form_and_group(
    engine: Engine, name: str, written: str | None, word: str | None, category: str | None
) -> None:
    assert ask(engine, "type_word", name, written) == word
    assert ask(engine, "category_of", word) == category


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("91410100MA3X1ABC3C", "91410100MA3X1ABC3C"),
        (" 91410100ma3x1abc3c　", "91410100MA3X1ABC3C"),
        ("9141 0100MA3X1ABC3C", "91410100MA3X1ABC3C"),
        ("N/A", None),
        ("", None),
        (None, None),
    ],
)
def test_a_credit_code_out_of_a_raw_column(engine: Engine, raw: str | None, code: str | None) -> None:
    assert ask(engine, "uscc_of", raw) == code
