"""Linking rows to firms: the order of the keys, ambiguous names, and what becomes known later."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from yuheng.identity import ENT_KEY, ENT_KEY_VIEW, KINDS, ent_id, identify, keys_of, link, merged, name_key
from yuheng.lake import Engine, connect

JAN, FEB, MAR, APR = (dt.date(2024, m, 1) for m in (1, 2, 3, 4))
NEVER = dt.date(9999, 12, 31)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return connect(threads=1, memory="512MB")


def register(engine: Engine, *rows: tuple[str, str, int, dt.date]) -> list[dict[str, object]]:
    """(kind, value, ent_id, known_from) through `merged` into the view of keys."""
    new = pa.table(
        {
            "key_kind": [r[0] for r in rows],
            "key_value": [r[1] for r in rows],
            "ent_id": pa.array([r[2] for r in rows], pa.int64()),
            "known_from": pa.array([r[3] for r in rows], pa.date32()),
            "batch_id": ["b"] * len(rows),
        }
    )
    engine.register("new_keys", new)
    engine.register("old_keys", ENT_KEY.empty_table())
    found = engine.query(f"select * from ({merged('new_keys', 'old_keys')}) m order by key_kind, key_value, ent_id")
    engine.register(ENT_KEY_VIEW, found)
    return found.to_pylist()


def linked(engine: Engine, **row: object) -> tuple[object, object]:
    columns = {
        "known_from": pa.array([row.get("known_from", APR)], pa.date32()),
        **{c: pa.array([row.get(c)], pa.string()) for c in ("__uscc", "__pripid", "__regno", "__name")},
    }
    engine.register("event_rows", pa.table(columns))
    (found,) = engine.query(link("event_rows", KINDS)).to_pylist()
    return found["ent_id"], found["link_basis"]


def test_the_first_kind_that_fits_counts(engine: Engine) -> None:
    register(
        engine, ("USCC", "u", 1, JAN), ("PRIPID", "p", 2, JAN), ("REGNO", "r", 3, JAN), ("NAME_REGION_LR", "n", 4, JAN)
    )
    everything = {"__uscc": "u", "__pripid": "p", "__regno": "r", "__name": "n"}
    assert linked(engine, **everything) == (1, "USCC")
    assert linked(engine, **{**everything, "__uscc": "other"}) == (2, "PRIPID")
    assert linked(engine, **{**everything, "__uscc": None, "__pripid": None}) == (3, "REGNO")
    assert linked(engine, __name="n") == (4, "NAME_REGION_LR")
    assert linked(engine, __name="m") == (None, None)
    assert linked(engine) == (None, None)


def test_a_key_of_two_firms_belongs_to_the_first(engine: Engine) -> None:
    keys = register(engine, ("USCC", "u", 7, FEB), ("USCC", "u", 9, JAN), ("USCC", "v", 5, JAN), ("USCC", "v", 4, JAN))
    assert [(k["key_value"], k["ent_id"], k["is_first"], k["next_from"]) for k in keys] == [
        ("u", 7, 0, NEVER), ("u", 9, 1, FEB), ("v", 4, 1, JAN), ("v", 5, 0, NEVER),
    ]  # fmt: skip
    assert linked(engine, __uscc="u") == (9, "USCC")
    assert linked(engine, __uscc="v") == (4, "USCC")


def test_a_name_links_only_while_one_firm_has_it(engine: Engine) -> None:
    register(engine, ("NAME_REGION_LR", "n", 1, FEB), ("NAME_REGION_LR", "n", 2, MAR), ("NAME_REGION_LR", "m", 1, FEB))
    assert linked(engine, __name="n", known_from=FEB) == (1, "NAME_REGION_LR")
    assert linked(engine, __name="n", known_from=JAN) == (1, "NAME_REGION_LR"), "the firm became known later"
    assert linked(engine, __name="n", known_from=MAR) == (None, None), "two firms by then"
    assert linked(engine, __name="m", known_from=APR) == (1, "NAME_REGION_LR")
    register(engine, ("NAME_REGION_LR", "n", 1, FEB), ("NAME_REGION_LR", "n", 2, FEB))
    assert linked(engine, __name="n", known_from=JAN) == (None, None), "two firms from the first day on"


def test_what_is_learnt_later_changes_no_link(engine: Engine) -> None:
    keys = [
        ("NAME_REGION_LR", "n", 1, JAN),
        ("NAME_REGION_LR", "n", 2, MAR),
        ("USCC", "u", 3, JAN),
        ("USCC", "u", 4, MAR),
    ]
    for day in (JAN, FEB):
        answers = []
        for known in ([k for k in keys if k[3] <= day], keys):
            register(engine, *known)
            answers.append((linked(engine, __name="n", known_from=day), linked(engine, __uscc="u", known_from=day)))
        assert answers[0] == answers[1], day


def _registrations(*rows: tuple[str, str | None, int, str | None]) -> pa.Table:
    return pa.table(
        {
            "__id": pa.array(range(len(rows)), pa.int64()),
            "source": ["S"] * len(rows),
            "source_key": [r[0] for r in rows],
            "__uscc": pa.array([r[1] for r in rows], pa.string()),
            "__uscc_ok": pa.array([r[2] for r in rows], pa.int32()),
            "__pripid": pa.array([r[3] for r in rows], pa.string()),
        }
    )


def _hash(engine: Engine, text: str) -> int:
    return int(engine.query("select hash63((:t)) as h", params={"t": text}).column("h")[0].as_py())


def test_the_firm_of_a_registration(engine: Engine) -> None:
    engine.register("reg", _registrations(("k1", "U1", 1, "P1"), ("k2", "U2", 0, "P2"), ("k3", None, 0, None)))
    found = engine.query(f"select * from ({identify('reg')}) q order by __id").to_pylist()
    assert [f["ent_id"] for f in found] == [_hash(engine, t) for t in ("USCC:U1", "PRIPID:P2", "KEY:S:k3")]
    assert [f["link_basis"] for f in found] == ["USCC", "PRIPID", None]


def test_a_firm_stays_what_its_first_version_made_it(engine: Engine) -> None:
    engine.register("reg", _registrations(("k1", "U1", 1, "P1"), ("k1", "U9", 1, "P1"), ("k2", "U2", 1, "P2")))
    engine.register("first", _registrations(("k1", None, 0, "P1")).drop_columns("__id"))
    engine.register("known", pa.table({"source": ["S"], "source_key": ["k2"], "ent_id": pa.array([42], pa.int64())}))
    found = engine.query(f"select * from ({identify('reg', first='first', known='known')}) q order by __id").to_pylist()
    assert [f["ent_id"] for f in found] == [_hash(engine, "PRIPID:P1")] * 2 + [42]


def test_every_key_a_registration_ever_had(engine: Engine) -> None:
    rows = pa.table(
        {
            "ent_id": pa.array([1, 1], pa.int64()),
            "known_from": pa.array([JAN, FEB], pa.date32()),
            "batch_id": ["b1", "b2"],
            "__uscc": ["u", "u"],
            "__pripid": pa.array(["p", None], pa.string()),
            "__regno": pa.array([None, None], pa.string()),
            "__name": ["old name", "new name"],
        }
    )
    engine.register("identified", rows)
    engine.register("old_keys", ENT_KEY.empty_table())
    sql = merged(f"({keys_of('identified', KINDS)})", "old_keys")
    found = engine.query(f"select * from ({sql}) m order by key_kind, key_value").to_pylist()
    assert [(f["key_kind"], f["key_value"], f["known_from"]) for f in found] == [
        ("NAME_REGION_LR", "new name", FEB),
        ("NAME_REGION_LR", "old name", JAN),
        ("PRIPID", "p", JAN),
        ("USCC", "u", JAN),
    ]


def test_a_name_key_needs_all_three_parts_and_shows_none(engine: Engine) -> None:
    parts = pa.table({"n": ["甲公司", "甲公司"], "r": ["4101", "4101"], "l": pa.array(["张三", None], pa.string())})
    engine.register("parts", parts)
    found = engine.query(f"select {name_key('n', 'r', 'l')} as k from parts").column("k").to_pylist()
    assert found[1] is None
    assert str(found[0]).isdigit()


def test_ent_id_names_its_columns_under_a_prefix() -> None:
    assert "f.__uscc" in ent_id("f.source", "f.source_key", "f.")
