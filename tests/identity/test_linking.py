"""Records of several sources brought together, and records against the register."""

from __future__ import annotations

import pyarrow as pa
import pytest

from yuheng.content import ContentStore
from yuheng.identity import RECORD, likely_firms, link_records
from yuheng.lake import Engine, connect

pytest.importorskip("splink", reason="needs yuheng[identity]")
HOME = "410000"


@pytest.fixture(scope="module")
def store() -> ContentStore:
    return ContentStore.load()


@pytest.fixture
def engine(store: ContentStore) -> Engine:
    return connect(macros=store.macros, threads=1, memory="1GB")


def table(*rows: tuple[int, str, str, str | None, str | None, str | None, str | None]) -> pa.Table:
    names = RECORD.names
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], RECORD)


GROUP = table(
    (1, "A", "郑州鑫隆达商贸有限公司", "410105", "王小明", "13000000001", "郑州市金水区花园路88号3号楼"),
    (2, "B", "鑫隆达(郑州)商贸有限责任公司", "410105", "王小明", None, None),
    (3, "C", "鑫隆达商贸有限公司", "410100", None, "13000000001", "金水区花园路88号3幢"),
    (4, "D", "郑州鑫隆达商贸有限公司金水分公司", "410105", "王小明", "13000000001", "郑州市金水区花园路88号3号楼"),
    (5, "E", "郑州百胜源装饰有限公司", "410105", "王小明", "13000000001", "郑州市金水区花园路88号3号楼"),
    (6, "A", "洛阳天元机械有限公司", "410305", "李强", None, None),
)


def test_one_firm_in_three_spellings(engine: Engine, store: ContentStore) -> None:
    engine.register("recs", GROUP)
    done = link_records(engine, store, "recs", home=HOME)
    firm = dict(zip(done.firms["record"].to_pylist(), done.firms["firm"].to_pylist(), strict=True))
    basis = dict(zip(done.firms["record"].to_pylist(), done.firms["basis"].to_pylist(), strict=True))
    assert firm[1] == firm[2] == firm[3] == 1
    assert (basis[1], basis[6]) == ("PROBABLE", None)


def test_a_branch_and_a_firm_of_the_same_group_stay_apart(engine: Engine, store: ContentStore) -> None:
    engine.register("recs", GROUP)
    firms = link_records(engine, store, "recs", home=HOME).firms.to_pylist()
    firm = {row["record"]: row["firm"] for row in firms}
    assert firm[4] == 4
    assert firm[5] == 5


def test_a_certain_group_needs_no_likeness(engine: Engine, store: ContentStore) -> None:
    engine.register("recs", GROUP.slice(0, 2))
    firms = link_records(engine, store, "recs", home=HOME).firms.to_pylist()
    assert [(row["firm"], row["basis"]) for row in firms] == [(1, "NAME_REGION_LR")] * 2


def test_records_against_the_register(engine: Engine, store: ContentStore) -> None:
    records = table(
        (0, "x", "鑫隆达商贸有限责任公司", "410100", None, None, None),
        (1, "x", "不存在的公司", "410100", None, None, None),
    )
    firms = table(
        (901, "r", "郑州鑫隆达商贸有限公司", "410105", "王小明", None, None),
        (902, "r", "洛阳天元机械有限公司", "410305", "李强", None, None),
    )
    found = likely_firms(engine, store, records, firms, home=HOME)
    assert [(one.record, one.ent_id, one.sure) for one in found] == [(0, 901, True)]
    assert found[0].evidence["字号"] == "相同"
    assert found[0].evidence["法定代表人"] == "未知"


def test_two_equally_likely_firms_are_for_people(engine: Engine, store: ContentStore) -> None:
    records = table((0, "x", "鑫隆达商贸有限公司", "410100", None, None, None))
    firms = table(
        (901, "r", "郑州鑫隆达商贸有限公司", "410105", "王小明", None, None),
        (902, "r", "河南鑫隆达商贸有限公司", "410103", "李强", None, None),
    )
    found = likely_firms(engine, store, records, firms, home=HOME)
    assert {one.ent_id for one in found} == {901, 902}
    assert not any(one.sure for one in found)


def test_the_order_of_records_changes_nothing(engine: Engine, store: ContentStore) -> None:
    engine.register("recs", GROUP)
    one = link_records(engine, store, "recs", home=HOME).firms
    engine.register("recs", GROUP.take(pa.array([5, 3, 1, 0, 2, 4])))
    assert link_records(engine, store, "recs", home=HOME).firms.equals(one)
