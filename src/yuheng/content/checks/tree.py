"""The indicator tree: parents exist, weights sum to 1 in every node, nothing hangs in the air."""

from __future__ import annotations

from collections import Counter

from yuheng.content.checks.context import Checker

TOLERANCE = 1e-6


def check_tree(checker: Checker) -> None:
    """Parents and weights of all three levels."""
    store = checker.store
    if not store.indicators:
        return
    for l2 in store.l2.values():
        if l2.l1 not in store.l1:
            checker.add("l2", l2.id, ("l1",), f"no first-level node {l2.l1!r} in indicators/_tree.yaml")
    for indicator in store.indicators.values():
        if indicator.l2 not in store.l2:
            message = f"no second-level node {indicator.l2!r} in indicators/_tree.yaml"
            checker.add("indicator", indicator.id, ("l2",), message)
        elif store.l2[indicator.l2].l1 != indicator.l1:
            message = f"{indicator.l2} belongs to {store.l2[indicator.l2].l1}, not to {indicator.l1}"
            checker.add("indicator", indicator.id, ("l1",), message)
    _check_sums(checker)
    _check_products(checker)
    _check_numbers(checker)


def _check_sums(checker: Checker) -> None:
    store = checker.store
    for node in store.l2.values():
        below = [i for i in store.indicators.values() if i.l2 == node.id]
        total = sum(i.weight_in_l2 for i in below)
        if not below:
            checker.add("l2", node.id, (), f"the node {node.id} has no indicator")
        elif abs(total - 1) > TOLERANCE:
            message = f"weight_in_l2 of the indicators of {node.id} sum to {total:.6f}, not 1"
            checker.add("indicator", below[0].id, ("weight_in_l2",), message)
    for top in store.l1.values():
        under = [n for n in store.l2.values() if n.l1 == top.id]
        total = sum(n.weight_in_l1 for n in under)
        if not under:
            checker.add("l1", top.id, (), f"the node {top.id} has no second-level node")
        elif abs(total - 1) > TOLERANCE:
            message = f"weight_in_l1 of the nodes of {top.id} sum to {total:.6f}, not 1"
            checker.add("l2", under[0].id, ("weight_in_l1",), message)
    total = sum(top.expert_weight for top in store.l1.values())
    if store.l1 and abs(total - 1) > TOLERANCE:
        first = next(iter(store.l1))
        checker.add("l1", first, ("expert_weight",), f"expert weights of level 1 sum to {total:.6f}, not 1")
    whole = sum(i.expert_weight for i in store.indicators.values())
    if abs(whole - 1) > TOLERANCE:
        first = next(iter(store.indicators))
        message = f"expert weights of all {len(store.indicators)} indicators sum to {whole:.6f}, not 1"
        checker.add("indicator", first, ("expert_weight",), message)


def _check_products(checker: Checker) -> None:
    store = checker.store
    for indicator in store.indicators.values():
        node = store.l2.get(indicator.l2)
        top = store.l1.get(node.l1) if node is not None else None
        if node is None or top is None:
            continue
        product = top.expert_weight * node.weight_in_l1 * indicator.weight_in_l2
        if abs(product - indicator.expert_weight) > TOLERANCE:
            message = f"expert_weight is {indicator.expert_weight:.6f}, but the weights of the tree give {product:.6f}"
            checker.add("indicator", indicator.id, ("expert_weight",), message)


def _check_numbers(checker: Checker) -> None:
    count = Counter(i.no for i in checker.store.indicators.values())
    for indicator in checker.store.indicators.values():
        if count[indicator.no] > 1:
            checker.add("indicator", indicator.id, ("no",), f"the number {indicator.no} is given twice")
