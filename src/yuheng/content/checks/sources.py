"""Sources: each raw column has its place, each standard column its value, each code its list."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from yuheng.content.checks.binding import TypeClass, type_class
from yuheng.content.checks.codes import repeated, values_of
from yuheng.content.checks.context import Checker, listed
from yuheng.content.checks.expressions import At, Loc, Scope, check_expression
from yuheng.content.checks.pull import pull_problems
from yuheng.content.checks.tables import check_known, twice
from yuheng.content.schema import CodeMap, Column, Feed, Link, Source, StandardTable, TokenMap
from yuheng.content.shape import arrow_schema

_SUFFIXES = {
    "csv": (".csv", ".csv.gz", ".tsv", ".txt"),
    "xlsx": (".xlsx",),
    "jsonl": (".jsonl", ".jsonl.gz"),
    "json": (".json",),
    "xml": (".xml",),
    "parquet": (".parquet",),
}
_TEXT: frozenset[TypeClass] = frozenset({"text"})
_TRUTH: frozenset[TypeClass] = frozenset({"boolean"})


def check_sources(checker: Checker) -> None:
    """Every feed of every source."""
    regions = values_of(checker, "region", "code")
    for source in checker.store.sources.values():
        for name in twice([feed.id for feed in source.feeds]):
            checker.add("source", source.id, ("feeds",), f"the feed {name!r} stands twice in {source.id}")
        for place, prefix in enumerate(source.regions):
            if not any(code.startswith(prefix) for code in regions):
                message = f"regions: no region code begins with {prefix!r}"
                checker.add("source", source.id, ("regions", place), message)
        for place, feed in enumerate(source.feeds):
            _FeedCheck(checker, source, feed, ("feeds", place)).run()


class _FeedCheck:
    """The checks of one feed."""

    def __init__(self, checker: Checker, source: Source, feed: Feed, loc: Loc) -> None:
        self.checker = checker
        self.source = source
        self.feed = feed
        self.loc = loc
        self.raw = frozenset(feed.columns)
        self.used: set[str] = {name for name in (feed.op, feed.stamp, feed.simulated_mark) if name is not None}
        self.relation = f"raw {source.id} {feed.id}"
        texts = [Column(name=f"c{i}", type="VARCHAR", name_zh="") for i in range(len(feed.columns))]
        checker.binder.table(self.relation, arrow_schema(texts).empty_table().rename_columns(list(feed.columns)).schema)

    def run(self) -> None:
        """All of them; columns of the table are only looked for when there is such a table."""
        self._check_header()
        for loc, message in pull_problems(self.feed):
            self.add(loc, message)
        self._check_expressions()
        table = self.checker.store.standard.get(self.feed.table)
        if table is None:
            self.add(("table",), f"no table {self.feed.table!r} in standard/")
        else:
            self._check_columns(table)
        columns = {column.name: column for column in table.columns} if table is not None else {}
        for name, mapping in self.feed.map.items():
            self._check_mapping(columns.get(name), name, mapping)
        self._check_use()

    def add(self, loc: Loc, message: str) -> None:
        """A problem with a part of the feed."""
        self.checker.add("source", self.source.id, (*self.loc, *loc), f"feed {self.feed.id}: {message}")

    def _at(self, *loc: str | int) -> At:
        return At("source", self.source.id, (*self.loc, *loc))

    def _check_header(self) -> None:
        feed = self.feed
        for name in twice(list(feed.columns)):
            self.add(("columns",), f"the column {name!r} stands twice")
        for field, column in (("op", feed.op), ("stamp", feed.stamp), ("simulated_mark", feed.simulated_mark)):
            if column is not None and column not in self.raw:
                self.add((field,), f"{field}: no raw column {column!r}")
        if not feed.pattern.endswith(_SUFFIXES[feed.format.kind]):
            self.add(
                ("pattern",), f"files of kind {feed.format.kind} end with {' or '.join(_SUFFIXES[feed.format.kind])}"
            )
        if not feed.key:
            self.add(("key",), "key: a record needs at least one expression that tells it from the others")
        if feed.volume is not None and feed.volume[0] > feed.volume[1]:
            self.add(("volume",), "volume: the lower bound is above the upper one")
        for name in twice([check.id for check in feed.checks]):
            self.add(("checks",), f"the check {name!r} stands twice")

    def _check_expressions(self) -> None:
        """Key, link, population and checks; a mapping has its own check."""
        feed = self.feed
        for place, sql in enumerate(feed.key):
            self._read(sql, _TEXT, "key", place)
        for name, sql in _links(feed.link):
            self._read(sql, _TEXT, "link", name)
        if feed.population is not None:
            self._read(feed.population, _TRUTH, "population")
        scope = Scope(self.relation, self.raw, params=frozenset({"received"}), what="the feed")
        for place, check in enumerate(feed.checks):
            check_expression(self.checker, check.rule, scope, self._at("checks", place, "rule"), gives=_TRUTH)

    def _read(self, sql: str, gives: frozenset[TypeClass] | None, *loc: str | int) -> exp.Expr | None:
        """The tree of an expression over raw columns, whose columns count as used."""
        scope = Scope(self.relation, self.raw, what="the feed")
        tree = check_expression(self.checker, sql, scope, self._at(*loc), gives=gives)
        if tree is not None:
            self.used |= {column.name for column in tree.find_all(exp.Column)}
        return tree

    def _check_columns(self, table: StandardTable) -> None:
        feed, known = self.feed, {column.name for column in table.columns}
        for field, names in (("map", feed.map), ("nulls", feed.nulls), ("required", feed.required)):
            for name in names:
                if name not in known:
                    loc = (field,) if field == "required" else (field, name)
                    self.add(loc, f"{field}: no column {name!r} in table {table.id}")
        for name in feed.nulls.keys() & feed.map.keys():
            self.add(("nulls", name), f"{name} is mapped and cannot be under nulls")
        for name in feed.required:
            if name in known and name not in feed.map:
                self.add(("required",), f"{name} is required but not mapped")
        if missing := known - feed.map.keys() - feed.nulls.keys():
            self.add(
                ("map",), f"no value for {listed(missing)} of table {table.id}: map them or give a reason under nulls"
            )
        if table.event_date not in feed.map and table.event_date_else not in {*feed.map, "known_from"}:
            self.add(("map",), f"the table's date {table.event_date} is not mapped")
        if table.entity and not _links(feed.link):
            self.add(("link",), f"table {table.id} is about firms: say under link how a row finds its firm")

    def _check_mapping(self, column: Column | None, name: str, mapping: str | CodeMap | TokenMap) -> None:
        if isinstance(mapping, TokenMap):
            self._read(mapping.of, _TEXT, "map", name)
            if mapping.otherwise is not None:
                self._read(mapping.otherwise, _TEXT, "map", name)
            if column is not None and column.type != "VARCHAR":
                self.add(("map", name), f"a token is text, but {name} is {column.type}")
            return
        if isinstance(mapping, CodeMap):
            self._read(mapping.of, _TEXT, "map", name)
            self._check_code(mapping, name, column)
            return
        tree = self._read(mapping, _family(column), "map", name)
        if isinstance(tree, exp.Literal) and tree.is_string and column is not None:
            self._check_values({tree.name}, name, column)

    def _check_code(self, mapping: CodeMap, name: str, column: Column | None) -> None:
        at, rows = self._at("map", name), self.checker.store.code_lists.get(mapping.code)
        if rows is None:
            self.add(("map", name), f"no code list {mapping.code!r} in codes/")
            return
        known = set(rows.column_names)
        what = f"column in code list {mapping.code}"
        if not all(check_known(self.checker, at, c, known, what) for c in (mapping.from_column, mapping.to_column)):
            return
        for key, line in repeated(rows, mapping.from_column):
            message = (
                f"{mapping.from_column} {key!r} stands twice in {mapping.code} (line {line}): not to be translated"
            )
            self.add(("map", name), message)
        values = values_of(self.checker, mapping.code, mapping.to_column)
        if (mapping.unknown == "default") != (mapping.default is not None):
            self.add(("map", name), "`default` and `unknown: default` belong together")
        if mapping.default is not None:
            values = values | {mapping.default}
        if column is not None:
            self._check_values(values, name, column)

    def _check_values(self, values: set[str], name: str, column: Column) -> None:
        allowed = values_of(self.checker, column.codes, "code") if column.codes is not None else set()
        if allowed and (strange := values - allowed):
            self.add(("map", name), f"{listed(strange)} is not in the code list {column.codes} of column {name}")

    def _check_use(self) -> None:
        feed = self.feed
        for name in feed.ignore:
            if name not in self.raw:
                self.add(("ignore", name), f"ignore: no raw column {name!r}")
            elif name in self.used:
                self.add(("ignore", name), f"{name} is used and cannot be under ignore")
        if left := self.raw - self.used - feed.ignore.keys():
            self.add(("columns",), f"nothing is done with {listed(left)}: map them or give a reason under ignore")


def _links(link: Link) -> list[tuple[str, str]]:
    """(field, SQL) of every way a row may find its firm."""
    return [(name, value) for name, value in _fields(link) if isinstance(value, str)]


def _fields(link: Link) -> Iterator[tuple[str, object]]:
    for name in Link.model_fields:
        yield name, getattr(link, name)


def _family(column: Column | None) -> frozenset[TypeClass] | None:
    """Types that may be cast to a column's type without the loss of a wrong text."""
    return None if column is None else frozenset({type_class(column.type)})
