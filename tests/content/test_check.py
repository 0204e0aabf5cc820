"""Mistakes of meaning: an overlay plants one of each kind, and each is found at its file and line."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from yuheng.content import ContentStore, Problem
from yuheng.content.check import check
from yuheng.content.files import ContentFiles

SHIPPED = ContentFiles.read()


@dataclass(frozen=True)
class Plant:
    """In `path`, `old` becomes `new`; a problem with `words` is expected at the line where `new` stands, or at `at`."""

    path: str
    old: str
    new: str
    words: str
    at: str = ""

    def line(self, text: str) -> int:
        """The line of the file as planted where the problem stands."""
        place = text.index(self.new) if self.new else text.index(self.at)
        if self.at:
            place = text[: place + len(self.new) + len(self.at)].rindex(self.at)
        return text[:place].count("\n") + 1


PLANTS = [Plant(**entry) for entry in yaml.safe_load((Path(__file__).parent / "planted.yaml").read_text("utf-8"))]
EXTRA = {
    "indicator/misspelt.yaml": ("indicators: []\n", 1, "nobody reads this file"),
    "derived/first_table.sql": (
        "/* ---\nname: first_table\nname_zh: 一\ndescription: d\ngrain: firm\ninputs: [first_table]\n"
        "columns:\n  ent_id: BIGINT\n--- */\nselect ent_id from first_table",
        6,
        "derived tables need each other: first_table -> first_table",
    ),
    "derived/two_statements.sql": (
        "/* ---\nname: two_statements\nname_zh: 二\ndescription: d\ngrain: firm\ninputs: []\n"
        "columns:\n  ent_id: BIGINT\n--- */\ndelete from ent_base",
        10,
        "not DELETE",
    ),
    "macros/own.sql": ("-- macro: undocumented(x)\nlog(x)\n;\n", 2, "needs a comment"),
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], list[Problem]]:
    """The texts of the overlay, and what is found in the content under it."""
    root = tmp_path_factory.mktemp("overlay")
    texts: dict[str, str] = {path: body for path, (body, _, _) in EXTRA.items()}
    for plant in PLANTS:
        text = texts.get(plant.path, SHIPPED.text(plant.path))
        assert plant.old in text, f"{plant.path} has no {plant.old!r} any more"
        texts[plant.path] = text.replace(plant.old, plant.new, 1)
    for path, text in texts.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    store, problems = ContentStore.read(root)
    assert problems == []
    return texts, check(store)


def found_at(problems: list[Problem], path: str, line: int, words: str) -> bool:
    return any((p.file, p.line) == (path, line) and words in p.message for p in problems)


@pytest.mark.parametrize("plant", PLANTS, ids=[f"{p.path}: {p.words[:60]}" for p in PLANTS])
def test_a_planted_mistake_is_found_where_it_stands(
    planted: tuple[dict[str, str], list[Problem]], plant: Plant
) -> None:
    texts, problems = planted
    line = plant.line(texts[plant.path])
    assert found_at(problems, plant.path, line, plant.words), [str(p) for p in problems if p.file == plant.path]


@pytest.mark.parametrize("path", EXTRA)
def test_a_file_that_should_not_be(planted: tuple[dict[str, str], list[Problem]], path: str) -> None:
    _, line, words = EXTRA[path]
    assert found_at(planted[1], path, line, words), [str(p) for p in planted[1] if p.file == path]


def test_problems_come_in_order_and_once(planted: tuple[dict[str, str], list[Problem]]) -> None:
    _, problems = planted
    assert problems == sorted(set(problems))
    assert all(p.line >= 1 and "\n" not in p.message for p in problems)


def test_the_shipped_content_fits_together() -> None:
    store, problems = ContentStore.read()
    started = time.process_time()
    assert [str(p) for p in [*problems, *check(store)]] == []
    assert time.process_time() - started < 15
