"""The generated reference is what content, commands and settings say now, and leaves none of them out."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.reference import FOLDER, drift, pages, write
from tools.reference.commands import commands, options
from tools.reference.settings import command_variables, variable

from yuheng.content import ContentStore
from yuheng.settings import Settings

DOCS = FOLDER.parent


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages()


def test_the_pages_are_up_to_date(made: dict[str, str]) -> None:
    assert drift(FOLDER, made) == {}, "run `python -m tools.reference`"


def test_pages_come_out_the_same_again(made: dict[str, str]) -> None:
    assert pages() == made


def test_a_change_a_missing_page_and_a_stale_one_are_found(made: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, made)
    assert drift(tmp_path, made) == {}
    settings = tmp_path / "settings.md"
    settings.write_text(settings.read_text(encoding="utf-8").replace("6GB", "7GB"), encoding="utf-8")
    (tmp_path / "codes.md").unlink()
    (tmp_path / "old.md").write_text("gone", encoding="utf-8")
    found = drift(tmp_path, made)
    assert sorted(found) == ["codes.md", "old.md", "settings.md"]
    assert "line" in found["settings.md"]
    assert found["codes.md"] == "missing"
    write(tmp_path, made)
    assert drift(tmp_path, made) == {}


def test_every_indicator_source_table_and_grading_has_its_place(made: dict[str, str]) -> None:
    store = ContentStore.load()
    for indicator in store.indicators.values():
        assert f"`{indicator.id}`" in made["indicators.md"]
        assert f"### {indicator.no} {indicator.name_zh} {indicator.id}\n" in made[f"indicators/{indicator.l1}.md"]
    for source in store.sources.values():
        for feed in source.feeds:
            assert f"## {feed.id} {feed.name_zh}\n" in made[f"sources/{source.id}.md"]
    for name in (*store.standard, *store.derived):
        assert f"[`{name}`]" in made["tables.md"]
    for name in (*store.gradings, *store.weightings):
        assert f" {name} " in made["gradings.md"]
    for library in store.libraries.values():
        assert f"[{library.id}]" in made["libraries.md"]
        assert f"# {library.id} {library.name_zh} {library.name_en}\n" in made[f"libraries/{library.id}.md"]
    for name in store.code_lists:
        assert f"`{name}`" in made["codes.md"]


def test_every_command_and_option_is_in_the_reference(made: dict[str, str]) -> None:
    told = "\n".join(text for page, text in made.items() if page.startswith("commands"))
    for name, command in commands():
        assert f"## {name}\n" in told
        part = told.split(f"## {name}\n")[1].split("\n## ")[0]
        for option in options(command):
            shown = option.opts[0] if option.param_type_name == "option" else option.name.upper()
            assert shown in part or option.name == "directory", f"{name} {shown}"


def test_every_command_has_a_help_text() -> None:
    assert [name for name, command in commands() if not command.help] == []


def test_every_setting_is_in_the_reference_and_in_operations(made: dict[str, str]) -> None:
    operations = (DOCS / "operations.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`{variable(name)}`" in made["settings.md"]
        assert f"`{variable(name)}`" in operations
    for name in command_variables():
        assert f"`{name}`" in made["settings.md"]
        assert f"`{name}`" in operations
