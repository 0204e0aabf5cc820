"""Standard tables and the databases that hold them."""

from __future__ import annotations

from collections import Counter

from yuheng.content.checks.codes import values_of
from yuheng.content.checks.context import Checker, listed
from yuheng.content.checks.expressions import At, Scope, check_expression
from yuheng.content.schema import StandardTable
from yuheng.content.shape import SYSTEM

CLOCKS = ("event_date", "known_from")
"""System columns a check of a standard table may read."""


def check_tables(checker: Checker) -> None:
    """Databases and standard tables name one another; checks and code lists fit."""
    _check_databases(checker)
    for table in checker.store.standard.values():
        _check_table(checker, table)


def _check_databases(checker: Checker) -> None:
    store = checker.store
    holder: dict[str, str] = {}
    for database in store.databases.values():
        for place, name in enumerate(database.tables):
            loc = ("tables", place)
            if name not in store.standard:
                checker.add("database", database.id, loc, f"no table {name!r} in standard/")
            elif name in holder:
                checker.add("database", database.id, loc, f"the table {name!r} is already held by {holder[name]}")
            elif store.standard[name].database != database.id:
                message = f"the table {name!r} says that {store.standard[name].database} holds it"
                checker.add("database", database.id, loc, message)
            holder.setdefault(name, database.id)
    for name, table in store.standard.items():
        if table.database not in store.databases:
            checker.add("standard_table", name, ("database",), f"no database {table.database!r} in databases.yaml")
        elif name not in holder:
            checker.add("standard_table", name, ("database",), f"{table.database} does not list the table {name!r}")


def _check_table(checker: Checker, table: StandardTable) -> None:
    columns = frozenset(column.name for column in table.columns) | set(CLOCKS)
    scope = Scope(table.id, frozenset(columns))
    _check_dates(checker, table)
    for place, column in enumerate(table.columns):
        loc = ("columns", place, "codes")
        if column.codes is not None and not values_of(checker, column.codes, "code"):
            checker.add(
                "standard_table", table.id, loc, f"no code list {column.codes!r} with a column `code` in codes/"
            )
        if column.name in SYSTEM.names:
            message = f"{column.name} is a system column, which every standard table has: choose another name"
            checker.add("standard_table", table.id, ("columns", place, "name"), message)
    for place, rule in enumerate(table.checks):
        at = At("standard_table", table.id, ("checks", place, "rule"))
        check_expression(checker, rule.rule, scope, at, gives=frozenset({"boolean"}))
    for name in twice([rule.id for rule in table.checks]):
        checker.add("standard_table", table.id, ("checks",), f"the check {name!r} stands twice in table {table.id}")


def _check_dates(checker: Checker, table: StandardTable) -> None:
    types = {column.name: column.type for column in table.columns}
    for field, name in (("event_date", table.event_date), ("event_date_else", table.event_date_else)):
        if name in types and types[name] != "DATE":
            checker.add("standard_table", table.id, (field,), f"{name} is {types[name]}, a DATE is needed")


def twice(names: list[str]) -> list[str]:
    """Names that stand more than once."""
    return [name for name, n in Counter(names).items() if n > 1]


def check_known(checker: Checker, at: At, name: str, known: set[str], what: str) -> bool:
    """True when `name` is known; else a problem."""
    if name in known:
        return True
    checker.add(at.kind, at.name, at.loc, f"no {what} {name!r}; known: {listed(known)}")
    return False
