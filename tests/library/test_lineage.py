"""The way back of every column, read from the content as shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from yuheng.content import ContentStore
from yuheng.errors import DataError
from yuheng.indicator import lineage as lineage_of_indicators
from yuheng.library import Lineage, Node
from yuheng.library.lineage import END, node_of


@pytest.fixture(scope="module")
def store() -> ContentStore:
    return ContentStore.load()


@pytest.fixture(scope="module")
def graph(store: ContentStore) -> Lineage:
    return Lineage(store)


def ends(graph: Lineage, name: str) -> set[str]:
    (node,) = graph.node(name)
    return {str(n) for n in graph.ends(node)}


def test_every_column_of_every_library_ends_where_a_way_may_end(store: ContentStore, graph: Lineage) -> None:
    for library in store.libraries.values():
        for node in graph.node(library.id):
            found = graph.ends(node)
            assert found, node
            assert {n.kind for n in found} <= set(END), node
            if library.result_of is None:
                kinds = {n.kind for n in found}
                assert kinds - {"unfilled"}, f"{node} is filled by nothing: {sorted(map(str, found))}"


def test_every_table_column_of_a_library_comes_from_a_feed_or_a_constant(store: ContentStore, graph: Lineage) -> None:
    """At least every second own column of a library made of records comes from fields of its sources."""
    for library in store.libraries.values():
        if library.record is None:
            continue
        own = [n for n in graph.node(library.id) if n.column in library.columns]
        fed = [n for n in own if any(e.kind == "feed" for e in graph.ends(n))]
        assert len(fed) * 2 >= len(own), library.id
        systems = {e.table.split(".")[0] for n in fed for e in graph.ends(n) if e.kind == "feed"}
        assert systems & set(library.sources), library.id


def test_every_indicator_ends_in_fields(store: ContentStore, graph: Lineage) -> None:
    for name in store.indicators:
        assert any(e.kind == "feed" for e in graph.ends(Node("indicator", name))), name


def test_it_agrees_with_the_way_evidence_is_found(store: ContentStore, graph: Lineage) -> None:
    """The rating finds the tables behind an indicator by another road (sqlglot's own tracer)."""
    for name, tables in lineage_of_indicators(store).items():
        above = graph.above([Node("indicator", name)])
        assert set(tables) <= {n.table for n in above if n.kind == "standard"}, name


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("ZT01.ent_name", "feed/S-REG.reg_entity.ENTNAME"),
        ("ZT14.reason_code", "code/abnormal_reason.code"),
        ("ZT14.reason_code", "feed/S-GSXT.abnormal.SPECAUSE"),
        ("ZT20.src_pk", "feed/S-PUN.penalty.CASENO"),
        ("ZT20.batch_id", "system/intake.batch_id"),
        ("ZT06.member_cnt", "feed/S-REG.reg_investor.INVID"),
        ("ZT20.security_level", "constant/constant"),
        ("ZT27.s_cal", "feed/S-PUN.penalty.PENDECISSDATE"),
        ("ZT10.ea_score", "unfilled/ZT10.filled by insight"),
        ("penalty_count_3y", "feed/S-PUN.penalty.PENDECISSDATE"),
        ("ent_base.has_online_shop", "feed/S-PLAT.shop.UNISCID"),
    ],
)
def test_known_ways(graph: Lineage, name: str, some: str) -> None:
    found = ends(graph, name)
    assert some in found, sorted(found)


def test_a_filter_does_not_become_an_origin(graph: Lineage) -> None:
    assert not any("ENTTYPE" in e for e in ends(graph, "ZT06.ent_name"))


def test_names_nobody_has_are_refused(graph: Lineage) -> None:
    with pytest.raises(DataError, match="ZT99"):
        graph.node("ZT99")
    with pytest.raises(DataError, match="no column 'nothing'"):
        graph.node("ZT01.nothing")


def test_it_is_kept_and_read_again(store: ContentStore, graph: Lineage, tmp_path: Path) -> None:
    graph.save(tmp_path / "lineage.json")
    again = Lineage(store)
    assert again.load(tmp_path / "lineage.json")
    for node in graph.node("ZT13"):
        assert again.ends(node) == graph.ends(node)
        assert node_of(str(node)) == node
    assert not Lineage(store).load(tmp_path / "missing.json")
