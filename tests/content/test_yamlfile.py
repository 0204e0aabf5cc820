from __future__ import annotations

import datetime as dt

import pytest
from pydantic import Field

from yuheng.content import yamlfile
from yuheng.content.schema import CodeMap, Content, Feed, Mapping
from yuheng.errors import ContentError


class Shelf(Content):
    name: str
    rows: list[int]
    maps: dict[str, Mapping] = Field(default_factory=dict)


def test_lines_of_keys_and_items() -> None:
    document = yamlfile.parse("name: a\nrows:\n  - 1\n  - 2\n", "x.yaml")
    assert document.value == {"name": "a", "rows": [1, 2]}
    assert document.line(("rows",)) == 2
    assert document.line(("rows", 1)) == 4
    assert document.line(("rows", 9)) == 2


def test_plain_values() -> None:
    document = yamlfile.parse("[null, true, 1, 1.5, 2024-01-31, text, '08', \"no\"]", "x.yaml")
    assert document.value == [None, True, 1, 1.5, dt.date(2024, 1, 31), "text", "08", "no"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\na: 2\n", 2, "twice"),
        ("region: 0371\n", 1, "octal"),
        ("code: 08\n", 1, "octal"),
        ("at: 12:30\n", 1, "base 60"),
        ("n: 1_000\n", 1, "quote it"),
        ("x: 1\nno: 2\n", 2, "truth values"),
        ("x: yes\n", 1, "truth values"),
        ("x: &a [1]\ny: *a\n", 1, "alias"),
        ("x:\n  <<: 1\n", 2, "merge"),
        ("x: !!binary abcd\n", 1, "tag"),
        ("x: 2024-02-30\n", 1, "no date"),
        ("a: 1\n b: [\n", 2, "not YAML"),
        ("? [a]\n: 1\n", 1, "single word"),
    ],
)
def test_surprises_are_refused(text: str, line: int, words: str) -> None:
    with pytest.raises(ContentError, match=words) as caught:
        yamlfile.parse(text, "x.yaml")
    assert caught.value.line == line
    assert caught.value.path == "x.yaml"


def test_wrong_utf8() -> None:
    with pytest.raises(ContentError, match="UTF-8"):
        yamlfile.parse("a: 河".encode("gb18030"), "x.yaml")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name: a\nrows:\n  - 1\n  - two\n", 4, "rows.1"),
        ("name: a\n", 1, "'rows' is missing"),
        ("name: a\nrows: []\nrowz: []\n", 3, "unknown field 'rowz'"),
        ("name: a\nrows: []\nmaps:\n  x: b\n  y: {code: c}\n", 5, "'of' is missing"),
        ("name: a\nrows: []\nmaps:\n  x: {code: c, of: d, foo: 1}\n", 4, "unknown field 'foo'"),
    ],
)
def test_model_errors_have_lines(text: str, line: int, words: str) -> None:
    thing, problems = yamlfile.load(Shelf, yamlfile.parse(text, "x.yaml"))
    assert thing is None
    assert [(p.file, p.line) for p in problems] == [("x.yaml", line)]
    assert words in problems[0].message


def test_a_mapping_is_told_by_its_keys() -> None:
    document = yamlfile.parse("{name: a, rows: [], maps: {x: {code: c, of: d}}}", "x.yaml")
    shelf, _ = yamlfile.load(Shelf, document)
    assert shelf is not None
    assert shelf.maps["x"] == CodeMap(code="c", of="d")
    assert "checks" in yamlfile.field_names(Feed)
