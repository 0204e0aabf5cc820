"""Which columns of which tables a column of a SELECT is made of, read from the parsed and qualified SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from yuheng.errors import SqlError
from yuheng.sql import parse

Leaf = tuple[str, str]
"""Table and column; the column `*` stands for the rows of the table."""
ROWS = "*"


class Tracer:
    """Follows the output columns of one SELECT down to tables; every common table expression is followed once."""

    def __init__(self, sql: str, schema: MappingSchema, *, origin: str, line: int = 1) -> None:
        tree = qualify(
            parse(sql, origin=origin, first_line=line),
            schema=schema, dialect="duckdb", validate_qualify_columns=False, identify=False, quote_identifiers=False,
        )  # fmt: skip
        root = build_scope(tree)
        if root is None:
            raise SqlError("this is no SELECT", path=origin, line=line)
        self._root = root
        self._found: dict[tuple[int, str], frozenset[Leaf]] = {}

    def columns(self) -> list[str]:
        """The output columns, in order."""
        return _outputs(self._root)

    def leaves(self, column: str) -> frozenset[Leaf]:
        """Where an output column comes from; empty for a constant."""
        return self._of(self._root, column)

    def _of(self, scope: Scope, name: str) -> frozenset[Leaf]:
        key = (id(scope), name.lower())
        if key not in self._found:
            self._found[key] = frozenset()  # a recursive query ends here
            self._found[key] = frozenset(self._follow(scope, name))
        return self._found[key]

    def _follow(self, scope: Scope, name: str) -> Iterator[Leaf]:
        if scope.set_operation_scopes:
            place = [c.lower() for c in _outputs(scope)].index(name.lower())
            for part in scope.set_operation_scopes:
                yield from self._of(part, _outputs(part)[place])
            return
        query = scope.expression
        for projection in query.selects if isinstance(query, exp.Query) else ():
            if projection.alias_or_name.lower() == name.lower():
                yield from self._expression(scope, projection)

    def _expression(self, scope: Scope, tree: exp.Expr) -> Iterator[Leaf]:
        inner = {id(s.expression): s for s in scope.subquery_scopes}
        todo: list[exp.Expr] = [tree]
        while todo:
            node = todo.pop()
            if id(node) in inner:
                part = inner[id(node)]
                for column in _outputs(part):
                    yield from self._of(part, column)
                continue
            if isinstance(node, exp.Column):
                yield from self._column(scope, node)
                continue
            if isinstance(node, exp.Star):
                yield from self._rows(scope)
            todo += list(node.iter_expressions())

    def _column(self, scope: Scope, column: exp.Column) -> Iterator[Leaf]:
        source = scope.sources.get(column.table)
        if source is None:  # of an outer query, or an alias of the same SELECT
            for other in scope.expression.selects if isinstance(scope.expression, exp.Select) else ():
                if not column.table and other.alias == column.name and column.find_ancestor(exp.Alias) is not other:
                    yield from self._expression(scope, other.this)
            if scope.parent is not None and column.table in scope.parent.sources:
                yield from self._column(scope.parent, column)
            return
        if isinstance(source, Scope):
            yield from self._of(source, column.name)
        else:
            yield (source.name, column.name)

    def _rows(self, scope: Scope) -> Iterator[Leaf]:
        """Counting rows: the rows of every table of the FROM."""
        if scope.set_operation_scopes:
            for part in scope.set_operation_scopes:
                yield from self._rows(part)
            return
        for _, source in scope.selected_sources.values():
            if isinstance(source, Scope):
                yield from self._rows(source)
            else:
                yield (source.name, ROWS)


def schema_of(tables: Mapping[str, list[str]]) -> MappingSchema:
    """What the tracer knows of the tables: their columns (types do not matter here)."""
    return MappingSchema({name: dict.fromkeys(columns, "text") for name, columns in tables.items()}, dialect="duckdb")


def _outputs(scope: Scope) -> list[str]:
    query = scope.expression
    return [p.alias_or_name for p in query.selects] if isinstance(query, exp.Query) else []
