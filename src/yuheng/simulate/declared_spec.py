"""Feeds whose true records need no code of their own: content/simulate/records.yaml declares how each comes about."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import yaml

from yuheng.errors import ContentError

Range = tuple[float, float]


@dataclass(frozen=True)
class Parent:
    """Records of another feed that these follow: on `day`, only where the columns of `when` have the given figures.

    `keep` says under which names (new: old) columns of the parent are carried on; `mark` is the figure of the column
    `origin`, which tells several parents apart.
    """

    feed: str
    day: str
    when: dict[str, list[int]]
    keep: dict[str, str]
    mark: int


@dataclass(frozen=True)
class Later:
    """A day that becomes known after the fact, for a `share` of the records, `days` after it."""

    share: float
    days: Range


@dataclass(frozen=True)
class RecordSpec:
    """One feed. Exactly one of `rate` (per firm and year), `every` (period), `parents`, `at` (a firm's own day) and
    `items` (a word list, once for the province) says where its records come from; the rest decorates them. `dated` are
    days carried on from the parent that become known when they come."""

    name: str
    day: str
    of: dict[str, list[str]]
    rate: float
    every: str
    parents: tuple[Parent, ...]
    at: str
    items: str
    share: float
    slope: float
    since_years: float
    entry: Range
    delay: Range
    steps: dict[str, list[Range]]
    until: dict[str, Range]
    later: dict[str, Later]
    dated: tuple[str, ...]
    flags: dict[str, float]
    whole: dict[str, Range]
    amounts: dict[str, Range]
    shares: dict[str, Range]
    words: dict[str, list[float]]
    index: tuple[str, ...]


_ORIGINS = ("rate", "every", "parents", "at", "items")


@cache
def load_records(home: Path) -> dict[str, RecordSpec]:
    """All declared feeds by name. Raises ContentError at a misspelt field or a feed without an origin."""
    path = home / "records.yaml"
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: _record(name, body, path) for name, body in tree.items()}


def _record(name: str, body: dict[str, object], path: Path) -> RecordSpec:
    known = {field.name for field in fields(RecordSpec)} - {"name"}
    if strange := set(body) - known:
        raise ContentError(f"the record {name} has unknown fields: {sorted(strange)}", path=path)
    if sum(origin in body for origin in _ORIGINS) != 1:
        raise ContentError(f"the record {name} needs exactly one of {', '.join(_ORIGINS)}", path=path)
    return RecordSpec(
        name=name,
        day=str(body["day"]),
        of={str(k): [str(x) for x in _list(v)] for k, v in _map(body.get("of")).items()},
        rate=_number(body.get("rate", 0.0)),
        every=str(body.get("every", "")),
        parents=tuple(_parent(_map(x)) for x in _list(body.get("parents", []))),
        at=str(body.get("at", "")),
        items=str(body.get("items", "")),
        share=_number(body.get("share", 1.0)),
        slope=_number(body.get("slope", 0.0)),
        since_years=_number(body.get("since_years", 0.0)),
        entry=_range(body.get("entry", [0, 3])),
        delay=_range(body.get("delay", [0, 0])),
        steps={k: [_range(x) for x in _list(v)] for k, v in _map(body.get("steps")).items()},
        until={k: _range(v) for k, v in _map(body.get("until")).items()},
        later={
            k: Later(_number(_map(v)["share"]), _range(_map(v)["days"])) for k, v in _map(body.get("later")).items()
        },
        dated=tuple(str(x) for x in _list(body.get("dated", []))),
        flags={k: _number(v) for k, v in _map(body.get("flags")).items()},
        whole={k: _range(v) for k, v in _map(body.get("whole")).items()},
        amounts={k: _range(v) for k, v in _map(body.get("amounts")).items()},
        shares={k: _range(v) for k, v in _map(body.get("shares")).items()},
        words={k: [_number(x) for x in _list(v)] for k, v in _map(body.get("words")).items()},
        index=tuple(str(x) for x in _list(body.get("index", []))),
    )


def _parent(body: dict[str, object]) -> Parent:
    when = {k: [int(_number(x)) for x in _list(v)] for k, v in _map(body.get("when")).items()}
    keep = {k: str(v) for k, v in _map(body.get("keep")).items()}
    return Parent(str(body["feed"]), str(body["day"]), when, keep, int(_number(body.get("mark", 0))))


def _map(value: object) -> dict[str, object]:
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _number(value: object) -> float:
    return float(str(value))


def _range(value: object) -> Range:
    low, high = _list(value)
    return _number(low), _number(high)
