"""Libraries: the header says what the SELECT reads and gives; the names exist; the contract binds."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import pyarrow as pa
from sqlglot import exp

from yuheng.content.checks.binding import BindError, type_class
from yuheng.content.checks.codes import values_of
from yuheng.content.checks.context import Checker, listed, reason
from yuheng.content.checks.expressions import At, Scope, check_expression
from yuheng.content.libraryshape import COMMON, LIBRARY_RESULTS, full_sql, library_schema
from yuheng.content.schema import Library
from yuheng.errors import ContentError, SqlError
from yuheng.sql import lint, parse, table_names


def check_libraries(checker: Checker) -> None:
    """Every library by itself, then that none needs itself."""
    store = checker.store
    tables: dict[str, pa.Schema] = {**LIBRARY_RESULTS, **checker.tables}
    tables |= {library.table: library_schema(library) for library in store.libraries.values()}
    for name in tables.keys() - checker.tables.keys():
        checker.binder.table(name, tables[name])
    needs: dict[str, set[str]] = {}
    ours = {library.table: library.id for library in store.libraries.values()}
    for library in store.libraries.values():
        _check_header(checker, library)
        tree = _parsed(checker, library) if library.sql else None
        if tree is not None:
            needs[library.id] = {ours[name] for name in table_names(tree) if name in ours}
            _check_select(checker, library, tree, tables)
        _check_contract(checker, library)
    _check_circle(checker, needs)


def _parsed(checker: Checker, library: Library) -> exp.Expr | None:
    try:
        tree = parse(library.sql, origin=library.path, first_line=library.line)
    except SqlError as error:
        checker.at(library.path, error.line or library.line, reason(error))
        return None
    if not isinstance(tree, exp.Query):
        checker.at(library.path, library.line, "a library is one SELECT")
        return None
    return tree


def _check_header(checker: Checker, library: Library) -> None:
    for name in library.keys:
        if name not in library.columns and name not in COMMON.names:
            checker.add("library", library.id, ("keys",), f"the key {name!r} is no column of the library")
    for name in library.sources:
        if name not in checker.store.sources:
            checker.add("library", library.id, ("sources",), f"no source {name!r} in sources/")
    if library.spine is not None and library.spine not in library.inputs:
        checker.add("library", library.id, ("spine",), f"the spine {library.spine!r} is none of the inputs")
    for name, column in library.columns.items():
        if column.codes is not None and not values_of(checker, column.codes, "code"):
            message = f"no code list {column.codes!r} with a column `code` in codes/"
            checker.add("library", library.id, ("columns", name), message)


def _check_select(checker: Checker, library: Library, tree: exp.Expr, tables: dict[str, pa.Schema]) -> None:
    before = len(checker.problems)
    for issue in lint(tree):
        line = library.line + (issue.line or 1) - 1
        checker.at(library.path, line, f"not portable ({issue.rule}): {issue.message}")
    for node in tree.find_all(exp.Placeholder):
        if node.name != "as_of":
            message = f":{node.name} has no value here; allowed: :as_of"
            checker.at(library.path, _line(library, tree, node.name), message)
    _check_inputs(checker, library, tree, tables)
    if len(checker.problems) == before:
        _check_result(checker, library, tree)


def _check_inputs(checker: Checker, library: Library, tree: exp.Expr, tables: dict[str, pa.Schema]) -> None:
    read = table_names(tree)
    lists = checker.store.code_lists.keys() - tables.keys()
    for name in sorted(read - tables.keys() - lists):
        message = f"reads {name!r}, which is no table of the house and no code list"
        checker.at(library.path, _line(library, tree, name), message)
    for field, declared, found in (
        ("inputs", set(library.inputs), read & tables.keys()),
        ("codes", set(library.codes), read & lists),
    ):
        if missing := found - declared:
            checker.add("library", library.id, (field,), f"{field}: the SQL also reads {listed(missing)}")
        if surplus := declared - found:
            checker.add("library", library.id, (field,), f"{field}: the SQL does not read {listed(surplus)}")


def _check_result(checker: Checker, library: Library, tree: exp.Expr) -> None:
    try:
        found = checker.binder.columns(tree)
        checker.binder.columns(parse(full_sql(library), origin=library.path))
    except BindError as error:
        checker.at(library.path, _line(library, tree, error.name), str(error))
        return
    except ContentError as error:
        checker.add("library", library.id, ("record",) if library.record else (), reason(error))
        return
    if missing := library.columns.keys() - found.keys():
        checker.add("library", library.id, ("columns",), f"the SQL gives no column {listed(missing)}")
    for name in sorted(found.keys() - library.columns.keys()):
        message = f"the SQL gives {name!r}, which the header does not declare"
        checker.at(library.path, _line(library, tree, name), message)
    for name, column in library.columns.items():
        if name in found and type_class(found[name]) not in (type_class(column.type), "null"):
            message = f"{name} is declared {column.type}, but the SQL gives {found[name]}"
            checker.add("library", library.id, ("columns", name), message)


def _check_contract(checker: Checker, library: Library) -> None:
    scope = Scope(library.table, frozenset(library_schema(library).names))
    for place, rule in enumerate(library.checks):
        at = At("library", library.id, ("checks", place, "rule"))
        check_expression(checker, rule.rule, scope, at, gives=frozenset({"boolean"}))
    seen = [rule.id for rule in library.checks]
    for name in sorted({n for n in seen if seen.count(n) > 1}):
        checker.add("library", library.id, ("checks",), f"the check {name!r} stands twice")


def _line(library: Library, tree: exp.Expr, name: str | None) -> int:
    """The line in the file where `name` is first written in the SQL."""
    lines = [
        int(node.meta["line"]) for node in tree.find_all(exp.Identifier) if node.name == name and "line" in node.meta
    ]
    return library.line + min(lines, default=1) - 1


def _check_circle(checker: Checker, needs: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = [str(name) for name in error.args[1]]
        message = f"libraries need each other: {' -> '.join(circle)}"
        checker.add("library", circle[0], ("inputs",), message)
