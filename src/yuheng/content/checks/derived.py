"""Derived tables: the header says what the SQL reads and gives; columns, functions and types exist."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter

from sqlglot import exp

from yuheng.content.checks.binding import BindError, type_class
from yuheng.content.checks.codes import values_of
from yuheng.content.checks.context import Checker, listed, reason
from yuheng.content.schema import DerivedTable
from yuheng.errors import SqlError
from yuheng.sql import lint, parse, table_names

_METHOD = re.compile(r"sql|[a-z_]+\.[a-z_]+(\(.*\))?")


def check_derived(checker: Checker) -> None:
    """Every derived table by itself, then that none needs itself."""
    needs: dict[str, set[str]] = {}
    for table in checker.store.derived.values():
        tree = _parsed(checker, table)
        if tree is not None:
            needs[table.name] = set(table_names(tree) & checker.store.derived.keys())
            _check(checker, table, tree)
    _check_circle(checker, needs)


def _parsed(checker: Checker, table: DerivedTable) -> exp.Expr | None:
    try:
        tree = parse(table.sql, origin=table.path, first_line=table.line)
    except SqlError as error:
        checker.at(table.path, error.line or table.line, reason(error))
        return None
    if not isinstance(tree, exp.Query):
        checker.at(table.path, table.line, "a derived table is one SELECT")
        return None
    return tree


def _check(checker: Checker, table: DerivedTable, tree: exp.Expr) -> None:
    before = len(checker.problems)
    for issue in lint(tree):
        line = table.line + (issue.line or 1) - 1
        checker.at(table.path, line, f"not portable ({issue.rule}): {issue.message}")
    _check_header(checker, table)
    _check_inputs(checker, table, tree)
    for node in tree.find_all(exp.Placeholder):
        if node.name != "as_of":
            checker.at(table.path, _line(table, tree, node.name), f":{node.name} has no value here; allowed: :as_of")
    if len(checker.problems) == before:
        _check_result(checker, table, tree)


def _check_header(checker: Checker, table: DerivedTable) -> None:
    for name in table.keys:
        if name not in table.columns:
            checker.add("derived_table", table.name, ("keys",), f"the key {name!r} is no column of the table")
    if not _METHOD.fullmatch(table.method):
        checker.add("derived_table", table.name, ("method",), f"{table.method!r} is neither sql nor module.method(…)")
    for name, column in table.columns.items():
        if column.codes is not None and not values_of(checker, column.codes, "code"):
            message = f"no code list {column.codes!r} with a column `code` in codes/"
            checker.add("derived_table", table.name, ("columns", name), message)


def _check_inputs(checker: Checker, table: DerivedTable, tree: exp.Expr) -> None:
    read = table_names(tree)
    lists = checker.store.code_lists.keys() - checker.tables.keys()
    for name in sorted(read - checker.tables.keys() - lists):
        message = f"reads {name!r}, which is no standard or derived table and no code list"
        checker.at(table.path, _line(table, tree, name), message)
    for field, declared, found in (
        ("inputs", set(table.inputs), read & checker.tables.keys()),
        ("codes", set(table.codes), read & lists),
    ):
        if missing := found - declared:
            checker.add("derived_table", table.name, (field,), f"{field}: the SQL also reads {listed(missing)}")
        if surplus := declared - found:
            checker.add("derived_table", table.name, (field,), f"{field}: the SQL does not read {listed(surplus)}")


def _check_result(checker: Checker, table: DerivedTable, tree: exp.Expr) -> None:
    try:
        found = checker.binder.columns(tree)
    except BindError as error:
        checker.at(table.path, _line(table, tree, error.name), str(error))
        return
    if table.method != "sql":
        return  # the SQL gives the method its input; the method gives the columns
    if missing := table.columns.keys() - found.keys():
        checker.add("derived_table", table.name, ("columns",), f"the SQL gives no column {listed(missing)}")
    for name in sorted(found.keys() - table.columns.keys()):
        checker.at(table.path, _line(table, tree, name), f"the SQL gives {name!r}, which the header does not declare")
    for name, column in table.columns.items():
        if name in found and not _fits(found[name], column.type):
            message = f"{name} is declared {column.type}, but the SQL gives {found[name]}"
            checker.add("derived_table", table.name, ("columns", name), message)


def _fits(found: str, declared: str) -> bool:
    return type_class(found) in (type_class(declared), "null")


def _line(table: DerivedTable, tree: exp.Expr, name: str | None) -> int:
    """The line in the file where `name` is first written in the SQL."""
    lines = [
        int(node.meta["line"]) for node in tree.find_all(exp.Identifier) if node.name == name and "line" in node.meta
    ]
    return table.line + min(lines, default=1) - 1


def _check_circle(checker: Checker, needs: dict[str, set[str]]) -> None:
    """Each circle once, told at the table whose name comes first."""
    left = {name: sorted(needs[name]) for name in sorted(needs)}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = [str(name) for name in error.args[1][:-1]]
            start = circle.index(min(circle))
            path = [*circle[start:], *circle[:start], circle[start]]
            message = f"derived tables need each other: {' -> '.join(path)}"
            checker.add("derived_table", path[0], ("inputs",), message)
            left = {name: [n for n in read if n not in circle] for name, read in left.items() if name not in circle}
        else:
            return
