"""Other departments, third parties and the records that hang on others: every feed lands with its expected fates."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.intake.world import World, firm, uscc
from tests.province import make_inbox
from yuheng import intake
from yuheng.intake.report import FeedReport
from yuheng.simulate.declared_spec import load_records
from yuheng.simulate.params import HOME
from yuheng.simulate.spec import load_feeds

SPECS = load_records(HOME)
FEEDS = {name: spec for name, spec in load_feeds(HOME)[0].items() if name in SPECS}
STAMP = "2024-02-05 10:00:00"


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("departments")
    make_inbox(folder, enterprises=1_500, months=1, others=0.1)
    return folder


def test_every_feed_lands_and_its_records_add_up(
    make_world: Callable[..., World], inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world("departments")
    for source, feed in {("S-REG", "reg_entity"), *((s.source, s.feed) for s in FEEDS.values())}:
        shutil.copytree(inbox / "inbox" / source / feed, world.deployment.inbox / source / feed)
    report = world.run(received=None)
    assert not report.refused
    assert not report.strange
    found = {(r.source, r.feed): r for r in intake.report(world.office, world.store)}
    said = json.loads((inbox / "truth" / "counts.json").read_text(encoding="utf-8"))["feeds"]
    taken = 0
    for name, spec in FEEDS.items():
        one = found[spec.source, spec.feed]
        landed = {b.file for b in world.office.batches.list(source=spec.source, feed=spec.feed)}
        rows = sum(
            counts["rows"] + counts["broken"]
            for path, counts in said[name]["files"].items()
            if path.rsplit("/", 1)[1] in landed
        )
        assert one.records == sum(one.fates.values()) == rows, name
        taken += one.fates["whole"] > 0
    assert taken > 0.9 * len(FEEDS)
    _expected_faults(found)
    _linked(world)


def _expected_faults(found: dict[tuple[str, str], FeedReport]) -> None:
    assert found["S-EDU", "school"].fates["out_of_population"] > 0
    assert found["S-TRANS", "permit"].fates["out_of_population"] > 0
    hit = {check.code for one in found.values() for check in one.checks}
    assert {"inferred", "deposit", "expired"} <= hit


def _linked(world: World) -> None:
    """Records name their firm by code, by the register's number, or by name, region and representative."""
    for table, basis in {
        "dept_permit": "USCC", "ar_website": "PRIPID", "instrument_verify": "NAME_REGION_LR", "ent_branch": "USCC",
    }.items():  # fmt: skip
        rows = world.table(table)
        linked = rows.num_rows - rows["ent_id"].null_count
        assert linked >= 0.8 * rows.num_rows, table
        assert basis in set(rows["link_basis"].to_pylist()), table


def test_the_police_answer_reaches_the_table_without_the_number(make_world: Callable[..., World]) -> None:
    world = make_world("police")
    number = "410101198001010019"
    asked = {
        "VERIFY_NO": "1",
        "CERNO": number,
        "MATCH": "N",
        "VALID": "Y",
        "VERIFY_DATE": "2024-02-01",
        "UPDATETIME": STAMP,
    }
    world.deliver("S-REG", "reg_entity", [firm(1)])
    world.deliver(
        "S-PSB",
        "person",
        [
            {**asked, "PURPOSE": "登记实名核验"},
            {**asked, "VERIFY_NO": "2", "PURPOSE": "其他"},
            {**asked, "VERIFY_NO": "3", "PURPOSE": "许可实名核验", "MATCH": "Y"},
        ],
    )
    world.run()
    rows = world.rows("person_verify")
    assert sorted(int(str(r["is_match"])) for r in rows) == [0, 1]
    assert {r["person_token"] for r in rows} == {world.rows("ent_registration")[0]["lr_token"]}
    assert number not in str(rows)
    (refused,) = world.quarantine()
    assert refused["reason_codes"] == "purpose"


def test_local_words_and_expired_titles(make_world: Callable[..., World]) -> None:
    world = make_world("titles")
    base = {
        "UNISCID": uscc(1),
        "GRANT_DATE": "2020-01-02",
        "VALID_TO": "2023-01-01",
        "STATE": "有效",
        "UPDATETIME": STAMP,
    }
    world.deliver("S-REG", "reg_entity", [firm(1)])
    words = ["专精特新", "专精特新中小企业", "小巨人", "ZZ"]
    world.deliver("S-MINI", "title", [{**base, "CERT_NO": f"M{i}", "TITLE": w} for i, w in enumerate(words)])
    world.run()
    kinds = sorted(str(r["qual_kind"]) for r in world.rows("ent_qualification"))
    assert kinds == ["SRDI", "SRDI", "SRDI_GIANT"]
    (one,) = (r for r in intake.report(world.office, world.store) if r.source == "S-MINI")
    assert one.fates["quarantined"] == 1
    assert {c.code: c.records for c in one.checks} == {"UNKNOWN_CODE:qual_kind": 1, "expired": 4}


def test_a_customs_record_without_a_code_is_linked_by_name(make_world: Callable[..., World]) -> None:
    world = make_world("customs")
    registered = firm(1)
    world.deliver("S-REG", "reg_entity", [registered])
    world.deliver(
        "S-CUST",
        "trade",
        [
            {
                "CUSTOMS_CODE": "4101A00001", "ENTNAME": registered["ENTNAME"], "LEREP": registered["LEREP"],
                "REGION": "410105", "MONTH": "202401", "EXPORT": "1234567.00", "IMPORT": "N/A", "UPDATETIME": STAMP,
            }
        ],
    )  # fmt: skip
    world.run()
    (row,) = world.rows("customs_trade")
    assert row["link_basis"] == "NAME_REGION_LR"
    assert str(row["export_wan"]) == "123.456700"
    assert row["import_wan"] is None
    assert str(row["month_date"]) == "2024-01-31"


def test_schools_and_persons_are_out_of_population(make_world: Callable[..., World]) -> None:
    world = make_world("population")
    base = {"ISSUE_DATE": "2023-05-04", "STATE": "有效", "UPDATETIME": STAMP}
    school = {**base, "KIND": "民办学校办学许可"}
    world.deliver("S-REG", "reg_entity", [firm(1)])
    world.deliver(
        "S-EDU",
        "school",
        [{**school, "LIC_NO": "1", "UNISCID": uscc(1)}, {**school, "LIC_NO": "2", "UNISCID": "52410100MJF1234567"}],
    )
    permit = {**base, "KIND": "道路货物运输"}
    world.deliver(
        "S-TRANS",
        "permit",
        [
            {**permit, "LIC_NO": "3", "HOLDER": "张三", "HOLDER_TYPE": "个人"},
            {**permit, "LIC_NO": "4", "UNISCID": uscc(1), "HOLDER_TYPE": "单位"},
        ],
    )
    world.run()
    fates = {r.source: r.fates for r in intake.report(world.office, world.store)}
    assert fates["S-EDU"]["out_of_population"] == fates["S-TRANS"]["out_of_population"] == 1
    assert sorted(str(r["permit_no"]) for r in world.rows("dept_permit")) == ["1", "4"]
