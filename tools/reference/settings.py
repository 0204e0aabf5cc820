"""The settings, from the class itself and the texts below its fields."""

from __future__ import annotations

import ast
import inspect
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr

from tools.reference.commands import commands, options
from tools.reference.markdown import code, page, table
from yuheng.settings import FILE_NAME, KEY_FILE, Settings

PREFIX = "YUHENG_"


def page_of() -> str:
    """settings.md."""
    intro = (
        f"Settings stand in `{FILE_NAME}` of the deployment; the variable of its name wins over the file. An unknown "
        f"setting there, and an unknown variable that begins with `{PREFIX}`, are errors. The master key is read from "
        f"`{PREFIX}MASTER_KEY`, else from `{KEY_FILE}`."
    )
    texts = docstrings()
    rows = [
        (code(name), code(variable(name)), _kind(field.annotation), _default(field.default), texts[name])
        for name, field in Settings.model_fields.items()
    ]
    own = table(("Setting", "Variable", "Value", "Default", "Meaning"), rows)
    more = table(("Variable", "Stands for"), [(code(v), what) for v, what in command_variables().items()])
    return page("Settings", intro, own, "## Variables of the commands", more)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def docstrings() -> dict[str, str]:
    """Field -> the text that stands below it in the class. Raises KeyError later for a field without one."""
    body = ast.parse(inspect.getsource(Settings)).body[0]
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
    named: dict[object, str] = {str: "text", int: "whole number", bool: "true or false", SecretStr: "secret text"}
    return named[annotation]


def _default(value: object) -> str:
    if value is None or value == "":
        return ""
    return code(str(value).lower() if isinstance(value, bool) else value)
