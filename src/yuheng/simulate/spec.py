"""What each raw extract looks like: the feed descriptions of content/simulate/feeds, and the SQL made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from yuheng.errors import ContentError

_GATHERED = re.compile(r"\b([afhklmopqw])_([a-z_0-9]+)\b")
TAIL = {"OPFLAG": "case op when 0 then 'I' when 1 then 'U' else 'D' end", "DATAMARK": "'模拟数据'"}


@dataclass(frozen=True)
class Fault:
    """A share of rows in which one column is spoilt: `sql` over the clean text {v}, only where `when` is not 0."""

    kind: str
    column: str
    rate: float
    sql: str
    when: str = ""


@dataclass(frozen=True)
class FeedSpec:
    """One raw extract. `gather` maps a letter to the names used: a address, f firm, h holder, m maker and o owner
    (firms), k worker and l mate (persons in no register), p/q person, w word."""

    name: str
    source: str
    feed: str
    encoding: str
    columns: dict[str, str]
    quote: frozenset[str]
    late: float
    duplicate: float
    withdrawn: float
    malformed: float
    faults: tuple[Fault, ...]
    corrected: Fault | None
    gather: dict[str, tuple[str, ...]] = field(default_factory=dict)
    quiet: bool = False
    """Sends no file for a month without records; other feeds send an empty one."""

    @property
    def header(self) -> list[str]:
        """Column names as delivered."""
        return [*self.columns, *TAIL]

    @property
    def suffix(self) -> str:
        """File ending."""
        return {"G": "csv", "U": "csv", "X": "xlsx", "J": "jsonl"}[self.encoding]

    def select(self) -> str:
        """SQL over the table `rows`: one text `line` per row, or the single columns for a workbook."""
        texts = {name: self._faulty(name, sql) for name, sql in {**self.columns, **TAIL}.items()}
        if self.encoding == "X":
            return "select " + ", ".join(f'{sql} as "{name}"' for name, sql in texts.items()) + " from rows"
        if self.encoding == "J":
            parts = [f"""'"{name}":', jtext({sql})""" for name, sql in texts.items()]
            return "select concat('{', " + ", ',', ".join(parts) + ", '}\n') as line from rows"
        parts = [f"qtext({sql})" if name in self.quote else sql for name, sql in texts.items()]
        return "select concat(" + ", ',', ".join(parts) + ", '\n') as line from rows"

    def _faulty(self, name: str, sql: str) -> str:
        cases = [
            f"when {number} then {fault.sql.format(v='(' + sql + ')')}"
            for number, fault in enumerate(self.all_faults, start=1)
            if fault.column == name
        ]
        return f"case fault {' '.join(cases)} else {sql} end" if cases else sql

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        """Value faults; the last may be the one that a correction mends."""
        return (*self.faults, self.corrected) if self.corrected else self.faults


@dataclass(frozen=True)
class DirtDays:
    """Ranges of days: how late, until withdrawn, until corrected."""

    late: tuple[int, int]
    withdrawn: tuple[int, int]
    corrected: tuple[int, int]


def load_feeds(home: Path) -> tuple[dict[str, FeedSpec], DirtDays]:
    """All feed descriptions under `home`/feeds, in a fixed order."""
    dirt = _yaml(home / "feeds" / "_dirt.yaml")
    feeds: dict[str, FeedSpec] = {}
    for path in sorted((home / "feeds").glob("[a-z]*.yaml")):
        for name, body in _yaml(path).items():
            feeds[name] = _feed(name, _map(body, path), dirt, path)
    days = DirtDays(_range(dirt["late_days"]), _range(dirt["withdrawn_days"]), _range(dirt["corrected_days"]))
    return feeds, days


def _feed(name: str, body: dict[str, object], dirt: dict[str, object], path: Path) -> FeedSpec:
    own = _map(body.get("dirt", {}), path)
    rates = {**_map(dirt["default"], path), **{k: v for k, v in own.items() if k not in ("values", "corrected")}}
    kinds = _map(dirt["kinds"], path)
    columns = {key: str(sql) for key, sql in _map(body["columns"], path).items()}
    listed = own.get("values", [])
    faults = tuple(_fault(_map(x, path), kinds, columns, path) for x in (listed if isinstance(listed, list) else []))
    spoilt = own.get("corrected")
    corrected = _fault({"kind": "corrected", **_map(spoilt, path)}, kinds, columns, path) if spoilt else None
    texts = " ".join(columns.values())
    gather: dict[str, set[str]] = {}
    for letter, column in _GATHERED.findall(texts):
        gather.setdefault(letter, set()).add(column)
    quote = body.get("quote", [])
    return FeedSpec(
        name=name,
        source=str(body["source"]),
        feed=str(body.get("feed", name)),
        encoding=str(body["encoding"]),
        columns=columns,
        quote=frozenset(str(x) for x in quote) if isinstance(quote, list) else frozenset(),
        late=_number(rates["late"]),
        duplicate=_number(rates["duplicate"]),
        withdrawn=_number(rates["withdrawn"]),
        malformed=_number(rates["malformed"]),
        faults=faults,
        corrected=corrected,
        gather={k: tuple(sorted(v)) for k, v in sorted(gather.items())},
        quiet=bool(body.get("quiet", False)),
    )


def _fault(body: dict[str, object], kinds: dict[str, object], columns: dict[str, str], path: Path) -> Fault:
    kind, column = str(body["kind"]), str(body["column"])
    if column not in columns:
        raise ContentError(f"the fault {kind} names the column {column}, which the feed does not have", path=path)
    sql = str(body.get("sql") or kinds[kind])
    return Fault(kind, column, _number(body["rate"]), sql, str(body.get("when", "")))


def _yaml(path: Path) -> dict[str, object]:
    return _map(yaml.safe_load(path.read_text(encoding="utf-8")), path)


def _map(value: object, path: Path) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ContentError("a mapping is expected", path=path)
    return {str(k): v for k, v in value.items()}


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _range(value: object) -> tuple[int, int]:
    low, high = value if isinstance(value, list) else (0, 0)
    return int(low), int(high)
