"""Logical models, databases, extracts: what is said to hold rows exists, and what is empty says who fills it."""

from __future__ import annotations

from yuheng.content.checks.context import Checker
from yuheng.content.libraryshape import LIBRARY_RESULTS


def check_models(checker: Checker) -> None:
    """Everything named exists. Tables of the office database are known above this floor and checked there."""
    store = checker.store
    known = {
        "standard": set(store.standard),
        "derived": set(store.derived),
        "library": set(store.libraries),
        "code": set(store.code_lists),
        "result": set(LIBRARY_RESULTS),
        "content": {path.split("/")[0].removesuffix(".yaml") for path in store.files.data},
    }
    for model in store.models.values():
        for place, ref in enumerate(model.by):
            kind, _, name = ref.partition("/")
            if kind in known and name not in known[kind]:
                checker.add("logical_model", model.id, ("by", place), f"there is no {kind} {name!r}")
    _check_databases(checker)
    _check_extracts(checker)


def _check_databases(checker: Checker) -> None:
    """A database without tables says which floor fills it."""
    for database in checker.store.databases.values():
        if bool(database.tables) == (database.filled_by is not None):
            message = f"{database.id} has either tables or filled_by, the floor of the house that fills it"
            checker.add("database", database.id, (), message)


def _check_extracts(checker: Checker) -> None:
    """An extract belongs to a source that is none itself."""
    sources = checker.store.sources
    for source in sources.values():
        if source.extract_of is None:
            continue
        of = sources.get(source.extract_of)
        if of is None or of.extract_of is not None:
            message = f"extract_of: {source.extract_of} is no source system of its own"
            checker.add("source", source.id, ("extract_of",), message)
