"""Parts of rules that read one raw column: decided once per text of the column, not once per record.

`coalesce(asset_wan, 0) >= 0 and report_year <= year(reported_at)` has two parts; the first is a matter of one text.
Where it holds for all texts of a segment it is a constant, and the engine leaves it out (see `memo`).
"""

from __future__ import annotations

from sqlglot import exp

from yuheng.intake.atoms import Atoms
from yuheng.sql import parse


class Singles:
    """Rewrites rules, part by part. `columns`: what has to be prepared for those over typed columns."""

    def __init__(self, atoms: Atoms, origin: str) -> None:
        self._atoms = atoms
        self._origin = origin
        self.spelled: dict[str, str] = {}
        """Name a rule may use → SQL over raw columns that gives its value."""
        self.columns: dict[str, str] = {}
        """Prepared column → SQL over raw columns and atoms."""

    def raw(self, rule: str) -> str:
        """A rule over raw columns as one over raw columns and atoms."""
        return _all([self._atoms.single(part) for part in self._parts(rule)])

    def typed(self, rule: str) -> str:
        """A rule over typed columns, with prepared columns in the place of parts that read one raw column."""
        return _all([self._typed(part) for part in self._parts(rule)])

    def _typed(self, part: str) -> str:
        whole = self._spelled_out(part)
        if whole is None or len(self._atoms.columns_of(whole)) != 1:
            return part
        name = f"__r{len(self.columns)}_"
        self.columns[name] = self._atoms.single(whole)
        return name

    def _spelled_out(self, part: str) -> str | None:
        """The part over raw columns; None where it reads what is not spelled out."""
        tree = parse(part, origin=self._origin)
        if not {c.name for c in tree.find_all(exp.Column)} <= self.spelled.keys():
            return None
        return tree.transform(self._replaced).sql("duckdb")

    def _replaced(self, node: exp.Expr) -> exp.Expr:
        return exp.paren(parse(self.spelled[node.name])) if isinstance(node, exp.Column) else node

    def _parts(self, rule: str) -> list[str]:
        """What must hold together for the rule to hold."""
        found: list[str] = []
        waiting = [parse(rule, origin=self._origin)]
        while waiting:
            node = waiting.pop().unnest()
            if isinstance(node, exp.And):
                waiting += [node.right, node.left]
            else:
                found.append(node.sql("duckdb"))
        return found


def _all(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else " and ".join(f"({part})" for part in parts)
