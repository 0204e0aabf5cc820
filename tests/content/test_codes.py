"""The shipped code lists: complete, named rightly, as the standards have them."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from yuheng.codes import Calendar, RegionTree, credit_code_ok
from yuheng.content import ContentStore
from yuheng.content.files import ROOT
from yuheng.content.schema import CodeMap
from yuheng.sql import compile_sql

STORE, PROBLEMS = ContentStore.read()
LISTS = STORE.code_lists
SHARED = Path(__file__).parents[3] / "shared" / "data"
MAPS = [
    (f"{source.id}.{feed.id}.{column}", mapping)
    for source in STORE.sources.values()
    for feed in source.feeds
    for column, mapping in feed.map.items()
    if isinstance(mapping, CodeMap)
]


def column(name: str, of: str) -> list[object]:
    values: list[object] = LISTS[name][of].to_pylist()
    return values


def test_everything_is_read() -> None:
    assert PROBLEMS == []
    assert len(MAPS) > 25


@pytest.mark.parametrize(("where", "mapping"), MAPS, ids=[where for where, _ in MAPS])
def test_a_mapping_finds_its_list(where: str, mapping: CodeMap) -> None:
    table = LISTS[mapping.code]
    assert {mapping.from_column, mapping.to_column} <= set(table.column_names)
    known = [key for key in table[mapping.from_column].to_pylist() if key is not None]
    assert known, where
    assert [key for key, n in Counter(known).items() if n > 1] == []
    assert mapping.unknown != "default" or mapping.default in table[mapping.to_column].to_pylist()


def test_columns_and_derived_tables_find_their_lists() -> None:
    named = {c.codes: "code" for t in STORE.standard.values() for c in t.columns if c.codes is not None}
    missing = {name for name, key in named.items() if name not in LISTS or key not in LISTS[name].column_names}
    assert missing == set()
    assert {code for t in STORE.derived.values() for code in t.codes} <= LISTS.keys()


def test_a_code_has_one_name_and_no_blanks_around() -> None:
    for name, table in LISTS.items():
        for field in table.schema:
            if pa.types.is_string(field.type):
                values = [v for v in table[field.name].to_pylist() if v is not None]
                assert [v for v in values if v != v.strip()] == [], (name, field.name)
        if {"code", "name_zh"} <= set(table.column_names):
            pairs = set(zip(column(name, "code"), column(name, "name_zh"), strict=True))
            assert len(pairs) == len(set(column(name, "code"))), name
            assert all(text for _, text in pairs), name


def test_industries_are_the_whole_standard() -> None:
    # The published text counts 1,382 classes; every copy of the list that could be compared holds these 1,381.
    rows = LISTS["industry"].to_pylist()
    assert Counter(r["level"] for r in rows) == {1: 20, 2: 97, 3: 473, 4: 1381}
    per_section = Counter(r["section"] for r in rows if r["level"] == 4)
    assert (per_section["A"], per_section["C"], per_section["F"], per_section["S"]) == (72, 609, 128, 34)
    names = {r["code"]: r["name_zh"] for r in rows}
    assert [names[c] for c in ("277", "2770", "2780", "8052", "8053", "727", "7271", "905", "9051", "019", "0190")] == [
        "卫生材料及医药用品制造", "卫生材料及医药用品制造", "药用辅料及包装材料", "足浴服务", "养生保健服务",
        "安全保护服务", "安全服务", "文化体育娱乐活动与经纪代理服务", "文化活动服务", "其他农业", "其他农业",
    ]  # fmt: skip
    for row in rows:
        parent = {1: None, 2: row["section"], 3: row["code"][:2], 4: row["code"][:3]}[row["level"]]
        assert row["parent"] == parent
        assert re.fullmatch(r"[A-T]|\d{2,4}", row["code"])


def test_regions_of_the_nation_and_of_henan() -> None:
    rows = LISTS["region"].to_pylist()
    standard = Counter(r["level"] for r in rows if r["kind"] == "GB2260")
    assert standard == {1: 34, 2: 333, 3: 2847}
    henan = [r for r in rows if r["code"].startswith("41")]
    counties = [r["name_zh"] for r in henan if r["level"] == 3 and r["kind"] == "GB2260"]
    kinds = Counter("市" if n.endswith("市") else "区" if n.endswith("区") else "县" for n in counties)
    assert (len(counties), kinds) == (157, {"市": 21, "县": 82, "区": 54})
    assert sum(r["level"] == 4 for r in rows) == 2586
    zones = {r["code"] for r in henan if r["kind"] == "DEVELOPMENT_ZONE"}
    assert len(zones) == 24
    assert {"410171", "410172", "410173"} <= zones
    assert all((r["present"] == r["code"]) == (r["kind"] != "FORMER") for r in rows)
    assert {r["present"] for r in rows} == {r["code"] for r in rows if r["kind"] != "FORMER"}


def test_the_macro_of_the_prefecture_agrees_with_the_tree() -> None:
    tree = RegionTree.of(LISTS["region"].to_pylist())
    codes = [r.code for r in tree if r.level == 3 and r.code[:2] == "41" and r.kind != "FORMER"]
    con = duckdb.connect()
    con.execute("create table t as select unnest($1::varchar[]) as v", [codes])
    sql = compile_sql("select v, city_of(v) from t order by v", macros=STORE.macros)
    assert con.execute(sql).fetchall() == sorted((code, tree.city_of(code)) for code in codes)


def test_working_days() -> None:
    rows = LISTS["workday"]
    assert rows.schema.types == [pa.date32(), pa.int32(), pa.int32()]
    days = rows["day"].to_pylist()
    assert days[0] == dt.date(2000, 1, 1)
    assert days[-1] >= dt.date(2027, 12, 31)
    assert len(set(days)) == rows.num_rows == (days[-1] - days[0]).days + 1
    numbers = rows["workday_no"].to_pylist()
    assert numbers == pc.cumulative_sum(rows["is_workday"]).to_pylist()
    # the join that gives the 20th working day finds exactly one for each day up to the year before the last
    con = duckdb.connect()
    con.register("workday", rows)
    found = con.execute(
        "select a.day, count(*) from workday a join workday b on b.is_workday = 1 and b.workday_no = a.workday_no + 20 "
        "where a.day < $1 group by a.day having count(*) <> 1",
        [dt.date(days[-1].year - 1, 12, 31)],
    ).fetchall()
    assert found == []


def test_overrides_reach_the_list_and_the_version(tmp_path: Path) -> None:
    (tmp_path / "codes").mkdir()
    path = tmp_path / "codes" / "workday_override.csv"
    path.write_text("day,is_workday,name_zh\n2030-02-01,0,春节\n", encoding="utf-8")
    store, problems = ContentStore.read(tmp_path)
    assert problems == []
    assert store.version != STORE.version
    worked = dict(zip(*(store.code_lists["workday"][c].to_pylist() for c in ("day", "is_workday")), strict=True))
    assert dt.date(2030, 2, 1).weekday() < 5
    assert worked[dt.date(2030, 2, 1)] == 0
    path.write_text("day,is_workday,name_zh\n2030-02-01,0,春节\n2030-02-04,7,\n,1,\n", encoding="utf-8")
    assert [(p.file, p.line) for p in ContentStore.read(tmp_path)[1]] == [
        ("codes/workday_override.csv", 3),
        ("codes/workday_override.csv", 4),
    ]
    (tmp_path / "codes" / "workday.csv").write_text("day,is_workday,workday_no\n2024-01-02,1,1\n", encoding="utf-8")
    assert ContentStore.read(tmp_path)[0].code_lists["workday"].num_rows == 1


def test_the_calendar_of_reports() -> None:
    rows = LISTS["report_calendar"].to_pylist()
    assert {r["report_year"] for r in rows} >= set(range(2013, 2028))
    assert all(r["due_date"] >= dt.date(r["report_year"] + 1, 6, 30) for r in rows)
    assert {r["region_prefix"] for r in rows} == {None}


def test_enterprise_types() -> None:
    rows = LISTS["ent_type"].to_pylist()
    forms, categories = set(column("org_form", "code")), set(column("ent_category", "code"))
    form_of = {r["code"]: r["org_form"] for r in rows}
    assert {r["org_form"] for r in rows} - {None} == forms
    assert {r["ent_category"] for r in rows} == categories
    wanted = {"1130": "LTD", "1229": "JOINT_STOCK", "3100": "LEGAL_OTHER", "4533": "PARTNERSHIP", "4540": "SOLE"}
    wanted |= {"2130": "BRANCH", "4550": "BRANCH", "9200": "BRANCH"}
    assert {code: form_of[code] for code in wanted} == wanted
    for code, form in form_of.items():
        if code[0] in "27" or code[:2] in ("41", "42", "43", "44", "46", "47", "58", "68"):
            assert form == "BRANCH", code
    assert set(column("ent_type_name", "code")) <= form_of.keys()
    assert (
        dict(zip(column("ent_type_name", "local"), column("ent_type_name", "code"), strict=True))["个体工商户"]
        == "9500"
    )


def test_each_population_is_the_one_its_card_rates() -> None:
    con = duckdb.connect()
    con.register("ent_type", LISTS["ent_type"])
    for grading in STORE.gradings.values():
        rated = compile_sql(
            f"select b.code from (select *, '1' as reg_state from ent_type) b where {grading.population} order by 1"
        )
        declared = "select code from ent_type where population = $1 order by 1"
        assert con.execute(rated).fetchall() == con.execute(declared, [grading.id]).fetchall(), grading.id


def test_inspection_problems_agree_with_the_mapping_of_the_feeds() -> None:
    problems = {r["local"] for r in LISTS["inspection_result"].to_pylist() if r["is_problem"] == 1} - {None}
    for source, feed in (("S-DR", "result"), ("S-CHECK", "check")):
        (expression,) = (f.map["is_problem"] for f in STORE.sources[source].feeds if f.id == feed)
        (listed,) = re.findall(r"',\(([^)]*)\),'", str(expression))
        assert set(listed.split("|")) == problems


def test_required_licences_are_known_and_simulated_ones_are_required() -> None:
    types = set(column("license_type", "code"))
    assert set(column("license_requirement", "req_lic_type")) <= types
    industries = set(column("industry", "code"))
    for name in ("license_requirement", "sensitive_industry"):
        prefixes = [str(p) for p in column(name, "industry_prefix")]
        assert [p for p in prefixes if not any(code.startswith(p) for code in industries)] == []
    with (ROOT / "simulate" / "licences.csv").open(encoding="utf-8") as file:
        assert {row["code"] for row in csv.DictReader(file)} <= types


@pytest.mark.parametrize(
    ("kind", "severity", "day", "days"),
    [
        ("PENALTY", "NORMAL", dt.date(2024, 1, 1), 183),
        ("PENALTY", "NORMAL", dt.date(2025, 12, 24), 183),
        ("PENALTY", "NORMAL", dt.date(2025, 12, 25), 92),
        ("PENALTY", "KEY_DOMAIN", dt.date(2024, 1, 1), 365),
        ("PENALTY", "KEY_DOMAIN", dt.date(2026, 1, 1), 92),
        ("PENALTY", "SEVERE", dt.date(2026, 1, 1), 365),
        ("ABNORMAL", "NORMAL", dt.date(2020, 1, 1), 0),
        ("SERIOUS", "NORMAL", dt.date(2026, 1, 1), 365),
    ],
)
def test_exactly_one_repair_rule_holds_on_a_day(kind: str, severity: str, day: dt.date, days: int) -> None:
    held = [
        r["min_days"]
        for r in LISTS["repair_rule"].to_pylist()
        if (r["event_kind"], r["severity"]) == (kind, severity)
        and (r["valid_from"] or dt.date.min) <= day < (r["valid_to"] or dt.date.max)
    ]
    assert held == [days]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the folder of real data is not beside the checkout")
def test_real_registration_authorities_are_known_regions() -> None:
    con = duckdb.connect()
    con.register("region", LISTS["region"])
    path = f"{SHARED}/henan_registry/201*.csv.gz"
    rows = con.execute(
        f"select 统一社会信用代码, 企业类型 from read_csv('{path}', all_varchar = true, ignore_errors = true)"
    ).fetchall()
    good = [code for code, _ in rows if code and credit_code_ok(code) and code[2:4] == "41"]
    known = set(column("region", "code"))
    unknown = Counter(code[2:8] for code in good if code[2:8] not in known)
    assert len(good) > 20_000
    assert sum(unknown.values()) < 0.02 * len(good), unknown.most_common(20)
    kinds = Counter(kind for _, kind in rows if kind and kind not in ("N/A", "企业类型"))
    names = set(column("ent_type_name", "local"))
    missing = {kind: n for kind, n in kinds.items() if kind not in names}
    assert sum(missing.values()) < 0.01 * kinds.total(), missing


def test_the_calendar_class_and_the_list_are_one() -> None:
    days = LISTS["workday"]["day"].to_pylist()
    off = [d for d, w in zip(days, LISTS["workday"]["is_workday"].to_pylist(), strict=True) if w == 0]
    calendar = Calendar(days[0], days[-1], {**dict.fromkeys(days, True), **dict.fromkeys(off, False)})
    assert [number for *_, number in calendar.rows()] == LISTS["workday"]["workday_no"].to_pylist()
