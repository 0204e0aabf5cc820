"""The commands, from the command tree itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from tools.reference.markdown import anchor, code, link, page, table
from yuheng.cli import app

_PLACES = {"directory": "DIR"}


def pages() -> dict[str, str]:
    """commands.md and, for the commands of a group, commands/<group>.md."""
    intro = (
        "`yuheng COMMAND --help` shows the same. Every command prints one JSON object with `--json`; progress goes to "
        "standard error, on a terminal only. `--dir DIR` names the deployment (also from `YUHENG_DIR`; default: the "
        "folder you are in). Exit code 0: done; 1: the work failed; 2: the command was called wrongly."
    )
    groups: dict[str, list[tuple[str, Any]]] = {}
    for name, command in commands():
        words = name.split()
        groups.setdefault(words[1] if len(words) > 2 else "", []).append((name, command))
    alone = groups.pop("")
    listed = [
        (link(name, f"commands/{group}.md#{anchor(name)}"), _help(command))
        for group, own in groups.items()
        for name, command in own
    ]
    overview = page("Commands", intro, table(("Command", ""), listed), *(_command(n, c) for n, c in alone))
    made = {"commands.md": overview}
    for group, own in groups.items():
        back = link("All commands", "../commands.md")
        made[f"commands/{group}.md"] = page(f"yuheng {group}", back, *(_command(n, c) for n, c in own))
    return made


def _help(command: Any) -> str:
    return " ".join(str(command.help or "").split())


def commands() -> Iterator[tuple[str, Any]]:
    """(full name, command) of every command that does something, in the order of `--help`."""
    root = typer.main.get_command(app)
    yield from _walk("yuheng", root)


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield name, command
        return
    if command.invoke_without_command:  # does something by itself too
        yield name, command
    for child, own in children.items():
        yield from _walk(f"{name} {child}", own)


def options(command: Any) -> list[Any]:
    """Arguments and options of a command, without --help."""
    return [p for p in command.params if "--help" not in p.opts]


def _command(name: str, command: Any) -> str:
    own = options(command)
    arguments = [p for p in own if p.param_type_name == "argument"]
    usage = " ".join([name, *(_metavar(p) for p in arguments)])
    rows = [(code(_shown(p)), _meaning(p), _default(p)) for p in own if not _told_above(p)]
    return f"## {name}\n\n{_help(command)} `{usage} [OPTIONS]`\n\n{table(('', 'Meaning', 'Default'), rows)}"


def _told_above(p: Any) -> bool:
    """--dir of a command that works in a deployment."""
    return p.param_type_name == "option" and p.envvar == "YUHENG_DIR"


def _metavar(p: Any) -> str:
    name = _PLACES.get(p.name, p.name.upper())
    return f"{name}..." if p.nargs == -1 else name


def _shown(p: Any) -> str:
    if p.param_type_name == "argument":
        return _metavar(p)
    flags = ", ".join([*p.opts, *p.secondary_opts])
    return flags if p.is_flag else f"{flags} {_PLACES.get(p.name, 'VALUE')}"


def _meaning(p: Any) -> str:
    parts = [" ".join(str(p.help or "").split())]
    if p.envvar:
        parts.append(f"Also from `{p.envvar}`.")
    return " ".join(part for part in parts if part)


def _default(p: Any) -> str:
    if p.required:
        return "required"
    if p.default in (None, "", False, [], ()):
        return ""
    if p.default == Path():
        return "the folder you are in"
    return code(p.default)
