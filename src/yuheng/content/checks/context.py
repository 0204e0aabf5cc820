"""What all checks share: the store, the problems found so far, and the declared tables as an empty database."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Self

import pyarrow as pa

from yuheng.content.checks.binding import Binder
from yuheng.content.problem import Problem
from yuheng.content.shape import RESULTS, arrow_schema, standard_schema
from yuheng.content.store import ContentStore
from yuheng.errors import ContentError


class Checker:
    """Gathers problems while the checks run; a context manager, because it holds a database in memory."""

    def __init__(self, store: ContentStore) -> None:
        self.store = store
        self.problems: list[Problem] = []
        self.tables: dict[str, pa.Schema] = {
            **RESULTS,
            **{name: arrow_schema(table.columns.values()) for name, table in store.derived.items()},
            **{name: standard_schema(table) for name, table in store.standard.items()},
        }
        """Tables an indicator, a card or a derived table may read: name -> schema."""
        self.binder = Binder(store.macros)
        for name, schema in self.tables.items():
            self.binder.table(name, schema)
        for name, rows in store.code_lists.items():
            if name not in self.tables:
                self.binder.table(name, rows.schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.binder.close()

    def add(self, kind: str, name: str, loc: tuple[str | int, ...], message: str) -> None:
        """A problem with a part of an object, at the line where that part stands."""
        file, line = self.store.place(kind, name, *loc)
        self.problems.append(Problem(file, line, message))

    def at(self, file: str, line: int, message: str) -> None:
        """A problem at a known line."""
        self.problems.append(Problem(file, line, message))


def listed(names: Iterable[str]) -> str:
    """Names for a message, sorted; a long list is cut."""
    words = sorted(names)
    return ", ".join(words[:12]) + (f" … ({len(words)})" if len(words) > 12 else "")


def reason(error: ContentError) -> str:
    """What an error says, without the place it names."""
    return error.what.removeprefix(f"{error.path}:{error.line}: ").removeprefix(f"{error.path}: ")
