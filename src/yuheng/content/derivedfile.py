"""SQL files of content (derived tables, libraries): a YAML header in the leading comment, then one SELECT."""

from __future__ import annotations

import re
from typing import TypeVar

from yuheng.content import yamlfile
from yuheng.content.problem import Problem
from yuheng.content.schema import Content
from yuheng.errors import ContentError

_FILE = re.compile(r"\A\s*/\*\s*---[ \t]*\n(?P<header>.*?)\n[ \t]*---\s*\*/(?P<sql>.*)\Z", re.DOTALL)
T = TypeVar("T", bound=Content)


def parse(model: type[T], text: str, path: str) -> tuple[T | None, list[Problem], yamlfile.Document]:
    """The table, or the problems of its header (lines counted in the whole file)."""
    found = _FILE.match(text)
    if found is None:
        raise ContentError("the file begins with /* ---, a YAML header and --- */", path=path, line=1)
    shift = text[: found.start("header")].count("\n")
    document = yamlfile.parse("\n" * shift + found["header"], path)
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
    table, problems = yamlfile.load(model, document)
    return table, problems, document


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
