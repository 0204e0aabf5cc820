"""Industry from name and scope: what words tell, how mentions are weighed, what labels may look like."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.intake.world import World
from yuheng import intake
from yuheng.content import ContentStore, codelist
from yuheng.intake.industry import (
    LIST,
    PREDICTED,
    Classifier,
    Model,
    Votes,
    agreement,
    empty_of,
    fit_logistic,
    learn,
    level_of,
    name_terms,
    of_labels,
    predict,
    scope_votes,
    trade_words,
)
from yuheng.intake.industry.grams import Words
from yuheng.intake.industry.text import items, normalised, points
from yuheng.intake.industry.votes import premises
from yuheng.library import predict_industry, register_industry


@pytest.fixture(scope="module")
def judge(store: ContentStore) -> Classifier:
    return Classifier.of(store.code_lists)


def told(judge: Classifier, *firms: tuple[str | None, str | None]) -> pa.Table:
    names, scopes = (pa.chunked_array([pa.array(list(column), pa.string())]) for column in zip(*firms, strict=True))
    return judge.predict(names, scopes)


def codes(found: pa.Table) -> list[str | None]:
    return list(found["industry_code_pred"].to_pylist())


@pytest.mark.parametrize(
    ("name", "scope", "code"),
    [
        ("某某有限公司", "钢材销售", "5164"),
        ("某某有限公司", "钢材生产", "3130"),
        ("某某有限公司", "钢材的生产与销售", "3130"),
        ("某某有限公司", "销售：五金交电、钢材", "5174"),
        ("某某五金店", "五金交电", "5281"),
        ("某某有限公司", "五金交电零售", "5281"),
        ("某某有限公司", "批发、零售：五金交电", "5174"),
        ("某某种植有限公司", "蔬菜种植、销售", "0141"),
        ("某某有限公司", "蔬菜加工", "1371"),
        ("某某有限公司", "蔬菜批发", "5123"),
        ("某某有限公司", "羊的养殖、销售", "0314"),
        ("某某有限公司", "室内外装饰工程设计及施工", "5011"),
        ("某某置业有限公司", "房地产开发与销售；建筑材料销售", "7010"),
        ("某某有限公司", "房地产开发（不含建材销售）", "7010"),
        ("某某加油站", "汽油、柴油", "5265"),
        ("某某农业生产资料公司门市部", "生产资料零售", "5166"),
        ("某某银行股份有限公司某某支行", "以批准文件所列的为准", "6621"),
        ("某某有限公司", "建材批发（依法须经批准的项目，经相关部门批准后方可开展经营活动）", "5165"),
        ("某某餐厅", "热食类食品制售", "6210"),
        ("某某汽车销售有限公司", "汽车销售；汽车维修", "5261"),
    ],
)
def test_what_a_firm_does(judge: Classifier, name: str, scope: str, code: str) -> None:
    assert codes(told(judge, (name, scope))) == [code]


def test_nothing_told_is_no_class_and_no_confidence(judge: Classifier) -> None:
    found = told(judge, (None, None), ("", ""), ("某某有限公司", "其他"), ("𠮷𠮷", "𠮷、😀；\0"))
    assert found.schema == PREDICTED
    assert codes(found) == [None] * 4
    assert found["industry_conf"].to_pylist() == [0.0] * 4
    assert found["industry_pred_basis"].null_count == 4


def test_what_told_is_named(judge: Classifier) -> None:
    found = told(judge, ("某某有限公司", "钢材销售"), ("某某置业有限公司", None), ("某某钢材有限公司", "钢材销售"))
    assert found["industry_pred_basis"].to_pylist() == ["SCOPE", "NAME", "NAME_SCOPE"]
    conf = found["industry_conf"].to_pylist()
    assert all(0 < c <= 1 for c in conf)
    assert conf[2] >= conf[0], "a name that says the same makes surer"


FIRMS = [
    ("甲钢材有限公司", "钢材、建材、五金交电销售"),
    ("乙置业有限公司", "房地产开发；物业管理"),
    (None, "道路普通货物运输"),
    ("丙药店", None),
    ("丁有限公司", "销售：轴承、阀门、" * 300),
    ("", "；；、、：：。"),
] * 5


def test_one_firm_is_judged_as_in_a_batch(judge: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    together = told(judge, *FIRMS)
    assert together.to_pylist() == [row for firm in FIRMS for row in told(judge, firm).to_pylist()]
    monkeypatch.setattr(predict, "CHUNK", 7)
    assert told(judge, *FIRMS).to_pylist() == together.to_pylist()


def test_the_scope_alone_sees_nothing_of_the_name(judge: Classifier) -> None:
    scopes = pa.chunked_array([pa.array([s for _, s in FIRMS], pa.string())])
    alone = judge.predict(None, scopes)
    nameless = told(judge, *((None, s) for _, s in FIRMS))
    assert alone.to_pylist() == nameless.to_pylist()


def test_the_longest_term_counts_and_overlaps_stand() -> None:
    words = Words(["钢材", "钢材销售", "销售额", "材"])
    text = points(pa.array(["钢材销售额", "材"]))
    found = words.find(text.codes)
    assert sorted(zip(found.start.tolist(), found.term.tolist(), strict=True)) == [(0, 1), (2, 2), (6, 3)]
    assert len(words.find(text.codes, nested=True)) == 5


def test_scopes_are_cut_into_clauses_and_items(store: ContentStore) -> None:
    text = points(pa.array(["甲、乙;丙", "丁"]))
    parts = items(text)
    assert parts.row.tolist()[:4] == [0, 0, 0, 1]
    assert parts.clause.tolist()[0] == parts.clause.tolist()[1] < parts.clause.tolist()[2]
    noise = store.code_lists["industry_noise"]["pattern"].to_pylist()
    raw = "一般经营项目：钢材（不含废钢[含铁])；凭有效许可证经营；（未闭合"
    assert normalised(pa.array([raw]), noise)[0].as_py() == "钢材;;"


def test_labels_of_any_level_and_kind(store: ContentStore) -> None:
    industry = store.code_lists["industry"]
    labels = ["5165", "F5165", "建材批发", "516", "51", "F", "批发业", " 5165 ", "9999", "", None]
    assert of_labels(labels, industry) == ["5165", "5165", "5165", "516", "51", "F", "51", "5165", None, None, None]
    sections = {"51": "F"}
    assert [level_of("5165", n, sections) for n in (1, 2, 3, 4)] == ["F", "51", "516", "5165"]
    assert [level_of("51", n, sections) for n in (1, 2, 3, 4)] == ["F", "51", None, None]
    assert level_of(None, 1, sections) is None


def test_agreement_counts_each_label_at_its_own_level_and_above(store: ContentStore) -> None:
    made = agreement(
        ["5165", "5164", None, "7010"], np.array([0.9, 0.6, 0.0, 0.9]), ["5165", "51", "51", "K"],
        store.code_lists["industry"],
    )  # fmt: skip
    by = {a.level: a for a in made}
    assert (by["section"].rows, by["section"].told, by["section"].accuracy) == (4, 3, 0.75)
    assert (by["division"].rows, by["division"].accuracy, by["division"].accuracy_told) == (3, 0.6667, 1.0)
    assert (by["class"].rows, by["class"].accuracy) == (1, 1.0)
    assert by["section"].by_confidence[-1] == {"from": 0.9, "coverage": 0.5, "accuracy": 1.0}


def test_a_trade_word_says_what_its_readings_share(judge: Classifier) -> None:
    lexicon = judge.lexicon
    _, last = name_terms(points(pa.array(["甲置业有限公司", "乙商贸有限公司", "丙农药有限公司", "丁"])), lexicon)
    house, trade, pesticide, nothing = trade_words(last, lexicon)
    assert (house, trade, pesticide, nothing) == ("7010", "F", None, None)


def test_learning_finds_the_mentions_that_fit_the_names(judge: Classifier) -> None:
    """Names say construction, scopes mention a sale first: construction must come to weigh more, later places too."""
    lexicon = judge.lexicon
    number = lexicon.tree.number
    firms = 400
    row = np.repeat(np.arange(firms), 2)
    voted = np.tile([number["5165"], number["4710"]], firms)
    votes = Votes(row, voted, np.tile([0, 1], firms))
    _, last = name_terms(points(pa.array(["甲建筑工程有限公司"] * firms)), lexicon)
    weights = learn(votes, last, lexicon)
    assert weights.division[number["4710"]] > 1 > weights.division[number["5165"]]
    assert weights.place[1] > 1 == weights.place[0]
    assert weights.division[number["7010"]] == 1, "never seen, nothing learnt"
    idle = learn(votes, np.full(firms, -1), lexicon)
    assert set(idle.division.tolist()) == {1.0}


def test_the_model_survives_its_code_list(store: ContentStore, judge: Classifier) -> None:
    lines = judge.model.lines(judge.lexicon.tree)
    again = Model.of(codelist.parse("\n".join(lines).encode(), "codes/x.csv"), judge.lexicon.tree)
    assert again.lines(judge.lexicon.tree) == lines
    assert lines == store.files.text(f"codes/{LIST}.csv").splitlines()
    assert empty_of(store.code_lists).weights.place[0] == 1


def test_confidence_follows_the_share_of_right_ones() -> None:
    share = np.repeat([0.3, 0.5, 0.9], 200)
    right = np.concatenate([np.arange(200) < 60, np.arange(200) < 100, np.arange(200) < 190])
    fitted = fit_logistic(share, right)
    low, middle, high, none = fitted(np.array([0.3, 0.5, 0.9, 0.0])).tolist()
    assert none == 0
    assert low < middle < high
    assert abs(middle - 0.5) < 0.15
    assert high > 0.85


def test_every_code_of_the_word_lists_is_in_the_standard(store: ContentStore) -> None:
    industry = store.code_lists["industry"]
    level = dict(zip(industry["code"].to_pylist(), industry["level"].to_pylist(), strict=True))
    terms = store.code_lists["industry_term"].to_pylist()
    assert len({t["term"] for t in terms}) == len(terms)
    for term in terms:
        assert all(level[term[c]] == 4 for c in ("make", "sell", "retail", "other") if term[c]), term
        assert all(code in level for code in str(term["name"] or "").split()), term
    assert {w["activity"] for w in store.code_lists["industry_activity"].to_pylist()} <= {
        "make", "sell", "retail", "wholesale", "other", "grow",
    }  # fmt: skip


def test_a_shop_sells_to_people(judge: Classifier) -> None:
    name, scope = points(pa.array(["甲店", "甲有限公司"])), points(pa.array(["鞋帽销售", "鞋帽销售"]))
    votes = scope_votes(scope, premises(name, judge.lexicon), judge.lexicon)
    assert [judge.lexicon.tree.codes[v] for v in votes.voted.tolist()] == ["5233", "5133"]


HEADER = "企业名称,统一社会信用代码,注册日期,企业类型,法人代表,注册资金,经营范围,所在省份,地区,注册地址"
LINES = [
    "郑州甲置业有限公司,91410100MA3X1ABC3C,2010-05-01,N/A,张三,100(万元),房地产开发,河南省,郑州市,郑州市金水区花园路1号",
    "郑州乙某有限公司,91410100MA3X1ABD1A,2011-05-01,N/A,李四,100(万元),其他,河南省,郑州市,郑州市金水区花园路2号",
]


def test_firms_without_a_class_get_one_beside_their_record(world: World, tmp_path: Path) -> None:
    file = tmp_path / "2010.csv"
    file.write_text("\n".join([HEADER, *LINES]) + "\n", encoding="utf-8")
    intake.add_files(world.deployment, world.store, "S-HNREG", [file])
    world.run()
    day = dt.date(2012, 1, 1)
    made = predict_industry(world.engine, world.lake, world.store, day)
    assert (made.firms, made.told, made.skipped) == (2, 1, False)
    rows = world.engine.query("select * from ent_industry order by industry_code_pred nulls last").to_pylist()
    assert [r["industry_code_pred"] for r in rows] == ["7010", None]
    assert (rows[0]["industry_div_pred"], rows[0]["industry_sec_pred"]) == ("70", "K")
    assert rows[0]["industry_pred_basis"] == "NAME_SCOPE"
    ids = set(world.table("ent_registration")["ent_id"].to_pylist())
    assert {r["ent_id"] for r in rows} == ids
    assert predict_industry(world.engine, world.lake, world.store, day).skipped
    assert not register_industry(world.engine, world.lake, dt.date(2013, 1, 1)), "another day was never made"
