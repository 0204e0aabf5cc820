"""Macros: named SQL expressions with parameters, one definition for both engines, expanded in the syntax tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from yuheng.errors import SqlError

_HEAD = re.compile(r"^-- macro: (?P<name>[a-z][a-z0-9_]*)\((?P<params>[a-z0-9_, ]*)\)\s*$")


@dataclass(frozen=True)
class Macro:
    """`name(params)` stands for the expression `body`; `origin` and `line` say where it was declared."""

    name: str
    params: tuple[str, ...]
    body: str
    doc: str
    origin: str
    line: int


def load_macros(text: str, *, origin: str) -> dict[str, Macro]:
    """The macros declared in `text`, by name; `origin` names the file. Raises SqlError on a malformed one."""
    macros: dict[str, Macro] = {}
    for macro in _blocks(text.splitlines(), origin):
        if macro.name in macros:
            raise SqlError(f"macro {macro.name} is declared twice", path=origin, line=macro.line)
        macros[macro.name] = macro
    return macros


def _blocks(lines: list[str], origin: str) -> list[Macro]:
    found: list[Macro] = []
    starts = [number for number, line in enumerate(lines) if line.startswith("-- macro:")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        head = _HEAD.match(lines[start])
        if head is None:
            raise SqlError(f"expected `-- macro: name(a, b)`, found {lines[start]!r}", path=origin, line=start + 1)
        block = lines[start + 1 : end]
        doc = " ".join(line.removeprefix("--").strip() for line in block if line.startswith("--"))
        body = "\n".join(line for line in block if not line.startswith("--")).strip()
        if not body.endswith(";"):
            raise SqlError(f"macro {head['name']} does not end with ';'", path=origin, line=start + 1)
        params = tuple(part.strip() for part in head["params"].split(",") if part.strip())
        found.append(Macro(head["name"], params, body.removesuffix(";").strip(), doc, origin, start + 1))
    return found


def expand(tree: exp.Expr, macros: Mapping[str, Macro], bodies: Mapping[str, exp.Expr]) -> exp.Expr:
    """`tree` with every macro call replaced by its body; arguments first, then nested macros."""
    return _expand(tree, macros, bodies, ())


def _expand(
    tree: exp.Expr, macros: Mapping[str, Macro], bodies: Mapping[str, exp.Expr], inside: tuple[str, ...]
) -> exp.Expr:
    def replace(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Anonymous):
            return node
        name = str(node.this).lower()
        macro = macros.get(name)
        if macro is None:
            return node
        if name in inside:
            raise SqlError(
                f"macro {name} calls itself: {' -> '.join((*inside, name))}", path=macro.origin, line=macro.line
            )
        if len(node.expressions) != len(macro.params):
            raise SqlError(
                f"macro {name} takes {len(macro.params)} values, {len(node.expressions)} given",
                path=macro.origin,
                line=macro.line,
            )
        arguments = [_expand(argument, macros, bodies, inside) for argument in node.expressions]
        body = _substitute(bodies[name].copy(), dict(zip(macro.params, arguments, strict=True)))
        return exp.paren(_expand(body, macros, bodies, (*inside, name)), copy=False)

    return tree.transform(replace, copy=False)


def _substitute(body: exp.Expr, values: Mapping[str, exp.Expr]) -> exp.Expr:
    def replace(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name in values:
            value = values[node.name].copy()
            return value if isinstance(value, exp.Column | exp.Literal) else exp.paren(value, copy=False)
        return node

    return body.transform(replace, copy=False)
