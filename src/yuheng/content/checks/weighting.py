"""Weightings: the experts' matrices cover the tree and contradict neither themselves nor it in form."""

from __future__ import annotations

from yuheng.content.checks.context import Checker, listed
from yuheng.content.schema import AhpMatrix, DelphiRound, Weighting

TOLERANCE = 1e-9
ROOT = "root"


def check_weightings(checker: Checker) -> None:
    """Every weighting by itself."""
    for weighting in checker.store.weightings.values():
        _check_nodes(checker, weighting)
        _check_numbers(checker, weighting)
        for node, rounds in weighting.delphi.items():
            for place, judged in enumerate(rounds):
                _check_delphi(checker, weighting, node, place, judged)


def children_of(checker: Checker, node: str) -> set[str] | None:
    """The children of the tree's root or of a first-level node; None when there is no such node."""
    store = checker.store
    if node == ROOT:
        return set(store.l1)
    return {l2.id for l2 in store.l2.values() if l2.l1 == node} if node in store.l1 else None


def _check_nodes(checker: Checker, weighting: Weighting) -> None:
    store = checker.store
    for node in [ROOT, *store.l1]:
        if store.l1 and node not in weighting.ahp:
            checker.add("weighting", weighting.id, ("ahp",), f"no judgement about the node {node!r}")
    for node, matrices in weighting.ahp.items():
        children = children_of(checker, node)
        if children is None:
            message = f"{node!r} is neither root nor a first-level node; known: {listed(store.l1)}"
            checker.add("weighting", weighting.id, ("ahp", node), message)
            continue
        if not matrices:
            checker.add("weighting", weighting.id, ("ahp", node), f"node {node}: no expert matrix")
        for place, matrix in enumerate(matrices):
            _check_matrix(checker, weighting, (node, place), matrix, children)


def _check_matrix(
    checker: Checker, weighting: Weighting, where: tuple[str, int], matrix: AhpMatrix, children: set[str]
) -> None:
    loc = ("ahp", *where)
    n, rows = len(matrix.order), matrix.matrix
    if sorted(matrix.order) != sorted(children):
        message = f"order must name the children of {where[0]} once each: {listed(children)}"
        checker.add("weighting", weighting.id, (*loc, "order"), message)
    if len(rows) != n or any(len(row) != n for row in rows):
        checker.add("weighting", weighting.id, (*loc, "matrix"), f"the matrix must be {n} x {n}, as long as `order`")
        return
    for i, row in enumerate(rows):
        for j, value in enumerate(row[:i]):
            if value <= 0 or rows[j][i] <= 0 or abs(value * rows[j][i] - 1) > TOLERANCE:
                pair = f"{matrix.order[i]} and {matrix.order[j]}"
                message = f"not reciprocal: {pair} are compared as {value:g} and {rows[j][i]:g}"
                checker.add("weighting", weighting.id, (*loc, "matrix", i), message)
        if abs(row[i] - 1) > TOLERANCE:
            message = f"the diagonal must be 1: {matrix.order[i]} against itself is {row[i]:g}"
            checker.add("weighting", weighting.id, (*loc, "matrix", i), message)
    if n not in weighting.random_index:
        checker.add("weighting", weighting.id, ("random_index",), f"no random index for a matrix of {n} items")


def _check_numbers(checker: Checker, weighting: Weighting) -> None:
    if not 0 <= weighting.lower < weighting.upper <= 1:
        checker.add("weighting", weighting.id, ("lower",), "0 <= lower < upper <= 1 is needed")
    for method in {m for m in weighting.methods if weighting.methods.count(m) > 1}:
        checker.add("weighting", weighting.id, ("methods",), f"the method {method} stands twice")


def _check_delphi(checker: Checker, weighting: Weighting, node: str, place: int, judged: DelphiRound) -> None:
    loc = ("delphi", node, place)
    known = children_of(checker, node)
    if known is None and node in checker.store.l2:
        known = {i.id for i in checker.store.indicators.values() if i.l2 == node}
    if known is None:
        checker.add("weighting", weighting.id, ("delphi", node), f"no node {node!r} in the tree")
    elif strange := set(judged.items) - known:
        checker.add("weighting", weighting.id, (*loc, "items"), f"{listed(strange)} does not belong to {node}")
    if len(judged.scores) != len(judged.experts) or any(len(row) != len(judged.items) for row in judged.scores):
        message = f"scores must be {len(judged.experts)} experts x {len(judged.items)} items"
        checker.add("weighting", weighting.id, (*loc, "scores"), message)
    if judged.authority and len(judged.authority) != len(judged.experts):
        checker.add("weighting", weighting.id, (*loc, "authority"), "authority: one pair for each expert is needed")
