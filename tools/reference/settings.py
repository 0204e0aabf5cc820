"""The settings, from the class itself and the texts below its fields."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from tools.reference.commands import commands, options
from tools.reference.markdown import code, page, table
from yuheng.settings import FILE_NAME, KEY_FILE, SECRET_PREFIX, Connection, Settings

PREFIX = "YUHENG_"


def page_of() -> str:
    """settings.md."""
    intro = (
        f"Settings stand in `{FILE_NAME}` of the deployment; the variable of its name wins over the file. An unknown "
        f"setting there, and an unknown variable that begins with `{PREFIX}`, are errors. The master key is read from "
        f"`{PREFIX}MASTER_KEY`, else from `{KEY_FILE}`."
    )
    texts = docstrings(Settings)
    rows = [
        (code(name), code(variable(name)), _kind(field.annotation), _default(field.default), texts[name])
        for name, field in Settings.model_fields.items()
    ]
    own = table(("Setting", "Variable", "Value", "Default", "Meaning"), rows)
    more = table(("Variable", "Stands for"), [(code(v), what) for v, what in command_variables().items()])
    return page("Settings", intro, own, "## Connections", *_connections(), "## Variables of the commands", more)


def _connections() -> tuple[str, str]:
    """How the systems of the sources are reached."""
    intro = (
        f"A table `[connections.<source>]` in `{FILE_NAME}` for each source that is pulled. The secret stands in "
        f"`{SECRET_PREFIX}<SOURCE>` (`-` written as `_`) or in `keys/<source>.secret` (mode 0600), never in the file."
    )
    texts = docstrings(Connection)
    rows = [
        (code(name), _kind(field.annotation), _default(field.default), texts[name])
        for name, field in Connection.model_fields.items()
    ]
    return intro, table(("Field", "Value", "Default", "Meaning"), rows)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the text that stands below it in the class. Raises KeyError later for a field without one."""
    body = ast.parse(inspect.getsource(model)).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for node, following in zip(body.body, body.body[1:], strict=False):
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            continue
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            found[node.target.id] = " ".join(str(following.value.value).split())
    return found


def command_variables() -> dict[str, str]:
    """Variables that stand for an option -> which."""
    found: dict[str, str] = {}
    for _, command in commands():
        for p in options(command):
            if p.envvar:
                found[str(p.envvar)] = f"`{p.opts[0]}`: {p.help}"
    return dict(sorted(found.items()))


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(code(x) for x in get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(_kind(x) for x in get_args(annotation) if x is not NoneType)
    named: dict[object, str] = {
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
        Path: "path",
        SecretStr: "secret text",
        dict[str, Connection]: "table",
    }
    return named[annotation]


def _default(value: object) -> str:
    if value is None or value == "" or value is PydanticUndefined:
        return ""
    return code(str(value).lower() if isinstance(value, bool) else value)
