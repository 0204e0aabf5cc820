"""Macro calls computed once: every distinct call in a feed's expressions becomes a column of its own layer.

A mapping calls `date_of(UPDATETIME)` in the column, in two checks and in the clock; expanded in place it would be
computed each time, and a macro that names its parameter twenty times would compute a nested call twenty times. So calls
are hoisted, innermost first, into layers of columns. Hoisting takes them out of CASE branches too: a macro that content
calls must have an answer for every text (it may be null), never an error.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlglot import exp

from yuheng.errors import ContentError
from yuheng.sql import identifier, parse

RECEIVED = "__received"
_PATTERNS = exp.RegexpLike | exp.RegexpExtract | exp.RegexpReplace
"""Functions that are hoisted like macro calls: dear, and with an answer for every text."""


@dataclass(frozen=True)
class Atom:
    """One macro call, or what reads one raw column: `sql` over raw columns and lower atoms."""

    name: str
    sql: str
    level: int
    columns: frozenset[str]
    """Raw columns it depends on in the end."""


class Atoms:
    """Collects expressions over raw columns and gives the layers of SELECTs that compute their macro calls."""

    def __init__(self, columns: Collection[str], macros: Collection[str], origin: str) -> None:
        self._columns = {c.lower(): c for c in columns}
        self._macros = {m.lower() for m in macros}
        self._origin = origin
        self._atoms: dict[str, Atom] = {}
        self._by_name: dict[str, Atom] = {}
        self._used: set[str] = set()

    def rewrite(self, sql: str) -> str:
        """`sql` over raw columns as SQL over raw columns and atoms. `:received` becomes a column.

        Raises ContentError for a column the feed does not declare.
        """
        return self._noted(self._hoisted(self._parsed(sql)))

    def single(self, sql: str) -> str:
        """The same; what reads one raw column alone becomes an atom as a whole, whatever it is made of."""
        tree = self._parsed(sql)
        names = {c.name for c in tree.find_all(exp.Column)}
        hoisted = self._hoisted(tree)
        if len(names) == 1 and RECEIVED not in names and not isinstance(hoisted, exp.Column):
            hoisted = _column(self._atom(hoisted).name)
        return self._noted(hoisted)

    def columns_of(self, sql: str) -> list[str]:
        """The raw columns an expression reads, in the order they stand there."""
        found = words(sql, self._origin)
        return list(dict.fromkeys(self._columns[n.lower()] for n in found if n.lower() in self._columns))

    def by_column(self) -> dict[str, list[Atom]]:
        """Raw column → the atoms that depend on it alone and are read by more than other such atoms."""
        alone = [a for a in self._atoms.values() if len(a.columns) == 1 and RECEIVED not in a.columns]
        wider = [a for a in self._atoms.values() if a not in alone]
        used = self._used.union(*(set(words(a.sql)) for a in wider))
        found: dict[str, list[Atom]] = {}
        for atom in alone:
            if atom.name in used:
                found.setdefault(next(iter(atom.columns)), []).append(atom)
        return found

    def layers(self, source: str, given: Collection[str] = ()) -> str:
        """A SELECT that adds the atoms to the columns of `source`, save those `given` (there already, or constants)."""
        return _layered(source, [a for a in self._atoms.values() if a.name not in given])

    def of_column(self, column: str, source: str) -> str:
        """A SELECT that adds the atoms of one raw column to the columns of `source`."""
        return _layered(source, [a for a in self._atoms.values() if a.columns == {column}])

    def _parsed(self, sql: str) -> exp.Expr:
        return parse(sql, origin=self._origin).transform(self._bound, copy=False)

    def _noted(self, tree: exp.Expr) -> str:
        self._used.update(c.name for c in tree.find_all(exp.Column) if c.name in self._by_name)
        return tree.sql("duckdb")

    def _bound(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Placeholder) and node.name == "received":
            return _column(RECEIVED)
        if isinstance(node, exp.Column):
            name = self._columns.get(node.name.lower())
            if name is None:
                known = ", ".join(self._columns.values())
                what = f"no column {node.name!r} in the feed"
                raise ContentError(what, path=self._origin, todo=f"Its columns: {known}.")
            return _column(name)
        return node

    def _hoisted(self, tree: exp.Expr) -> exp.Expr:
        calls = [n for n in tree.walk() if self._counts(n)]
        for call in reversed(calls):  # innermost first
            column = _column(self._atom(call).name)
            if call is tree:
                return column
            call.replace(column)
        return tree

    def _counts(self, node: exp.Expr) -> bool:
        if isinstance(node, exp.Anonymous):
            return str(node.this).lower() in self._macros
        return isinstance(node, _PATTERNS)

    def _atom(self, call: exp.Expr) -> Atom:
        text = call.sql("duckdb")
        if text not in self._atoms:
            parts = {c.name: self._by_name.get(c.name) for c in call.find_all(exp.Column)}
            below = [a for a in parts.values() if a is not None]
            raw = {name for name, a in parts.items() if a is None}
            atom = Atom(
                name=f"__a{len(self._atoms)}_",
                sql=text,
                level=max((a.level for a in below), default=-1) + 1,
                columns=frozenset(raw).union(*(a.columns for a in below)),
            )
            self._atoms[text] = self._by_name[atom.name] = atom
        return self._atoms[text]


def _layered(source: str, atoms: Sequence[Atom]) -> str:
    for level in sorted({a.level for a in atoms}):
        added = ", ".join(f"{a.sql} as {identifier(a.name)}" for a in atoms if a.level == level)
        source = f"(select *, {added} from {source})"
    return source


def words(sql: str, origin: str = "<sql>") -> list[str]:
    """The column names an expression reads, whatever they belong to."""
    return [c.name for c in parse(sql, origin=origin).find_all(exp.Column, bfs=False)]


def joined(cases: dict[str, str], before: str = "''") -> str:
    """SQL of the codes whose rule fails, joined by ','; a rule that is null holds. {code: rule}.

    `before`: SQL of codes that come first ('' for none). Texts are only put together for rows that fail something.
    """
    if not cases:
        return before
    failing = ", ".join(f"case when not ({rule}) then '{code}' end" for code, rule in cases.items())
    good = " and ".join(
        [*([] if before == "''" else [f"{before} = ''"]), *(f"coalesce({r}, true)" for r in cases.values())]
    )
    return f"case when {good} then '' else concat_ws(',', nullif({before}, ''), {failing}) end"


def _column(name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True))
