"""From any column of any table, or an indicator, back to the fields of the source systems; parsed, not written down.

The edges are read from what is run: a library's SELECT, a derived table's SELECT, a feed's mapping expressions, an
indicator's measure and filter. Filters and joins of a SELECT decide which rows there are; they are not followed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from sqlglot import exp

from yuheng.content import ContentStore
from yuheng.content.libraryshape import LIBRARY_RESULTS, full_sql, library_schema
from yuheng.content.schema import CodeMap, Feed, Source, StandardTable, TokenMap
from yuheng.content.shape import SYSTEM
from yuheng.errors import DataError
from yuheng.library.shape import derived_schema, standard_schema
from yuheng.library.trace import ROWS, Leaf, Tracer, schema_of
from yuheng.sql import parse

Kind = Literal[
    "library", "derived", "standard", "feed", "code", "indicator", "result", "system", "constant", "unfilled"
]
END: Collection[Kind] = ("feed", "code", "system", "constant", "unfilled")
"""Where a way ends: a field of a source, a code list, what the house itself notes down, a constant, a column no source
fills yet."""


@dataclass(frozen=True, order=True)
class Node:
    """A column (or an indicator) in the graph."""

    kind: Kind
    table: str
    column: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.table}.{self.column}" if self.column else f"{self.kind}/{self.table}"


def node_of(text: str) -> Node:
    """The node a text of `str(node)` stands for."""
    kind, _, rest = text.partition("/")
    if kind in ("feed", "unfilled") or rest.count(".") > 1:
        table, column = _split_feed(rest)
    else:
        table, _, column = rest.partition(".")
    return Node(cast(Kind, kind), table, column)


def _split_feed(rest: str) -> tuple[str, str]:
    """`S-REG.reg_entity.ESTDATE`: the table is source and feed."""
    parts = rest.split(".", 2)
    return (".".join(parts[:2]), parts[2]) if len(parts) == 3 else (parts[0], ".".join(parts[1:]))


CONSTANT = Node("constant", "constant")


class Lineage:
    """The graph, worked out where it is asked for and then kept. It depends on the content alone."""

    def __init__(self, store: ContentStore) -> None:
        self._store = store
        self._libraries = {library.table: library for library in store.libraries.values()}
        self._columns: dict[str, list[str]] = {
            **{n: t.column_names for n, t in store.code_lists.items()},
            **{n: s.names for n, s in LIBRARY_RESULTS.items()},
            **{n: library_schema(x).names for n, x in self._libraries.items()},
            **{n: derived_schema(t).names for n, t in store.derived.items()},
            **{n: standard_schema(t).names for n, t in store.standard.items()},
        }
        self._schema = schema_of(self._columns)
        self._tracers: dict[tuple[str, str], Tracer] = {}
        self._parents: dict[Node, tuple[Node, ...]] = {}
        self._feeds: dict[str, list[tuple[Source, Feed]]] = {}
        for source in store.sources.values():
            for feed in source.feeds:
                self._feeds.setdefault(feed.table, []).append((source, feed))

    def node(self, name: str) -> list[Node]:
        """The nodes a person means by `ZT01`, `ZT01.ent_name`, `ent_base.org_form` or an indicator's id.

        Raises DataError for a name the content does not have.
        """
        table, _, column = name.partition(".")
        if table in self._store.indicators and not column:
            return [Node("indicator", table)]
        table = table.lower() if table.lower() in self._libraries else table
        kind = self.kind_of(table)
        if kind not in ("library", "derived", "standard", "result"):
            raise DataError(f"nothing is called {table!r}", todo="`yuheng catalog list` shows what there is.")
        if column and column not in self._columns[table]:
            raise DataError(f"{table} has no column {column!r}", todo=f"It has: {', '.join(self._columns[table])}.")
        return [Node(kind, table, c) for c in ([column] if column else self._columns[table])]

    def kind_of(self, table: str) -> Kind | None:
        """What kind of thing a table name stands for."""
        if table in self._libraries:
            return "library"
        if table in self._store.derived:
            return "derived"
        if table in self._store.standard:
            return "standard"
        if table in LIBRARY_RESULTS:
            return "result"
        return "code" if table in self._store.code_lists else None

    def columns(self, table: str) -> list[str]:
        """All columns of a table, in order."""
        return self._columns[table]

    def parents(self, node: Node) -> tuple[Node, ...]:
        """One step back, sorted."""
        if node not in self._parents:
            found = set(self._step(node)) if node.kind not in END else set()
            self._parents[node] = tuple(sorted(found - {node}))
        return self._parents[node]

    def ends(self, node: Node) -> frozenset[Node]:
        """All the way back: where every way from `node` ends. Released grades read themselves, a month before."""
        return frozenset(n for n in self.above([node]) if n.kind in END)

    def above(self, nodes: Iterable[Node]) -> dict[Node, tuple[Node, ...]]:
        """Every node on a way from `nodes` to its ends, with its parents."""
        seen: dict[Node, tuple[Node, ...]] = {}
        todo = list(nodes)
        while todo:
            node = todo.pop()
            if node not in seen:
                seen[node] = self.parents(node)
                todo += seen[node]
        return dict(sorted(seen.items()))

    def all_nodes(self) -> list[Node]:
        """Every column of every library and derived table, and every indicator."""
        tables = [*self._libraries, *sorted(self._store.derived)]
        found = [n for t in tables for n in self.node(t)]
        return [*found, *(Node("indicator", i) for i in self._store.indicators)]

    def save(self, path: Path) -> None:
        """Works out every edge and keeps them as JSON."""
        edges = {str(n): [str(p) for p in before] for n, before in self.above(self.all_nodes()).items() if before}
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(edges, ensure_ascii=False), encoding="utf-8")
        part.replace(path)

    def load(self, path: Path) -> bool:
        """Takes the edges an earlier `save` of the same content kept; False when there are none."""
        try:
            edges = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return False
        self._parents |= {node_of(n): tuple(node_of(p) for p in before) for n, before in edges.items()}
        return True

    def _step(self, node: Node) -> Iterator[Node]:
        match node.kind:
            case "library":
                library = self._libraries[node.table]
                if library.result_of:
                    yield Node("unfilled", library.id, f"filled by {library.result_of}")
                    return
                yield from self._select(node, full_sql(library), library.path, library.line)
            case "derived":
                yield from self._derived(node)
            case "indicator":
                yield from self._indicator(node.table)
            case "result":
                yield from self._result(node)
            case "standard":
                for source, feed in self._feeds.get(node.table, []):
                    yield from self._field(source, feed, node)
                if not self._feeds.get(node.table):
                    yield Node("unfilled", node.table, "no feed")

    def _select(self, node: Node, sql: str, path: str, line: int) -> Iterator[Node]:
        leaves = self._tracer(node, sql, path, line).leaves(node.column)
        yield from self._nodes(leaves)

    def _tracer(self, node: Node, sql: str, path: str, line: int) -> Tracer:
        key = (node.kind, node.table)
        if key not in self._tracers:
            self._tracers[key] = Tracer(sql, self._schema, origin=path, line=line)
        return self._tracers[key]

    def _derived(self, node: Node) -> Iterator[Node]:
        """A graph's method makes each of its columns out of all the SELECT gives it."""
        table = self._store.derived[node.table]
        tracer = self._tracer(node, table.sql, table.path, table.line)
        wanted = [node.column] if table.method == "sql" else tracer.columns()
        yield from self._nodes(frozenset[Leaf]().union(*(tracer.leaves(c) for c in wanted)))

    def _nodes(self, leaves: Collection[Leaf]) -> Iterator[Node]:
        if not leaves:
            yield CONSTANT
        for table, column in leaves:
            kind = self.kind_of(table)
            if kind is None:
                continue
            for name in self._keys(table, kind) if column == ROWS else [column]:
                yield Node(kind, table, name)

    def _keys(self, table: str, kind: Kind) -> list[str]:
        """The columns that stand for the rows of a table."""
        if kind == "library":
            return list(self._libraries[table].keys)
        if kind == "derived":
            return list(self._store.derived[table].keys)
        return ["source_key"] if kind == "standard" else [self._columns[table][0]]

    def _indicator(self, name: str) -> Iterator[Node]:
        indicator = self._store.indicators[name]
        texts = [indicator.measure, indicator.filter, *([indicator.date_col] if indicator.date_col else [])]
        used = set().union(*(_named(text, f"indicator {name}") for text in texts))
        leaves = {(indicator.table, c) for c in used if c in self._columns.get(indicator.table, [])}
        yield from self._nodes(leaves or {(indicator.table, ROWS)})

    def _result(self, node: Node) -> Iterator[Node]:
        """Grades and points come of all indicators; what a person decided, of the office."""
        if node.column in ("ent_id", "uscc", "region_code"):
            yield Node("derived", "ent_base", node.column)
        elif node.column in ("national_grade", "grade_merged"):
            yield Node("standard", "national_grade", "grade")
        elif node.column == "grade_manual":
            yield Node("system", "office", "adjustment")
        elif node.column in ("grading", "model_version", "content_version", "as_of", "ind_id", "weight"):
            yield Node("system", "rating", node.column)
        else:
            yield from (Node("indicator", i) for i in self._store.indicators)

    def _field(self, source: Source, feed: Feed, node: Node) -> Iterator[Node]:
        """The fields of one feed that a standard column is made of."""
        table = self._store.standard[node.table]
        if node.column in SYSTEM.names and node.column not in feed.map:
            yield from self._system(source, feed, table, node.column)
            return
        mapping = feed.map.get(node.column)
        if mapping is None:
            why = feed.nulls.get(node.column, "made by the intake")
            kind: Kind = "unfilled" if node.column in feed.nulls else "system"
            yield Node(kind, f"{source.id}.{feed.id}", why)
            return
        if isinstance(mapping, CodeMap):
            yield Node("code", mapping.code, mapping.to_column)
        texts = [mapping] if isinstance(mapping, str) else [mapping.of]
        if isinstance(mapping, TokenMap) and mapping.otherwise:
            texts.append(mapping.otherwise)
        yield from _raw(source, feed, texts)

    def _system(self, source: Source, feed: Feed, table: StandardTable, column: str) -> Iterator[Node]:
        link = feed.link
        event = [c for c in (table.event_date, table.event_date_else) if c and c != "known_from"]
        match column:
            case "ent_id" | "link_basis":
                keys = (link.uscc, link.pripid, link.regno, link.name, link.region, link.legal_rep)
                yield from _raw(source, feed, [k for k in keys if k])
            case "source_key":
                yield from _raw(source, feed, feed.key)
            case "event_date":
                yield from (Node("standard", table.id, c) for c in event)
            case "known_from" if feed.stamp:
                yield _feed_node(source, feed, feed.stamp)
            case "known_from":
                yield from (Node("standard", table.id, c) for c in event)
            case "op" if feed.op:
                yield _feed_node(source, feed, feed.op)
            case "is_simulated" if feed.simulated_mark:
                yield _feed_node(source, feed, feed.simulated_mark)
            case _:
                yield Node("system", "intake", column)


def _raw(source: Source, feed: Feed, texts: Iterable[str]) -> Iterator[Node]:
    """The raw columns mapping expressions name; a macro's values are among them."""
    names = set[str]().union(*(_named(text, f"{source.id}.{feed.id}") for text in texts))
    known = {c.upper(): c for c in feed.columns}
    found = [known[n.upper()] for n in names if n.upper() in known]
    yield from (_feed_node(source, feed, c) for c in found)
    if not found:
        yield CONSTANT


def _feed_node(source: Source, feed: Feed, column: str) -> Node:
    return Node("feed", f"{source.id}.{feed.id}", column)


def _named(text: str, origin: str) -> set[str]:
    return {c.name for c in parse(text, origin=origin).find_all(exp.Column)}
