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


COMPANY, COOPERATIVE, PERSON = "91410100MA3X1ABC3C", "93410100MA3X1ABC3C", "92410100MA3X1ABC3C"


@pytest.mark.parametrize(
    ("name", "written", "code", "capital", "rule", "word", "category"),
    [
        ("甲有限公司", "N/A", COMPANY, "100(万元)", "COMPANY", "有限责任公司", "1"),
        ("甲有限责任公司", None, COMPANY, None, "COMPANY", "有限责任公司", "1"),
        ("甲股份有限公司", None, COMPANY, None, "COMPANY", "股份有限公司", "1"),
        ("甲有限公司乙加油站", None, COMPANY, "N/A", "BRANCH", "有限责任公司分公司", "1"),
        ("甲银行股份有限公司乙支行", None, COMPANY, None, "BRANCH", "股份有限公司分公司", "1"),
        ("甲县医药公司第三药店", None, COMPANY, None, "BRANCH", "内资企业法人分支机构(非法人)", "1"),
        ("甲县医药公司第三药店", None, COMPANY, "10(万元)", None, None, None),
        ("甲供销社乙门市部", None, COMPANY, None, "BRANCH", "内资企业法人分支机构(非法人)", "1"),
        ("甲供销合作社", None, COMPANY, "10(万元)", "SUPPLY_COOP", "集体所有制", "1"),
        ("甲砖厂", None, COMPANY, None, "WORKS", "个人独资企业", "2"),
        ("甲砖厂", None, COMPANY, "10(万元)", None, None, None),
        ("甲中心(有限合伙)", None, COMPANY, None, "PARTNERSHIP", "有限合伙企业", "2"),
        ("甲事务所（特殊普通合伙）", None, COMPANY, None, "PARTNERSHIP", "特殊普通合伙企业", "2"),
        ("甲商店", None, COMPANY, None, None, None, None),
        ("甲商店", None, None, None, None, None, None),
        ("甲店", None, PERSON, None, "CODE", "个体工商户", "4"),
        ("甲种植", None, COOPERATIVE, None, "CODE", "农民专业合作社", "5"),
        ("甲有限公司", "有限责任公司 外商投资企业", COMPANY, None, "STATED", "有限责任公司 外商投资企业", "3"),
        ("甲店", "个体工商户", PERSON, None, "STATED", "个体工商户", "4"),
        ("甲厂", "个人独资企业", COMPANY, None, "STATED", "个人独资企业", "2"),
    ],
)
def test_legal_form_and_group(
    engine: Engine,
    name: str,
    written: str | None,
    code: str | None,
    capital: str | None,
    rule: str | None,
    word: str | None,
    category: str | None,
) -> None:
    assert ask(engine, "type_rule", name, written, code, capital) == rule
    assert ask(engine, "type_word", name, written, code, capital) == word
    assert ask(engine, "category_of", word) == category


def test_every_form_a_rule_gives_is_on_the_list(store: ContentStore) -> None:
    given = set(re.findall(r"'([\u4e00-\u9fff()]{4,})'", store.macros["type_word"].body))
    known = set(store.code_lists["ent_type_name"]["local"].to_pylist())
    assert {w for w in given if not w.endswith(("合伙", "$"))} <= known


@pytest.mark.parametrize(
    ("word", "capital"),
    [
        ("有限责任公司", 1),
        ("集体所有制", 1),
        ("有限责任公司分公司", 0),
        ("集体分支机构(非法人)", 0),
        ("集体事业单位营业", 0),
        ("个人独资企业", 0),
        ("普通合伙", 0),
        ("个体工商户", 0),
    ],
)
def test_which_forms_register_a_capital(engine: Engine, word: str, capital: int) -> None:
    assert ask(engine, "has_capital", word) == capital


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
