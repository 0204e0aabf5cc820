"""From a feed's declaration to SQL: raw texts → mapped values → typed row with its clocks and the checks it fails.

The SQL holds nothing of a batch, so that one text serves all deliveries of a feed and is compiled once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from yuheng.content import ContentStore
from yuheng.content.schema import CodeMap, Feed, Source, StandardTable, TokenMap
from yuheng.errors import ContentError
from yuheng.identity import name_key
from yuheng.intake.atoms import RECEIVED, Atoms, joined, words
from yuheng.intake.constants import put_in, without_columns
from yuheng.intake.reasons import BuiltIn, Reason
from yuheng.intake.records import HASH, ROW
from yuheng.intake.shorts import BASES, OPS, place, to_text
from yuheng.intake.singles import Singles
from yuheng.sql import identifier, literal

RAW, PREPARED = "__raw", "__prepared"
BATCH = "__batch"
ROWS_PER_BATCH = 10**11
"""`__id` = batch number × this + record number."""

ROW_COLUMNS = (
    BATCH, ROW, "__id", "source", "source_key", "event_date", "known_from", "known_basis", "__basis", "op", "__gone",
    "is_simulated", "row_hash", "quality_flag", "__stamp", "__uscc", "__uscc_ok", "__pripid", "__regno", "__name",
    "__in", "__marks", "__good", "__mended",
)  # fmt: skip
"""Columns of a mapped row besides those of its table. `__marks`: codes of the checks it fails, as `quarantine;flag;
repair;stop`, '' where it fails none; `quality_flag`: those of a row that is taken all the same; `__good`: 1 when it is
taken; `__mended`: 1 when a repair check hit."""
QUARANTINED = "split_part(__marks, ';', 1)"
"""SQL of the codes that keep a row out."""
_WORD = re.compile(r"\w+")
NOTHING: Mapping[str, str | None] = {}


@dataclass(frozen=True)
class Lookup:
    """A standard column whose value is found by a join: `value` names the prepared column looked up."""

    column: str
    value: str
    mapping: CodeMap | TokenMap

    @property
    def table(self) -> str:
        """Name under which the pairs (value, result) are registered."""
        return f"__map_{self.column}"

    @property
    def by_value(self) -> bool:
        """True when the pairs are made from the distinct values at hand, not from the whole code list."""
        return isinstance(self.mapping, TokenMap) or self.mapping.split is not None


@dataclass(frozen=True)
class Steps:
    """SQL for one segment: `prepare` reads `__raw`, `finish` reads `__prepared` and the lookups' tables.

    What `finish` gives is stored, so it is narrow; `added` are the columns to add so that it has all.
    """

    prepare: str
    finish: str
    added: Mapping[str, str]

    @property
    def constants(self) -> dict[str, str]:
        """SQL of the columns that are the same for all rows."""
        return {name: sql for name, sql in self.added.items() if without_columns(sql)}


@dataclass(frozen=True)
class FeedPlan:
    """SQL of one feed, from which that for a segment is made."""

    source: Source
    feed: Feed
    table: StandardTable
    atoms: Atoms
    prepared: Mapping[str, str]
    """Columns of `__prepared` → SQL over raw columns and atoms."""
    checked: str
    """The typed, timed and checked rows: a relation over `__prepared` and the lookups' tables."""
    stored: Mapping[str, str]
    """Columns that are stored → SQL over `checked`."""
    added: Mapping[str, str]
    """Columns that need not be: what is the same for all rows, or quickly made of others."""
    lookups: tuple[Lookup, ...]
    reasons: Mapping[str, Reason]
    """Every check of the feed and its table by code."""

    @property
    def name(self) -> str:
        """`<source>.<feed>`."""
        return f"{self.source.id}.{self.feed.id}"

    @property
    def region(self) -> str:
        """SQL over a mapped row: its region, else that of the authority in its credit code."""
        authority = "case when length(__uscc) = 18 then substr(__uscc, 3, 6) end"
        own = any(c.name == "region_code" for c in self.table.columns)
        return f"coalesce(region_code, {authority})" if own else authority

    def steps(self, given: Mapping[str, str | None] = NOTHING) -> Steps:
        """`given`: atoms that stand in `__raw` already (None), or are the same for all its rows (SQL)."""
        constants = {name: sql for name, sql in given.items() if sql is not None}
        columns = {name: put_in(sql, constants) for name, sql in self.prepared.items()}
        same = {name: sql for name, sql in columns.items() if without_columns(sql)}
        same |= {c.name: same[f"t_{c.name}"] for c in self.table.columns if f"t_{c.name}" in same}
        stored = {name: put_in(sql, same) for name, sql in self.stored.items()}
        fixed = {name: sql for name, sql in stored.items() if without_columns(sql)}
        return Steps(
            f"select {_listed(columns)} from {self.atoms.layers(RAW, given)}",
            f"select {_listed({n: q for n, q in stored.items() if n not in fixed})} from {put_in(self.checked, same)}",
            {name: put_in(sql, fixed) for name, sql in self.added.items()} | fixed,
        )

    def shown(self, mapped: str, added: Mapping[str, str]) -> str:
        """SELECT of all columns over `mapped`, a stored segment; they are the same for all feeds of a table."""
        return f"select {_listed({c: added.get(c, identifier(c)) for c in self._names()})} from {mapped}"

    def _names(self) -> list[str]:
        return [*ROW_COLUMNS, *(c.name for c in self.table.columns)]


def plan(store: ContentStore, source: Source, feed: Feed) -> FeedPlan:
    """The SQL of `feed`. Raises ContentError where its declaration does not fit its table or columns."""
    return _Planner(store, source, feed).plan()


class _Planner:
    def __init__(self, store: ContentStore, source: Source, feed: Feed) -> None:
        self.source, self.feed = source, feed
        self.origin = ":".join(map(str, store.place("source", source.id, "feeds", source.feeds.index(feed))))
        if feed.table not in store.standard:
            raise ContentError(f"no standard table {feed.table!r}", path=self.origin)
        self.table = store.standard[feed.table]
        self.columns = {c.name: c for c in self.table.columns}
        self.atoms = Atoms([*feed.columns], store.macros, self.origin)
        self.singles = Singles(self.atoms, self.origin)
        self.built_in = BuiltIn(store)
        self.lookups: list[Lookup] = []
        self.reasons: dict[str, Reason] = {}
        self.rules: dict[str, dict[str, str]] = {"quarantine": {}, "flag": {}, "repair": {}, "stop": {}}
        self.always: dict[str, str] = {}
        self.checked: set[str] = set()

    def plan(self) -> FeedPlan:
        prepared = self._prepared()
        checked, stored = self._checked(), self._stored()
        needed = {*_WORD.findall(" ".join([checked, *stored.values()])), *(one.value for one in self.lookups)}
        needed |= {f"o_{one.column}" for one in self.lookups}
        return FeedPlan(
            source=self.source,
            feed=self.feed,
            table=self.table,
            atoms=self.atoms,
            prepared={n: sql for n, sql in (prepared | self.singles.columns).items() if n in needed},
            checked=checked,
            stored=stored,
            added=self._added(),
            lookups=tuple(self.lookups),
            reasons=dict(self.reasons),
        )

    # ── raw → prepared ──────────────────────────────────────────────────────────────────────────────────────────

    def _prepared(self) -> dict[str, str]:
        feed, sql = self.feed, self.atoms.rewrite
        out = {BATCH: identifier(BATCH), ROW: identifier(ROW), RECEIVED: identifier(RECEIVED)}
        out[HASH] = identifier(HASH)
        out["source_key"] = " || '|' || ".join(f"({sql(part)})" for part in feed.key)
        gone = f"case when upper(trim({feed.op})) = 'D' then 1 else 0 end"
        out["__gone"] = self.atoms.single(gone) if feed.op else "0"
        inside = f"case when not ({feed.population}) then 0 else 1 end"
        out["__in"] = self.atoms.single(inside) if feed.population else "1"
        mark = feed.simulated_mark
        marked = f"case when {identifier(mark or '')} is not null then 1 else 0 end"
        out["is_simulated"] = self.atoms.single(marked) if mark else "0"
        return out | self._stamp() | self._links() | self._values() | self._feed_checks()

    def _stamp(self) -> dict[str, str]:
        if self.feed.stamp is None:
            return {"__stamp": "cast(null as varchar)", "__stamp_date": "cast(null as date)"}
        stamp = identifier(self.feed.stamp)
        self.singles.spelled |= {"__stamp": stamp, "__stamp_date": f"date_of({stamp})"}
        return {"__stamp": stamp, "__stamp_date": self.atoms.rewrite(f"date_of({stamp})")}

    def _links(self) -> dict[str, str]:
        link = self.feed.link
        parts = {"__uscc": link.uscc, "__pripid": link.pripid, "__regno": link.regno}
        out = {k: self.atoms.rewrite(v) if v else "cast(null as varchar)" for k, v in parts.items()}
        out["__uscc_ok"] = self.atoms.rewrite(f"uscc_ok({link.uscc})") if link.uscc and link.registers else "0"
        who = (link.name, link.region, link.legal_rep)
        rewritten = [self.atoms.rewrite(part) for part in who if part]
        out["__name"] = name_key(*rewritten) if len(rewritten) == len(who) else "cast(null as varchar)"
        return out

    def _values(self) -> dict[str, str]:
        out: dict[str, str] = {}
        for column, mapping in self.feed.map.items():
            if column not in self.columns:
                known = ", ".join(self.columns)
                raise ContentError(f"no column {column!r} in {self.table.id}", path=self.origin, todo=f"Its: {known}.")
            if isinstance(mapping, str):
                typed = f"try_cast(({mapping}) as {self.columns[column].type.lower()})"
                out |= {f"b_{column}": self.atoms.rewrite(mapping), f"t_{column}": self.atoms.single(typed)}
                self.singles.spelled |= {f"b_{column}": mapping, column: typed}
                continue
            self.singles.spelled[f"k_{column}"] = mapping.of
            out[f"k_{column}"] = self.atoms.rewrite(mapping.of)
            if isinstance(mapping, TokenMap) and mapping.otherwise:
                out[f"o_{column}"] = self.atoms.rewrite(mapping.otherwise)
            self.lookups.append(Lookup(column, f"k_{column}", mapping))
        return out

    def _feed_checks(self) -> dict[str, str]:
        rules: dict[str, dict[str, str]] = {action: {} for action in self.rules}
        for check in self.feed.checks:
            rules[check.action][check.id] = self.singles.raw(check.rule)
            self._note(Reason.of(check, self.atoms.columns_of(check.rule)))
        self.checked = {f"c_{action}" for action, cases in rules.items() if cases}
        return {f"c_{action}": joined(cases) for action, cases in rules.items()}

    # ── prepared → typed, timed, checked ────────────────────────────────────────────────────────────────────────

    def _checked(self) -> str:
        typed = ", ".join(f"{self._typed(name)} as {identifier(name)}" for name in self.columns)
        joins = " ".join(
            f"left join {identifier(one.table)} on {identifier(one.table)}.value = p.{identifier(one.value)}"
            for one in self.lookups
        )
        first = f"(select p.*, {typed} from {PREPARED} p {joins})"
        timed = f"(select *, {self._event()} as event_date from (select *, {self._clock()} from {first}))"
        self._built_in_checks()
        self._table_checks()
        return f"(select *, {', '.join(f'{sql} as c__{a}' for a, sql in self._marks().items())} from {timed})"

    def _stored(self) -> dict[str, str]:
        """SQL of the columns that are stored."""
        added, made = self._added(), self._made_last()
        return {c: made.get(c, identifier(c)) for c in (*ROW_COLUMNS, *self.columns) if c not in added}

    def _made_last(self) -> dict[str, str]:
        marks = self._marks()
        clean = " and ".join(f"\"c__{action}\" = ''" for action in marks)
        parts = ", ".join(f'"c__{action}"' if action in marks else "''" for action in self.rules)
        return {
            "__gone": 'cast("__gone" as tinyint)',
            "is_simulated": 'cast("is_simulated" as smallint)',
            "__marks": f"case when {clean} then '' else concat_ws(';', {parts}) end",
            "__good": 'cast(case when "c__quarantine" = \'\' and "__in" = 1 then 1 else 0 end as tinyint)',
            "__mended": "cast(case when \"c__repair\" <> '' then 1 else 0 end as tinyint)",
        }

    def _added(self) -> dict[str, str]:
        """SQL of the columns that need not be stored with every row."""
        feed, link = self.feed, self.feed.link
        text = "cast(null as varchar)"
        named = link.name and link.region and link.legal_rep
        added = {
            "__id": f"{identifier(BATCH)} * {ROWS_PER_BATCH} + {identifier(ROW)}",
            "source": literal(self.source.id),
            "known_basis": to_text('"__basis"', BASES),
            "op": to_text('"__gone"', OPS),
        }
        noted = "flag" in self._marks() or "repair" in self._marks()
        flags = "case when \"__marks\" <> '' then nullif(trim(replace(\"__marks\", ';', ','), ','), '') end"
        added["quality_flag"] = flags if noted else text
        same = {
            "is_simulated": (feed.simulated_mark, "cast(0 as smallint)"),
            "__stamp": (feed.stamp, text),
            "__uscc": (link.uscc, text),
            "__uscc_ok": (link.uscc and link.registers, "0"),
            "__pripid": (link.pripid, text),
            "__regno": (link.regno, text),
            "__name": (named, text),
            "__in": (feed.population, "1"),
            "__mended": ("repair" in self._marks(), "cast(0 as tinyint)"),
        }
        added |= {name: sql for name, (there, sql) in same.items() if not there}
        return added | {n: f"cast(null as {c.type.lower()})" for n, c in self.columns.items() if n not in feed.map}

    def _marks(self) -> dict[str, str]:
        """Action → SQL of the codes of its failing checks, for the actions that have checks at all."""
        codes = {action: self._codes(action) for action in self.rules}
        return {action: sql for action, sql in codes.items() if sql != "''"}

    def _typed(self, name: str) -> str:
        column, mapping = self.columns[name], self.feed.map.get(name)
        kind = column.type.lower()
        if mapping is None:
            return f"cast(null as {kind})"
        if isinstance(mapping, str):
            return f"p.{identifier(f't_{name}')}"
        found, value = f"{identifier(f'__map_{name}')}.result", f"p.{identifier(f'k_{name}')}"
        if isinstance(mapping, TokenMap):
            return f"coalesce({found}, p.{identifier(f'o_{name}')})" if mapping.otherwise else found
        match mapping.unknown:
            case "keep":
                found = f"coalesce({found}, {value})"
            case "default":
                found = f"case when {value} is not null then coalesce({found}, {literal(mapping.default)}) end"
            case _:
                pass
        return found if kind == "varchar" else f"try_cast({found} as {kind})"

    def _own_event(self) -> str:
        other = self.table.event_date_else
        own = identifier(self.table.event_date)
        return f"coalesce({own}, {identifier(other)})" if other and other != "known_from" else own

    def _event(self) -> str:
        own = self._own_event()
        if self.table.event_date_else == "known_from":
            return f"coalesce({own}, known_from)"
        # A withdrawal need not repeat the record's dates.
        return f"case when __gone = 1 then coalesce({own}, known_from) else {own} end"

    def _clock(self) -> str:
        own, lag = self._own_event(), self.feed.lag_days
        stamp_basis = "ASSUMED_LAG" if lag else "SOURCE_DATE"
        known = (
            f"case when __stamp_date is not null then {_plus('__stamp_date', lag)} "
            f"when {own} is not null then {_plus(own, lag)} else {identifier(RECEIVED)} end"
        )
        basis = (
            f"case when __stamp_date is not null then {place(BASES, stamp_basis)} "
            f"when {own} is not null then {place(BASES, 'ASSUMED_LAG')} else {place(BASES, 'RECEIPT')} end"
        )
        return f"{known} as known_from, {basis} as __basis"

    def _built_in_checks(self) -> None:
        for broken in ("BROKEN_COLUMNS", "BROKEN_QUOTES", "BROKEN_JSON", "BROKEN_XML", "FORMULA"):
            self._note(self.built_in.reason(broken))
        self._always("NO_KEY", "source_key is not null")
        if self.feed.stamp:
            self._always("NO_STAMP", "__stamp is null or __stamp_date is not null")
        self._built("NO_EVENT_DATE", "event_date is not null")
        needed = {*self.feed.required, *(c.name for c in self.table.columns if not c.nullable)}
        for name in self.columns:
            mapping = self.feed.map.get(name)
            typed, raw = identifier(name), identifier(f"b_{name}")
            if isinstance(mapping, str) and self.columns[name].type != "VARCHAR":
                self._built("BAD_TYPE", f"{raw} is null or {typed} is not null", name)
            strict = isinstance(mapping, CodeMap) and mapping.unknown == "quarantine"
            if strict:
                self._built("UNKNOWN_CODE", f"{identifier(f'k_{name}')} is null or {typed} is not null", name)
            if name in needed:
                there = raw if isinstance(mapping, str) else identifier(f"k_{name}") if strict else typed
                self._built("REQUIRED", f"{there} is not null", name)

    def _table_checks(self) -> None:
        for check in self.table.checks:
            self.rules[check.action][check.id] = self.singles.typed(check.rule)
            named = set(words(check.rule, self.origin))
            self._note(Reason.of(check, [c for c in self.columns if c in named]))

    def _codes(self, action: str) -> str:
        # A withdrawal only has to say what it withdraws.
        always = joined(self.always) if action == "quarantine" else "''"
        rules = {**self.always, **self.rules[action]} if action == "quarantine" else self.rules[action]
        if not rules and f"c_{action}" not in self.checked:
            return "''"
        return f"case when __gone = 1 then {always} else {joined(rules, f'c_{action}')} end"

    def _built(self, code: str, rule: str, column: str = "") -> None:
        reason = self.built_in.reason(code, column, self.columns[column].name_zh if column else "")
        self.rules["quarantine"][reason.code] = self.singles.typed(rule)
        self._note(reason)

    def _always(self, code: str, rule: str) -> None:
        self.always[code] = self.singles.typed(rule)
        self._note(self.built_in.reason(code))

    def _note(self, reason: Reason) -> None:
        if reason.code in self.reasons:
            raise ContentError(f"two checks are called {reason.code!r}", path=self.origin, todo="Rename one.")
        self.reasons[reason.code] = reason


def _listed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} as {identifier(name)}" for name, sql in columns.items())


def _plus(date: str, days: int) -> str:
    return f"cast({date} + interval {days} day as date)" if days else date
