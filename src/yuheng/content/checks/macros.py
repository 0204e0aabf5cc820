"""Macros: parse, portable, only their own parameters, documented."""

from __future__ import annotations

from sqlglot import exp

from yuheng.content.checks.context import Checker, reason
from yuheng.errors import SqlError
from yuheng.sql import Macro, expand_macros, lint, parse


def check_macros(checker: Checker) -> None:
    """Every macro by itself and with the macros it calls."""
    for macro in checker.store.macros.values():
        _check(checker, macro)


def _check(checker: Checker, macro: Macro) -> None:
    if not macro.doc:
        checker.at(macro.origin, macro.line, f"the macro {macro.name} needs a comment that says what it gives")
    try:
        tree = parse(macro.body, origin=macro.origin, first_line=macro.line)
    except SqlError as error:
        checker.at(macro.origin, error.line or macro.line, reason(error))
        return
    for issue in lint(tree):
        line = macro.line + (issue.line or 1) - 1
        checker.at(macro.origin, line, f"not portable ({issue.rule}): {issue.message}")
    named = {column.name for column in tree.find_all(exp.Column)}
    for name in sorted(named - set(macro.params)):
        checker.at(macro.origin, macro.line, f"the macro {macro.name} names {name}, which is not one of its parameters")
    try:
        expand_macros(tree, checker.store.macros, origin=macro.origin)
    except SqlError as error:
        checker.at(macro.origin, macro.line, reason(error))
