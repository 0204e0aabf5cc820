"""From declarations to SQL: calls hoisted, values memorised, codes looked up; all ways give the same rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.intake.world import World, csv_body, firm, penalty, uscc
from yuheng.content import ContentStore
from yuheng.content.schema import CodeMap, TokenMap
from yuheng.crypto import Tokeniser
from yuheng.errors import ContentError
from yuheng.intake import repeats, segments
from yuheng.intake.atoms import Atoms, joined
from yuheng.intake.constants import put_in, without_columns
from yuheng.intake.lookups import Lookups
from yuheng.intake.plan import PREPARED, FeedPlan, Lookup, plan
from yuheng.intake.singles import Singles
from yuheng.lake import connect


def test_equal_calls_are_one_column_and_nested_ones_lie_in_layers() -> None:
    atoms = Atoms(["A", "B"], ["text_of", "uscc_norm"], "here")
    first = atoms.rewrite("uscc_norm(text_of(A)) = text_of(a)")
    assert first == '"__a1_" = "__a0_"'
    assert atoms.rewrite("case when B then TEXT_OF(A) end") == 'CASE WHEN "B" THEN "__a0_" END'
    sql = atoms.layers("raw")
    assert sql.count("TEXT_OF") == 1
    assert sql.index("TEXT_OF") > sql.index("USCC_NORM"), "the inner layer stands inside"
    assert "TEXT_OF" not in atoms.layers("raw", {"__a0_"})


def test_atoms_of_one_column_can_be_computed_by_themselves() -> None:
    atoms = Atoms(["A", "B"], ["f", "g", "h"], "here")
    atoms.rewrite("g(f(A)) and h(A, B) and regexp_matches(B, 'x') and f(A) <= :received")
    alone = {column: [a.name for a in found] for column, found in atoms.by_column().items()}
    assert alone == {"A": ["__a0_", "__a2_"], "B": ["__a3_"]}
    inner = """(select *, F("A") as "__a0_" from t)"""
    assert atoms.of_column("A", "t") == f"""(select *, G("__a0_") as "__a2_" from {inner})"""


def test_what_reads_one_column_is_an_atom_as_a_whole() -> None:
    atoms = Atoms(["A", "B"], ["f"], "here")
    assert atoms.single("coalesce(f(A), 0) >= 0") == '"__a1_"'
    assert atoms.single("f(A) = B") == '"__a0_" = "B"'
    assert atoms.single("f(A) <= :received") == '"__a0_" <= "__received"'
    assert atoms.single("A") == '"A"'
    assert [a.name for a in atoms.by_column()["A"]] == ["__a0_", "__a1_"]


def test_rules_are_decided_by_column_where_a_part_reads_one() -> None:
    atoms = Atoms(["A", "B"], ["f"], "here")
    singles = Singles(atoms, "here")
    singles.spelled |= {"x": "f(A)", "y": "case when A > 'b' then f(B) end", "z": "B"}
    assert singles.raw("f(A) = 1 and (B is null or A = B)") == '("__a1_") and ("B" IS NULL OR "A" = "B")'
    assert singles.typed("x > 0 and (z = 'u' and y > 2) and other is null") == (
        "(__r0_) and (__r1_) and (y > 2) and (other IS NULL)"
    )
    assert set(singles.columns) == {"__r0_", "__r1_"}


def test_constants_are_written_into_sql() -> None:
    sql = """select p."x" as "x", 'x''x' as y, x1, cast(x as date) as x from t where "x" = 1"""
    put = """select (0) as "x", 'x''x' as y, x1, cast((0) as date) as x from t where (0) = 1"""
    assert put_in(sql, {"x": "0"}) == put
    assert without_columns("case when cast('a' as varchar) = '' then 1 end")
    assert not without_columns("""'x' || "x" """)


def test_a_column_the_feed_has_not() -> None:
    with pytest.raises(ContentError, match="no column 'C' in the feed"):
        Atoms(["A"], [], "here").rewrite("C = 1")


def test_codes_of_failing_rules() -> None:
    engine = connect(threads=1)
    engine.register("t", pa.table({"a": [1, 2, None, 3], "given": ["", "", "x", "x"]}))
    sql = joined({"one": "a <> 2", "two": "a < 2"}, "given")
    assert engine.query(f"select {sql} as c from t").column("c").to_pylist() == ["", "one,two", "x", "x,two"]
    assert joined({}) == "''"


def test_every_feed_has_a_plan(store: ContentStore) -> None:
    plans = [plan(store, source, feed) for source in store.sources.values() for feed in source.feeds]
    assert len(plans) > 40
    assert all({"NO_KEY", "NO_EVENT_DATE"} <= set(p.reasons) for p in plans)


def _mended(tmp_path: Path, store: ContentStore, old: str, new: str) -> ContentStore:
    body = store.files.data["sources/s-pun.yaml"].decode()
    assert old in body
    (tmp_path / "overlay" / "sources").mkdir(parents=True)
    (tmp_path / "overlay" / "sources" / "s-pun.yaml").write_text(body.replace(old, new, 1), encoding="utf-8")
    return ContentStore.load(tmp_path / "overlay")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("table: ent_penalty", "table: ent_penalties", "no standard table"),
        ("pen_dec_no:", "pen_dec_nr:", "no column 'pen_dec_nr'"),
        ("text_of(PENDECNO)", "text_of(PENDECNR)", "no column 'PENDECNR'"),
        ("{id: dates,", "{id: future,", "two checks are called 'future'"),
    ],
)
def test_a_plan_that_does_not_fit(tmp_path: Path, store: ContentStore, old: str, new: str, says: str) -> None:
    content = _mended(tmp_path, store, old, new)
    source = content.sources["S-PUN"]
    with pytest.raises(ContentError, match=says) as found:
        plan(content, source, source.feeds[0])
    assert "s-pun.yaml:" in str(found.value)


def test_a_stop_check_refuses_the_file(make_world: Callable[..., World], tmp_path: Path, store: ContentStore) -> None:
    old = "- {id: numbers,"
    stop = (
        "- {id: far, rule: \"text_of(CASENO) <> 'C2'\", action: stop, dimension: valid, reason: 案号不应出现}\n      "
    )
    world = make_world("stopping", _mended(tmp_path, store, old, stop + old))
    world.deliver("S-PUN", "penalty", [penalty(1, uscc(1)), penalty(2, uscc(1))])
    world.deliver("S-PUN", "penalty", [penalty(3, uscc(1))], label="202402")
    report = world.run()
    (reason,) = report.refused.values()
    assert "案号不应出现 (1 records)" in reason
    assert [r["source_key"] for r in world.rows("ent_penalty")] == ["C3"]


def _lookups(store: ContentStore) -> Lookups:
    engine = connect(macros=store.macros, threads=1)
    engine.register(PREPARED, pa.table({"k": ["1", "1, 3", "1,zz", None]}))
    return Lookups(engine, store, Tokeniser(b"k" * 32))


def _pairs(lookups: Lookups, mapping: CodeMap | TokenMap) -> dict[str, str | None]:
    table = lookups.pairs(Lookup("column", "k", mapping))
    return dict(zip(table["value"].to_pylist(), table["result"].to_pylist(), strict=True))


def test_lists_of_codes_are_translated_part_by_part(store: ContentStore) -> None:
    lookups = _lookups(store)
    strict = _pairs(lookups, CodeMap(code="inspection_result", of="x", split=","))
    one, two = str(strict["1"]), str(strict["1, 3"]).split(",")
    assert two[0] == one
    assert len(two) == 2
    assert strict["1,zz"] is None, "an unknown part makes the list unknown"
    assert _pairs(lookups, CodeMap(code="inspection_result", of="x", split=",", unknown="null"))["1,zz"] == one
    assert _pairs(lookups, CodeMap(code="inspection_result", of="x", split=",", unknown="keep"))["1,zz"] == f"{one},zz"


def test_tokens_are_those_of_the_tokeniser(store: ContentStore) -> None:
    found = _pairs(_lookups(store), TokenMap(token="id", of="x"))
    assert found["1"] == Tokeniser(b"k" * 32).token("1", kind="id")
    assert None not in found


def test_code_lists_that_cannot_be_looked_up(store: ContentStore) -> None:
    lookups = _lookups(store)
    with pytest.raises(ContentError, match="the code list is missing"):
        _pairs(lookups, CodeMap(code="nothing", of="x"))
    with pytest.raises(ContentError, match="no column 'none'"):
        _pairs(lookups, CodeMap(code="region", of="x", from_column="none"))
    with pytest.raises(ContentError, match="stands for"):
        _pairs(lookups, CodeMap(code="region", of="x", from_column="kind", to_column="code"))


def test_memorised_values_segments_and_pieces_make_no_difference(
    make_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        penalty(i, uscc(i % 50), PENAM=["20000.00", "N/A", "1,5", "viel", None, " 7 "][i % 6],
                DOMAIN=["01", "02", "ZZ"][i % 3],
                PENDECISSDATE=["2024-01-05", "20240105", "2024年1月5日", "2024-02-30"][i % 4])
        for i in range(1500)
    ]  # fmt: skip
    tables = []
    for name, memorised in (("plain", False), ("memorised", True)):
        world = make_world(name)
        world.deliver("S-REG", "reg_entity", [firm(i) for i in range(50)])
        world.put("S-PUN", "penalty", "penalty_1.csv", csv_body(world.feed("S-PUN", "penalty"), rows))
        with monkeypatch.context() as patch:
            if memorised:
                patch.setattr(repeats, "_ROWS", 10)
                patch.setattr(segments, "SEGMENT", 400)
                patch.setattr("yuheng.intake.plain.PIECE", 5000)
            world.run()
        tables.append((world.table("ent_penalty"), world.quarantine(), world.office.batches.list()[0].counts))
    assert tables[0][0].equals(tables[1][0])
    assert tables[0][1:] == tables[1][1:]
    assert 0 < tables[0][0].num_rows < 1500


def test_plans_hold_nothing_of_a_batch(store: ContentStore) -> None:
    source = store.sources["S-PUN"]
    one, two = (plan(store, source, source.feeds[0]) for _ in range(2))
    assert isinstance(one, FeedPlan)
    assert one.steps() == two.steps()
