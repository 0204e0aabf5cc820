"""Region and industry trees over small lists and over the shipped ones."""

from __future__ import annotations

import pytest

from yuheng.codes import Industry, IndustryTree, Region, RegionTree
from yuheng.content import ContentStore
from yuheng.errors import CodeError

LISTS = ContentStore.read()[0].code_lists
REGIONS = RegionTree.of(LISTS["region"].to_pylist())
INDUSTRIES = IndustryTree.of(LISTS["industry"].to_pylist())


def test_cities_of_a_province() -> None:
    cities = REGIONS.cities("410000")
    assert len(cities) == 18
    assert [c.code for c in cities if c.code[2:4] == "90"] == ["419001"]
    assert {r.name_zh for r in REGIONS.cities("110000")} >= {"东城区", "延庆区"}


@pytest.mark.parametrize(
    ("code", "city", "name"),
    [
        ("410105", "410100", "河南省郑州市金水区"),
        ("410105001", "410100", "河南省郑州市金水区经八路街道"),
        ("419001", "419001", "河南省济源市"),
        ("419001001", "419001", "河南省济源市济源市沁园街道"),
        ("410100", "410100", "河南省郑州市"),
        ("410000", None, "河南省"),
        ("429004", "429004", "湖北省仙桃市"),
    ],
)
def test_city_and_name(code: str, city: str | None, name: str) -> None:
    assert REGIONS.city_of(code) == city
    assert REGIONS.path_name(code) == name


def test_former_codes_lead_to_the_present_ones() -> None:
    assert REGIONS.present("410381").name_zh == "偃师区"
    assert REGIONS.present("410881").code == "419001"
    assert REGIONS.present("410105").code == "410105"
    assert "410381" not in [r.code for r in REGIONS.children("410300")]


def test_region_mistakes() -> None:
    with pytest.raises(CodeError, match="No region '999999'"):
        REGIONS["999999"]
    one = Region("410000", "河南省", 1, None)
    with pytest.raises(CodeError, match="twice"):
        RegionTree([one, one])
    with pytest.raises(CodeError, match="parent 420000 of 420100"):
        RegionTree([one, Region("420100", "武汉市", 2, "420000")])
    assert "410000" in RegionTree([one])
    assert [r.code for r in RegionTree([one]).children(None)] == ["410000"]


def test_industries() -> None:
    assert [i.code for i in INDUSTRIES.path("5251")] == ["F", "52", "525", "5251"]
    assert [i.code for i in INDUSTRIES.children("525")] == ["5251", "5252", "5253", "5254", "5255"]
    assert len(INDUSTRIES.children(None)) == 20
    assert all(i.section == INDUSTRIES.path(i.code)[0].code for i in INDUSTRIES)


def test_industry_mistakes() -> None:
    with pytest.raises(CodeError, match="No industry '9999'"):
        INDUSTRIES["9999"]
    section = Industry("A", "农业", 1, "A", None)
    with pytest.raises(CodeError, match="twice"):
        IndustryTree([section, section])
    with pytest.raises(CodeError, match="parent B of 06"):
        IndustryTree([section, Industry("06", "煤炭", 2, "B", "B")])
    assert len(IndustryTree([section])) == 1
    assert "A" in IndustryTree([section])
