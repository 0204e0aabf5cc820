from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from yuheng.content import ContentStore
from yuheng.content.files import ContentFiles
from yuheng.errors import ContentError


def put(root: Path, path: str, text: str) -> Path:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return root


def test_the_package_loads() -> None:
    store = ContentStore.load()
    listing = store.listing()
    assert {k: listing[k]["count"] for k in ("indicator_l1", "indicator_l2", "indicator")} == {
        "indicator_l1": 5,
        "indicator_l2": 25,
        "indicator": 81,
    }
    assert [i.no for i in store.indicators.values()] == list(range(1, 82))
    assert listing["indicator_l1"]["ids"] == list(store.l1)
    assert all(kind["count"] == len(kind["ids"]) > 0 for kind in listing.values())


def test_version_is_the_hash_of_the_files(tmp_path: Path) -> None:
    files = ContentFiles({"b.yaml": b"2", "a.yaml": b"1"})
    assert files.version == hashlib.sha256(b"a.yaml\x001\x001b.yaml\x001\x002").hexdigest()[:16]
    plain = ContentStore.load()
    assert plain.version == ContentStore.load().version
    assert plain.version != ContentStore.load(put(tmp_path, "glossary.yaml", "terms: []\n")).version


def test_an_overlay_replaces_and_adds(tmp_path: Path) -> None:
    put(tmp_path, "databases.yaml", "databases:\n  - {id: DB01, name_zh: 库, owner: 处}\n")
    put(tmp_path, "codes/own_list.csv", "code,name_zh,valid_from,due_days\n01,甲,2024-01-01,20\n02,,,\n")
    put(tmp_path, "macros/own.sql", "-- macro: twice(x)\n-- Double.\nx * 2\n;\n")
    put(
        tmp_path,
        "derived/own.sql",
        "/* ---\nname: own\nname_zh: 自有\ndescription: d\ngrain: firm\ninputs: [ent_registration]\n"
        "columns:\n  ent_id: BIGINT\n  n: {type: INTEGER, description: count}\n--- */\n\nselect 1 as ent_id;\n",
    )
    store = ContentStore.load(tmp_path)
    assert list(store.databases) == ["DB01"]
    rows = store.code_lists["own_list"].to_pylist()
    assert rows[0]["code"] == "01"
    assert rows[0]["valid_from"].isoformat() == "2024-01-01"
    assert rows[1] == {"code": "02", "name_zh": None, "valid_from": None, "due_days": None}
    assert store.macros["twice"].params == ("x",)
    own = store.derived["own"]
    assert (own.sql, own.path, own.line) == ("select 1 as ent_id", "derived/own.sql", 12)
    assert own.columns["n"].name_zh == "count"
    assert store.place("derived_table", "own", "columns", "n") == ("derived/own.sql", 9)


@pytest.mark.parametrize(
    ("path", "text", "line", "words"),
    [
        ("indicators/_tree.yaml", "l1:\n  - {id: a}\nl2: []\n", 2, "missing"),
        ("indicators/_tree.yaml", "l1: []\nl2: []\nl3: []\n", 3, "unknown field"),
        ("indicators/_tree.yaml", "- a\n", 1, "block of keys"),
        ("standard/x.yaml", "tables: 1\n", 1, "must be a list"),
        ("derived/x.sql", "select 1", 1, "header"),
        ("derived/x.sql", "/* ---\nname: x\nname_zh: x\nfoo: 1\n--- */\nselect 1", 4, "unknown field 'foo'"),
        ("codes/x.csv", "a,b\n1,2,3\n", 1, "code list"),
        ("macros/x.sql", "-- macro: broken(\n1\n;\n", 1, "macro"),
        (
            "databases.yaml",
            "databases:\n- {id: DB01, name_zh: a, owner: b}\n- {id: DB01, name_zh: a, owner: b}\n",
            3,
            "twice",
        ),
    ],
)
def test_mistakes_of_form_name_file_and_line(tmp_path: Path, path: str, text: str, line: int, words: str) -> None:
    put(tmp_path, path, text)
    _, problems = ContentStore.read(tmp_path)
    here = [p for p in problems if p.file == path and words in p.message]
    assert [p.line for p in here][:1] == [line], problems
    with pytest.raises(ContentError, match=path):
        ContentStore.load(tmp_path)


def test_a_missing_overlay(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="not a directory"):
        ContentStore.load(tmp_path / "nowhere")
