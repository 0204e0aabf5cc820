"""Declarative knowledge: sources, standard tables, indicators, weights, cards, code lists; checked, versioned."""

from yuheng.content.problem import Problem
from yuheng.content.store import ContentStore

__all__ = ["ContentStore", "Problem"]
