"""Macros: named SQL expressions with parameters, one definition for both engines, expanded in the syntax tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from yuheng.errors import SqlError

_HEAD = re.compile(r"^-- macro: (?P<name>[a-z][a-z0-9_]*)\((?P<params>[a-z0-9_, ]*)\)\s*$")


@dataclass(frozen=True)
class Macro:
    """`name(params)` stands for the expression `body`; `origin` and `line` (of the body) say where it is declared."""

    name: str
    params: tuple[str, ...]
    body: str
    doc: str
    origin: str
    line: int = 1


def load_macros(source: Path | str, *, origin: str = "<macros>") -> dict[str, Macro]:
    """The macros of all `*.sql` files of a directory, or of one file's text (named `origin`), by name.

    Raises SqlError, with file and line, on a block without head or end and on a repeated name.
    """
    if isinstance(source, Path):
        blocks = [macro for path in sorted(source.glob("*.sql")) for macro in _blocks(_text(path), str(path))]
    else:
        blocks = _blocks(source, origin)
    macros: dict[str, Macro] = {}
    for macro in blocks:
        if macro.name in macros:
            first = macros[macro.name]
            what = f"macro {macro.name} is declared twice; first at {first.origin}:{first.line}"
            raise SqlError(what, path=macro.origin, line=macro.line)
        macros[macro.name] = macro
    return macros


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _blocks(text: str, origin: str) -> list[Macro]:
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("-- macro:")]
    ends = [*starts[1:], len(lines)]
    return [_block(lines[start:end], start + 1, origin) for start, end in zip(starts, ends, strict=True)]


def _block(lines: list[str], number: int, origin: str) -> Macro:
    head = _HEAD.match(lines[0])
    if head is None:
        raise SqlError(f"expected `-- macro: name(a, b)`, found {lines[0]!r}", path=origin, line=number)
    docs = 1
    while docs < len(lines) and lines[docs].startswith("--"):
        docs += 1
    doc = " ".join(line.removeprefix("--").strip() for line in lines[1:docs])
    body = "\n".join(line for line in lines[docs:] if not line.startswith("--")).rstrip()
    if not body.endswith(";"):
        raise SqlError(f"macro {head['name']} does not end with ';'", path=origin, line=number)
    params = tuple(part.strip() for part in head["params"].split(",") if part.strip())
    return Macro(head["name"], params, body.removesuffix(";").rstrip(), doc, origin, number + docs)


def expand(tree: exp.Expr, macros: Mapping[str, Macro], parsed: Callable[[Macro], exp.Expr], origin: str) -> exp.Expr:
    """`tree` with every macro call replaced by its body, arguments first, then calls inside the body.

    `parsed` gives a fresh tree of a macro's body. A call with the wrong number of values and a circle are SqlErrors.
    """

    def inside(node: exp.Expr, path: tuple[str, ...]) -> exp.Expr:
        def replace(call: exp.Expr) -> exp.Expr:
            macro = macros.get(str(call.this).lower()) if isinstance(call, exp.Anonymous) else None
            if macro is None:
                return call
            if macro.name in path:
                circle = " -> ".join((*path[path.index(macro.name) :], macro.name))
                raise SqlError(f"macro {macro.name} calls itself: {circle}", path=macro.origin, line=macro.line)
            _check_arity(call, macro, macros[path[-1]].origin if path else origin)
            values = [inside(argument, path) for argument in call.expressions]
            body = inside(parsed(macro), (*path, macro.name))
            return exp.paren(_substitute(body, macro, values), copy=False)

        return node.transform(replace, copy=False)

    return inside(tree, ())


def _check_arity(call: exp.Expr, macro: Macro, origin: str) -> None:
    if len(call.expressions) != len(macro.params):
        what = f"macro {macro.name} takes {len(macro.params)} values, {len(call.expressions)} given"
        todo = f"It is {macro.name}({', '.join(macro.params)})."
        raise SqlError(what, path=origin, line=call.meta.get("line"), todo=todo)


def _substitute(body: exp.Expr, macro: Macro, values: list[exp.Expr]) -> exp.Expr:
    given = dict(zip(macro.params, values, strict=True))

    def replace(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        if node.table or node.name not in given:
            what = f"macro {macro.name} names {node.sql()}, which is not one of its parameters"
            raise SqlError(what, path=macro.origin, line=macro.line)
        value = given[node.name].copy()
        return value if isinstance(value, exp.Column | exp.Literal | exp.Paren) else exp.paren(value, copy=False)

    return body.transform(replace, copy=False)
