"""From the inbox to the standard tables: values, clocks, origin, and the account of every record."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tests.intake.world import RECEIVED, World, firm, penalty, uscc
from yuheng import intake
from yuheng.crypto import FieldCipher, KeyRing, Tokeniser


def test_a_registration_and_a_penalty_become_rows_of_one_firm(world: World) -> None:
    world.deliver("S-REG", "reg_entity", [firm(1), firm(2)])
    world.deliver("S-PUN", "penalty", [penalty(1, uscc(2))])
    report = world.run()
    assert not report.refused
    assert report.counts["whole"] == 3
    first, second = sorted(world.rows("ent_registration"), key=lambda r: str(r["source_key"]))
    assert first["uscc"] == uscc(1)
    assert first["uscc_ok"] == 1
    assert first["link_basis"] == "USCC"
    assert first["known_from"] == dt.date(2024, 1, 5)
    assert first["known_basis"] == "SOURCE_DATE"
    assert first["known_to"] == dt.date(9999, 12, 31)
    assert first["event_date"] == dt.date(2015, 3, 1)
    assert first["reg_cap_wan"] == Decimal("100.000000")
    assert first["op_to"] is None
    assert first["is_simulated"] == 1
    assert (first["src_file"], first["src_row"]) == ("reg_entity_202401.csv", 1)
    assert first["ent_category"] == "2"
    assert first["region_code"] == "410105"
    assert first["city_code"] == "410100"
    (fined,) = world.rows("ent_penalty")
    assert fined["ent_id"] == second["ent_id"]
    assert fined["link_basis"] == "USCC"
    assert fined["fine_wan"] == Decimal("2.000000"), "delivered in 元"
    assert (fined["known_from"], fined["known_basis"]) == (dt.date(2024, 1, 9), "ASSUMED_LAG"), "three days of lag"


def test_personal_numbers_are_tokens_and_stand_nowhere_in_the_clear(world: World) -> None:
    number = "410101198001010019"
    world.deliver("S-REG", "reg_entity", [firm(1), firm(2, UPDATETIME="2099-01-01 00:00:00")])
    world.run()
    (row,) = world.rows("ent_registration")
    ring = KeyRing(world.deployment.master_key())
    assert row["lr_token"] == Tokeniser(ring.key("token")).token(number, kind="id")
    assert row["tel_token"] == Tokeniser(ring.key("token")).token("13800000000", kind="phone")
    assert row["lr_birth_date"] == dt.date(1980, 1, 1)
    for path in world.deployment.root.rglob("*"):
        assert not path.is_file() or number.encode() not in path.read_bytes(), path


def test_the_inbox_is_emptied_and_the_batch_is_sealed(world: World) -> None:
    path = world.deliver("S-REG", "reg_entity", [firm(1)])
    body = path.read_bytes()
    (landed,) = world.run().landed
    batch = world.office.batches.get(landed.batch_id)
    assert landed.status == "new"
    assert not path.exists()
    assert batch.state == "taken"
    assert batch.received == RECEIVED
    assert batch.id == f"S-REG.reg_entity.{batch.sha256[:12]}"
    assert batch.size == len(body)
    sealed = (world.deployment.landing / batch.stored).read_bytes()
    assert body[:60] not in sealed


def test_quarantine_names_reasons_fields_and_keeps_the_raw_record_readable_for_the_entitled(world: World) -> None:
    rows = [
        firm(1),
        firm(2, ENTTYPE="ZZ"),
        firm(3, ESTDATE="2015-13-45"),
        firm(4, APPRDATE="2099-12-31", UPDATETIME="2099-12-31 00:00:00"),
        firm(5, ENTNAME=None),
        firm(6, APPRDATE="2015-01-01"),
        firm(7, PRIPID=None),
        firm(8, UPDATETIME="gestern"),
    ]
    world.deliver("S-REG", "reg_entity", rows)
    report = world.run()
    assert report.counts["whole"] == 1
    assert report.counts["quarantined"] == 7
    found = {r["src_row"]: r for r in world.quarantine()}
    codes = {row: str(found[row]["reason_codes"]).split(",") for row in found}
    assert codes[2] == ["UNKNOWN_CODE:ent_type"]
    assert "dates" in codes[3]
    assert "REQUIRED:est_date" in codes[3]
    assert "stamp" in codes[4]
    assert codes[5] == ["REQUIRED:ent_name"]
    assert codes[6] == ["Q03_appr"]
    assert codes[7] == ["NO_KEY"]
    assert "NO_STAMP" in codes[8]
    assert "企业类型" in str(found[2]["reason_zh"])
    assert found[2]["fields"] == "ent_type"
    cipher = FieldCipher(KeyRing(world.deployment.master_key()).key("field"))
    import pyarrow as pa

    (raw,) = cipher.decrypt(pa.array([found[2]["raw"]]), context="quarantine").to_pylist()
    assert '"ENTTYPE":"ZZ"' in raw
    assert "410101198001010019" in raw
    assert "410101198001010019" not in str(found[2]["raw"])


def test_a_wrong_type_is_quarantined(world: World) -> None:
    world.deliver("S-PUN", "penalty", [penalty(1, uscc(1), PENAM="viel"), penalty(2, uscc(1))])
    report = world.run()
    assert report.counts["quarantined"] == 1
    assert report.counts["whole"] == 1
    assert world.quarantine()[0]["reason_codes"] == "numbers"


def test_flags_keep_the_row_and_repairs_are_counted(world: World) -> None:
    rows = [
        firm(1, UNISCID=uscc(1)[:17] + ("0" if uscc(1)[17] != "0" else "1")),
        firm(2, UNISCID=" " + uscc(2).lower()),
    ]
    world.deliver("S-REG", "reg_entity", rows)
    counts = world.run().counts
    assert (counts["whole"], counts["repaired"], counts["check:Q01"], counts["check:code_blanks"]) == (1, 1, 1, 1)
    bad, mended = sorted(world.rows("ent_registration"), key=lambda r: str(r["source_key"]))
    assert bad["uscc_ok"] == 0
    assert bad["link_basis"] == "PRIPID"
    assert mended["uscc"] == uscc(2)


def test_the_same_bytes_again_are_the_same_batch(world: World) -> None:
    world.deliver("S-REG", "reg_entity", [firm(1)])
    world.run()
    before = world.table("ent_registration")
    path = world.deliver("S-REG", "reg_entity", [firm(1)], label="202402")
    report = world.run()
    assert [one.status for one in report.landed] == ["repeated"]
    assert not report.taken
    assert not path.exists()
    assert world.table("ent_registration").equals(before)


def test_a_kept_inbox_is_not_taken_twice(world: World) -> None:
    world.deployment.settings.__dict__["keep_inbox"] = True
    path = world.deliver("S-REG", "reg_entity", [firm(1)])
    assert [one.status for one in world.run().landed] == ["new"]
    assert [one.status for one in world.run().landed] == ["repeated"]
    assert path.exists()


def test_what_a_killed_landing_left_is_swept_away(world: World) -> None:
    path = world.deliver("S-REG", "reg_entity", [firm(1)])
    folder = world.deployment.landing / "S-REG" / "reg_entity"
    folder.mkdir(parents=True)
    (folder / ".0123456789abcdef.seal").write_bytes(b"left")
    (folder / ".0123456789abcdef.seal.part").write_bytes(b"left")
    world.run()
    assert not path.exists()
    assert [p.suffix for p in folder.iterdir()] == [".seal"]
    assert not next(folder.iterdir()).name.startswith(".")


def test_rows_in_workbooks_and_json_lines(world: World) -> None:
    code = uscc(1)
    world.deliver("S-REG", "reg_entity", [firm(1)])
    world.deliver(
        "S-CREDIT",
        "lists",
        [{"LISTID": "L1", "LISTCODE": "TAX", "LISTNAME": "重大税收违法", "UNISCID": code, "INDATE": "2024-01-02",
          "UPDATETIME": "2024-01-03 00:00:00", "OPFLAG": "I"}],
    )  # fmt: skip
    world.deliver(
        "S-CHECK",
        "check",
        [{"CHECKNO": "K1", "UNISCID": code, "KIND": "日常检查", "CHECKDATE": "2024-01-04", "RESULT": "1, 3",
          "UPDATETIME": "2024-01-05 00:00:00", "OPFLAG": "I"}],
    )  # fmt: skip
    report = world.run()
    assert not report.refused
    assert not world.quarantine()
    (listed,) = world.rows("ent_serious")
    assert listed["link_basis"] == "USCC"
    assert listed["known_from"] == dt.date(2024, 1, 10)
    (checked,) = world.rows("ent_inspection")
    assert checked["is_problem"] == 1
    assert str(checked["result_code"]).count(",") == 1


def test_report_adds_up_and_says_the_quality(world: World) -> None:
    world.deliver("S-REG", "reg_entity", [firm(1), firm(1), firm(2, ENTTYPE="ZZ"), firm(3)])
    world.run()
    (one,) = intake.report(world.office, world.store)
    assert one.records == 4 == sum(one.fates.values())
    assert one.fates == {
        "whole": 2, "repaired": 0, "withdrawn": 0, "duplicate": 1, "superseded": 0, "out_of_population": 0,
        "quarantined": 1,
    }  # fmt: skip
    assert one.quality["unique"] == 0.75
    assert 0 < one.quality["valid"] < 1
    assert one.quality["timely"] == 1
    assert one.links == {"USCC": 2}


def test_files_nobody_expects_stay_and_are_named(world: World) -> None:
    path = world.put("S-REG", "reg_entity", "readme.txt", b"hello")
    world.put("S-NONE", "x", "x_1.csv", b"a\n1\n")
    report = world.run()
    assert set(report.strange) == {"S-REG/reg_entity/readme.txt", "S-NONE/x/x_1.csv"}
    assert path.exists()
