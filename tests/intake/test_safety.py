"""Special equipment, food and drugs: simulated feeds end in their tables, row by row; planted faults are found."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from openpyxl import load_workbook

from tests.intake.conftest import MASTER
from tests.intake.world import World
from tests.province import END
from yuheng import intake
from yuheng.content import ContentStore
from yuheng.content.schema import Feed
from yuheng.crypto import KeyRing
from yuheng.lake import Lake, connect
from yuheng.office import open_office
from yuheng.settings import create
from yuheng.simulate import simulate

SOURCES = ("S-EQUIP", "S-96333", "S-INSP", "S-WORKER", "S-MAINT", "S-IOT", "S-FDA", "S-SAMP", "S-KITCHEN", "S-PHARM")


@dataclass
class Made:
    """The world after one run, the report, and what the simulator said it wrote."""

    world: World
    report: intake.IntakeReport
    said: dict[str, Any]
    tables: dict[str, pa.Table]
    inbox: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("safety")
    simulate(
        folder / "inbox", enterprises=2_000, months=1, seed=3, end=END, others=0.4, truth=folder / "truth", workers=1
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YUHENG_MASTER_KEY", MASTER)
        store = ContentStore.load()
        deployment = create(folder / "here")
        for source in SOURCES:
            shutil.copytree(folder / "inbox" / source, deployment.inbox / source)
        shutil.copytree(folder / "inbox" / "S-REG" / "reg_entity", deployment.inbox / "S-REG" / "reg_entity")
        office = open_office(deployment.office_url, audit_key=KeyRing(deployment.master_key()).key("audit"))
        engine = connect(macros=store.macros, threads=2, memory="1GB", spill=deployment.work / "spill")
        world = World(deployment, office, Lake(deployment.lake), engine, store)
        report = world.run(received=None)
        said = json.loads((folder / "truth" / "counts.json").read_text(encoding="utf-8"))["feeds"]
        tables = {f.table: world.table(f.table) for s in SOURCES for f in store.sources[s].feeds}
        yield Made(world, report, said, tables, folder / "inbox")
        engine.close()
        office.close()


def test_every_row_and_broken_line_is_accounted_for(made: Made) -> None:
    """What the simulator wrote, what the intake read, and the fates of the records add up, file by file."""
    assert not made.report.refused
    assert not made.report.strange
    batches = {(b.source, b.feed, b.file): b for b in made.world.office.batches.list()}
    looked = Counter[str]()
    for feed in made.said.values():
        if feed["source"] not in SOURCES:
            continue
        for path, counts in feed["files"].items():
            batch = batches.get(tuple(path.split("/")))
            if batch is None:
                assert counts == {"rows": 0, "broken": 0}, path
                continue
            broken = sum(n for name, n in batch.counts.items() if name.startswith("check:BROKEN"))
            assert (batch.records, broken) == (counts["rows"] + counts["broken"], counts["broken"]), path
            fates = ("whole", "repaired", "withdrawn", "duplicate", "superseded", "out_of_population", "quarantined")
            assert sum(batch.counts.get(fate, 0) for fate in fates) == batch.records, path
            looked[str(feed["source"])] += counts["rows"]
    assert set(looked) == set(SOURCES)


def test_no_table_is_empty(made: Made) -> None:
    empty = [name for name, table in made.tables.items() if not table.num_rows and name != "quality_event"]
    assert not empty


def test_records_find_their_firms(made: Made) -> None:
    """Tables about firms are linked by the code; only what lost its code waits as a clue."""
    for name, table in made.tables.items():
        if not made.world.store.standard[name].entity or not table.num_rows:
            continue
        unknown = table["ent_id"].null_count
        limit = 0.2 if name == "worker_cert" else 0.07
        assert unknown <= 1 + limit * table.num_rows, name


def test_persons_are_tokens(made: Made) -> None:
    """No identity number reaches a table, and a mechanic is the same person in a certificate and in a record."""
    for name, table in made.tables.items():
        for column in made.world.store.standard[name].columns:
            if column.name.endswith("_token"):
                values = [x for x in table[column.name].to_pylist() if x is not None]
                assert values, (name, column.name)
                assert {len(x) for x in values} == {32}, (name, column.name)
    mechanics = set(made.tables["maint_record"]["worker_token"].to_pylist())
    certified = made.tables["worker_cert"].filter(pc.equal(made.tables["worker_cert"]["item"], "T"))
    assert len(mechanics & set(certified["cert_token"].to_pylist())) > 0.6 * len(mechanics)


def test_devices_are_the_same_in_all_systems(made: Made) -> None:
    lifts = set(made.tables["elevator"]["reg_code"].to_pylist())
    assert lifts <= set(made.tables["equipment"]["reg_code"].to_pylist())
    for name in ("rescue_event", "maint_record", "iot_device", "iot_event", "iot_hour_agg", "maint_contract"):
        assert set(made.tables[name]["reg_code"].to_pylist()) <= lifts, name
    shops = set(made.tables["restaurant"]["shop_no"].to_pylist())
    assert set(made.tables["kitchen_event"]["shop_no"].to_pylist()) <= shops
    stores = set(made.tables["pharmacy"]["store_id"].to_pylist())
    for name in ("pharmacist_duty", "rx_record", "temp_point", "gsp_check"):
        assert set(made.tables[name]["store_id"].to_pylist()) <= stores, name
    samples = set(made.tables["food_sampling"]["sample_no"].to_pylist())
    assert set(made.tables["sampling_handling"]["sample_no"].to_pylist()) <= samples


def test_speeds_in_millimetres_are_mended(made: Made) -> None:
    speeds = [float(x) for x in made.tables["iot_event"]["speed"].to_pylist() if x is not None]
    assert 0.1 < max(speeds) <= 3.0
    assert "repaired" in made.report.counts


GOOD: dict[str, Callable[[dict[str, str | None]], bool]] = {
    "equipment": lambda r: r["STATE"] == "在用" and str(r["NEXT_INSPECT"]) > "2026",
    "elevator": lambda r: r["STATE"] == "在用" and float(r["LAT"] or 99) < 40 < 100 < float(r["LON"] or 0),
    "rescue_event": lambda r: r["CAUSE_L2"] != "其他" and str(r["ARRIVE_TIME"]) <= str(r["RELEASE_TIME"]),
    "maint_record": lambda r: int(r["MINUTES"] or 0) > 20 and int(r["GPS_DIST"] or 0) < 400 and bool(r["WORKER2"]),
    "worker_cert": lambda r: str(r["VALID_TO"]) > "2026-07-10" and len(r["CERT_NO"] or "") == 18,
    "iot_event": lambda r: r["SPEED_UNIT"] == "m/s" and r["CODE"] != "ZZ" and abs(int(r["SKEW_S"] or 0)) < 60,
    "food_file": lambda r: str(r["LIC_NO"]).startswith("JY") and str(r["VALID_TO"]) > "2026-07-10",
    "restaurant": lambda r: r["STAFF"] == r["HEALTH_CERTS"] and float(r["LAT"] or 0) < 40,
    "drug_file": lambda r: str(r["VALID_TO"]) > "2026-07-10" and bool(r["CHAIN_CODE"]) and r["PHARMACISTS"] != "0",
    "kitchen_event": lambda r: r["CONFIRMED"] == "Y" and float(r["CONFIDENCE"] or 9) < 1,
    "pharmacist_duty": lambda r: float(r["SCORE"] or 0) > 0.75,
    "rx_record": lambda r: r["QTY"] == "1",
    "food": lambda r: r["SAMPLED_UNIT"] != r["PRODUCER"],
    "food_check": lambda r: r["KEY_FAILED"] == "0" and len(r["FAILED"] or "") == 1 and int(r["SCORE"] or 0) <= 100,
    "sampling_item": lambda r: r["ITEM_RESULT"] == "合格",
    "gsp_check": lambda r: r["RESULT"] == "符合要求",
    "inspection_report": lambda r: r["CONCLUSION"] == "合格" and bool(r["NEXT_DATE"]),
    "iot_hour_agg": lambda r: str(r["TEMP_MAX"]).startswith(("2", "3", "4")),
    "temp_reading": lambda r: not str(r["TEMP"]).startswith("-"),
}
"""What a record must be like to have no fault but the one planted."""
PLANTED = [
    ("S-EQUIP", "equipment", {"NEXT_INSPECT": "2019-01-01"}, "stale"),
    ("S-EQUIP", "equipment", {"MAKE_DATE": "2030-01-01"}, "order"),
    ("S-EQUIP", "equipment", {"REG_DATE": "2099-12-31"}, "-future"),
    ("S-EQUIP", "equipment", {"STATE": "丢失"}, "-UNKNOWN_CODE:state"),
    ("S-EQUIP", "elevator", {"LAT": "3475000"}, "-BAD_TYPE:lat"),
    ("S-EQUIP", "elevator", {"LON": "34.75"}, "place"),
    ("S-EQUIP", "elevator", {"MAINT_CODE": ""}, "maintained"),
    ("S-EQUIP", "use_unit", {"DEVICES": "0", "LIFTS": "9"}, "devices"),
    ("S-EQUIP", "maint_unit", {"WORKERS": "1", "LIFTS": "120"}, "load"),
    ("S-EQUIP", "maint_contract", {"TO_DATE": "2000-01-01"}, "-period"),
    ("S-96333", "rescue_event", {"ARRIVE_TIME": "2031-01-01 00:00:00"}, "arrival"),
    ("S-96333", "rescue_event", {"ARRIVE_TIME": "", "SELF_RELEASED": "N"}, "arrived"),
    ("S-96333", "rescue_event", {"CAUSE_L1": "门系统", "CAUSE_L2": "其他"}, "cause"),
    ("S-96333", "rescue_event", {"TRAPPED": "400"}, "trapped"),
    ("S-INSP", "inspection_report", {"NEXT_DATE": "", "CONCLUSION": "合格"}, "next"),
    ("S-WORKER", "worker_cert", {"VALID_TO": "2026-01-01", "ISSUE_DATE": "2022-01-02", "STATE": "有效"}, "review"),
    ("S-WORKER", "worker_cert", {"EMPLOYER_CODE": ""}, "employer"),
    ("S-WORKER", "worker_cert", {"CERT_NO": ""}, "-REQUIRED:cert_token"),
    ("S-MAINT", "maint_record", {"GPS_DIST": "3200"}, "distance"),
    ("S-MAINT", "maint_record", {"MINUTES": "4"}, "short"),
    ("S-MAINT", "maint_record", {"SIGN_OUT": "2001-01-01 08:00:00"}, "-times"),
    ("S-IOT", "iot_event", {"SKEW_S": "-1800"}, "Q14_clock"),
    ("S-IOT", "iot_event", {"SPEED": "2500", "SPEED_UNIT": "m/s"}, "-Q14_range"),
    ("S-IOT", "iot_event", {"FLOOR": "255"}, "floor"),
    ("S-IOT", "iot_hour_agg", {"TEMP_MAX": "-127.00"}, "-Q14_temp"),
    ("S-IOT", "iot_hour_agg", {"OFFLINE_S": "4000"}, "-offline"),
    ("S-FDA", "food_file", {"LIC_NO": "豫餐证字2016000123"}, "old"),
    ("S-FDA", "food_file", {"VALID_TO": "2026-01-01", "ISSUE_DATE": "2021-01-02", "STATE": "有效"}, "expired"),
    ("S-FDA", "restaurant", {"STAFF": "9", "HEALTH_CERTS": "2"}, "health"),
    ("S-FDA", "food_check", {"SCORE": "930"}, "score"),
    ("S-FDA", "food_check", {"CONCLUSION": "符合", "KEY_FAILED": "2"}, "result"),
    ("S-FDA", "drug_file", {"MODE": "连锁门店", "CHAIN_CODE": ""}, "chain"),
    ("S-FDA", "drug_file", {"MODE": "单体", "PHARMACISTS": "0"}, "pharmacist"),
    ("S-FDA", "gsp_check", {"RESULT": "符合要求", "CRITICAL": "1"}, "result"),
    ("S-SAMP", "food", {"LINK": "流通", "PRODUCER": "甲商行", "SAMPLED_UNIT": "甲商行"}, "producer"),
    ("S-SAMP", "sampling_item", {"VALUE": "9", "LIMIT": "0.5", "ITEM_RESULT": "合格"}, "judged"),
    ("S-SAMP", "sampling_handling", {"BEGUN": "2026-01-01", "DUE": "2026-02-01", "DONE": "2026-03-01"}, "due"),
    ("S-KITCHEN", "kitchen_event", {"CONFIRMED": "N"}, "false_alarm"),
    ("S-PHARM", "pharmacist_duty", {"SCORE": "0.5"}, "score"),
    ("S-PHARM", "rx_record", {"AUDIT_TS": ""}, "audit"),
    ("S-PHARM", "rx_record", {"CONTROLLED": "Y", "QTY": "6"}, "controlled"),
    ("S-PHARM", "temp_reading", {"TEMP": "-127.00"}, "-Q14_range"),
    ("S-PHARM", "temp_point", {"LOW": "30", "HIGH": "10"}, "-limits"),
]
"""Source, feed, what is spoilt in a good record, and the check that must tell (with `-`: the record is kept out)."""


def test_planted_faults_are_found(made: Made, make_world: Callable[..., World]) -> None:
    """Each fault alone, in a record that is good without it."""
    world = make_world("planted")
    wanted: dict[tuple[str, str], list[tuple[dict[str, str], str]]] = {}
    for source, feed, spoilt, check in PLANTED:
        wanted.setdefault((source, feed), []).append((spoilt, check))
    for (source, feed), faults in wanted.items():
        good = _good_row(world, source, feed, made.inbox)
        rows = [
            good,
            *(_spoilt(world.feed(source, feed), good, place, fault) for place, (fault, _) in enumerate(faults)),
        ]
        world.deliver(source, feed, rows)
    report = world.run(received=None)
    assert not report.refused
    missed: list[object] = []
    out = {(q["source"], q["feed"], q["src_row"]): str(q["reason_codes"]) for q in world.quarantine()}
    for (source, feed), faults in wanted.items():
        first, taken = _taken(world, world.feed(source, feed))
        if taken[first]:
            missed.append((feed, {}, "the good record", taken[first]))
        for place, (fault, check) in enumerate(faults, start=first + 1):
            found = out.get((source, feed, place), "") if check.startswith("-") else taken.get(place, "")
            if check.removeprefix("-") not in re.split("[,;]", found):
                missed.append((feed, fault, check, found))
    assert not missed


def _taken(world: World, feed: Feed) -> tuple[int, dict[int, str]]:
    """The first record of the feed in its table, and the flags of all by their number."""
    flags: dict[int, str] = {}
    for row in world.rows(feed.table):
        if str(row["src_file"]).startswith(f"{feed.id}_"):
            flags[int(str(row["src_row"]))] = str(row["quality_flag"] or "")
    assert flags, (feed.id, "the good record was kept out")
    return min(flags), flags


def _good_row(world: World, source: str, feed: str, folder: Path) -> dict[str, str | None]:
    """The first of the fullest records of the feed that have no fault of their own."""
    declared = world.feed(source, feed)
    rows: list[dict[str, str | None]] = []
    for path in sorted((folder / source / feed).iterdir()):
        if path.suffix == ".jsonl":
            lines = path.read_text(encoding="utf-8").splitlines()
            rows += [json.loads(line) for line in lines if line.endswith("}")]
        elif path.suffix == ".csv":
            with path.open(encoding=declared.format.encoding, newline="") as file:
                rows += [row for row in csv.DictReader(file) if None not in row and None not in row.values()]
        else:
            sheet = load_workbook(path, read_only=True).worksheets[0]
            head, *body = sheet.iter_rows(values_only=True)
            rows += [{str(x): str(v) for x, v in zip(head, row, strict=True)} for row in body]
    rows = [row for row in rows if row["OPFLAG"] != "D" and GOOD.get(feed, bool)(row)]
    best = max(rows, key=lambda row: sum(bool(value) for value in row.values()))
    return {**best, "UPDATETIME": "2026-06-30 20:00:00"}


def _spoilt(feed: Feed, good: dict[str, str | None], place: int, fault: dict[str, str]) -> dict[str, str | None]:
    """The good record under a key of its own, with a fault."""
    column = re.findall(r"[A-Z_]+", feed.key[0].replace("text_of", ""))[0]
    return {**good, column: f"{good[column]}{place}", **fault}
