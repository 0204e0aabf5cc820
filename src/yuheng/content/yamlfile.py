"""YAML read strictly and with line numbers: what YAML 1.1 would silently turn into something else is refused.

Refused: duplicate keys, octal-looking and sexagesimal numbers, digits grouped by `_`, yes/no/on/off, times, aliases
and merge keys, tags. A region code 0371 or a country code `no` must be quoted by whoever means a text.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from yuheng.content.problem import Problem
from yuheng.errors import ContentError

Scalar = str | int | float | bool | dt.date | None
Value = Scalar | list["Value"] | dict[str, "Value"]
Loc = tuple[str | int, ...]
T = TypeVar("T")

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SURPRISE = re.compile(
    r"""(?P<octal>[-+]?0[0-9_]+|0o[0-7]+)|(?P<base60>[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9]*)?)
    |(?P<grouped>[-+]?[0-9]+_[0-9_]*)|(?P<word>yes|no|on|off)""",
    re.IGNORECASE | re.VERBOSE,
)
_WHY = {
    "octal": "a number with a leading zero is octal in YAML",
    "base60": "digits with colons are a number of base 60 in YAML",
    "grouped": "digits joined by '_' are a number in YAML",
    "word": "yes, no, on and off are truth values in YAML",
}


@dataclass
class Document:
    """A YAML file as plain values, with the line of every key and list item."""

    path: str
    value: Value = None
    lines: dict[Loc, int] = field(default_factory=dict)

    def line(self, loc: Loc) -> int:
        """The line of the deepest part of `loc` that stands in the file (1 for the whole file)."""
        return self.lines.get(self.inside(loc), 1)

    def inside(self, loc: Loc) -> Loc:
        """The part of a pydantic location that stands in the file, without union members and missing keys."""
        here: Loc = ()
        for part in loc:
            if (*here, part) in self.lines:
                here = (*here, part)
        return here


def parse(text: str | bytes, path: str) -> Document:
    """Read one YAML document; errors are `ContentError`s with file and line."""
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ContentError(
            f"not YAML: {error.problem or error.context}", path=path, line=mark.line + 1 if mark else 1
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContentError(f"not YAML in UTF-8: {error}", path=path, line=1) from error
    document = Document(path)
    if node is not None:
        document.value = _Builder(document).build(node, ())
    return document


def load(model: type[T], document: Document, loc: Loc = ()) -> tuple[T | None, list[Problem]]:
    """The part of the document at `loc` as a model, or the problems with it."""
    value: Value = document.value
    for part in loc:
        value = value[part]  # type: ignore[index]
    try:
        return TypeAdapter(model).validate_python(value), []
    except ValidationError as error:
        return None, [_problem(document, loc, e["loc"], str(e["msg"]), str(e["type"])) for e in error.errors()]


def field_names(model: type[BaseModel]) -> list[str]:
    """The fields of a kind, for messages and the reference."""
    return list(model.model_fields)


def _problem(document: Document, base: Loc, loc: Loc, message: str, kind: str) -> Problem:
    message = message.removeprefix("Value error, ")
    full = (*base, *loc)
    name = ".".join(str(p) for p in loc if not (isinstance(p, str) and p.startswith("function-")))
    if kind == "missing":
        message = f"the field {loc[-1]!r} is missing"
        full = full[:-1]
    elif kind == "extra_forbidden":
        message = f"unknown field {loc[-1]!r}"
    elif name:
        message = f"{name}: {message}"
    return Problem(document.path, document.line(full), message)


class _Builder:
    """Turns nodes into values and notes their lines."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.seen: set[int] = set()

    def build(self, node: yaml.Node, loc: Loc) -> Value:
        self.document.lines.setdefault(loc, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self.seen:
            raise self._error(node, "this value is used again by an alias (*name), which is not allowed; write it out")
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, loc)
        assert isinstance(node, yaml.SequenceNode)
        return [self.build(item, (*loc, i)) for i, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Value]:
        out: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key in out:
                raise self._error(key_node, f"the key {key!r} stands twice in the same block")
            self.document.lines[(*loc, key)] = key_node.start_mark.line + 1
            out[key] = self.build(value_node, (*loc, key))
        return out

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(node, "a key must be a single word")
        if node.value == "<<":
            raise self._error(node, "merge keys (<<) are not allowed; write the values out")
        self._refuse_surprise(node)
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode) -> Scalar:
        text = str(node.value)
        if node.style:
            return text
        self._refuse_surprise(node)
        match node.tag.removeprefix("tag:yaml.org,2002:"):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text, 0)
            case "float":
                return float(text.replace(".inf", "inf").replace(".nan", "nan").lower())
            case "timestamp":
                return self._date(node, text)
            case "str":
                return text
            case other:
                raise self._error(node, f"the tag !{other} is not allowed")

    def _date(self, node: yaml.ScalarNode, text: str) -> dt.date:
        try:
            return dt.date.fromisoformat(text)
        except ValueError as error:
            raise self._error(node, f"{text!r} is no date like 2024-01-31; quote it if a text is meant") from error

    def _refuse_surprise(self, node: yaml.ScalarNode) -> None:
        found = _SURPRISE.fullmatch(str(node.value)) if not node.style else None
        if found is not None:
            why = _WHY[str(found.lastgroup)]
            raise self._error(node, f"{node.value}: {why}; quote it if a text is meant")

    def _error(self, node: yaml.Node, what: str) -> ContentError:
        return ContentError(what, path=self.document.path, line=node.start_mark.line + 1)
