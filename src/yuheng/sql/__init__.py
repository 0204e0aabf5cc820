"""SQL as content: parsed, checked, bound and carried to either engine. Written once, in DuckDB's dialect."""

from yuheng.sql.compiler import (
    Dialect,
    Scalar,
    column_refs,
    compile_sql,
    expand_macros,
    identifier,
    literal,
    parse,
    table_names,
)
from yuheng.sql.lint import Issue, lint
from yuheng.sql.macros import Macro, load_macros

__all__ = [
    "Dialect",
    "Issue",
    "Macro",
    "Scalar",
    "column_refs",
    "compile_sql",
    "expand_macros",
    "identifier",
    "lint",
    "literal",
    "load_macros",
    "parse",
    "table_names",
]
