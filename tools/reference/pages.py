"""All pages of the reference: made in memory, written, or compared with what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tools.reference import cards, codes, commands, indicators, libraries, models, settings, sources, tables
from yuheng.content import ContentStore

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


def pages() -> dict[str, str]:
    """Path below docs/reference -> text, from the shipped content, the command tree and the settings class."""
    store = ContentStore.load()
    made: dict[str, str] = {}
    for kind in (indicators, sources, tables, models, libraries, codes):
        made |= kind.pages(store)
    made |= commands.pages()
    made["gradings.md"] = cards.page_of(store)
    made["settings.md"] = settings.page_of()
    return dict(sorted(made.items()))


def write(folder: Path, made: Mapping[str, str]) -> None:
    """Writes the pages and removes generated ones that are no longer made."""
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in _standing(folder) - made.keys():
        (folder / name).unlink()


def drift(folder: Path, made: Mapping[str, str]) -> dict[str, str]:
    """Pages that differ -> how; empty when docs and content agree."""
    found: dict[str, str] = {}
    for name in sorted(_standing(folder) | made.keys()):
        path = folder / name
        if name not in made:
            found[name] = "nothing makes this page any more"
        elif not path.is_file():
            found[name] = "missing"
        elif (line := _first_difference(path.read_text(encoding="utf-8"), made[name])) is not None:
            found[name] = f"differs from content and code, first in line {line}"
    return found


def _standing(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*.md")}


def _first_difference(there: str, wanted: str) -> int | None:
    if there == wanted:
        return None
    pairs = zip(there.splitlines(), wanted.splitlines(), strict=False)
    same = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), None)
    return same or min(len(there.splitlines()), len(wanted.splitlines())) + 1
