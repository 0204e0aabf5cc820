"""Files of derived tables: a YAML header in the leading comment, then one SELECT."""

from __future__ import annotations

import re

from yuheng.content import yamlfile
from yuheng.content.problem import Problem
from yuheng.content.schema import DerivedTable
from yuheng.errors import ContentError

_FILE = re.compile(r"\A\s*/\*\s*---[ \t]*\n(?P<header>.*?)\n[ \t]*---\s*\*/(?P<sql>.*)\Z", re.DOTALL)


def parse(text: str, path: str) -> tuple[DerivedTable | None, list[Problem], yamlfile.Document]:
    """The table, or the problems of its header (lines counted in the whole file)."""
    found = _FILE.match(text)
    if found is None:
        raise ContentError("a derived table begins with /* ---, a YAML header and --- */", path=path, line=1)
    shift = text[: found.start("header")].count("\n")
    document = _header("\n" * shift + found["header"], path)
    if not isinstance(document.value, dict):
        raise ContentError("the header is empty", path=path, line=1)
    sql = found["sql"]
    body = sql.lstrip()
    document.value |= {
        "columns": _columns(document.value.get("columns")),
        "sql": body.rstrip().rstrip(";").rstrip(),
        "path": path,
        "line": text[: found.start("sql") + len(sql) - len(body)].count("\n") + 1,
    }
    table, problems = yamlfile.load(DerivedTable, document)
    return table, problems, document


def _header(text: str, path: str) -> yamlfile.Document:
    return yamlfile.parse(text, path)


def _columns(value: yamlfile.Value) -> yamlfile.Value:
    """`name: TYPE` and `name: {type: ..., description: ...}` both become full columns."""
    if not isinstance(value, dict):
        return value
    out: dict[str, yamlfile.Value] = {}
    for name, column in value.items():
        full = {"type": column} if isinstance(column, str) else column
        if isinstance(full, dict):
            full = {"name": name, **full}
            full.setdefault("name_zh", full.get("description", name))
        out[name] = full
    return out
