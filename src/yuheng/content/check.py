"""Mistakes of meaning in content: what each file says by itself may be well formed and still fit nothing else.

Called by `yuheng content check` after `ContentStore.read` found no mistake of form.
"""

from __future__ import annotations

from yuheng.content.checks.codes import check_codes
from yuheng.content.checks.context import Checker
from yuheng.content.checks.derived import check_derived
from yuheng.content.checks.gradings import check_gradings
from yuheng.content.checks.indicators import check_indicators
from yuheng.content.checks.layout import check_layout
from yuheng.content.checks.libraries import check_libraries
from yuheng.content.checks.macros import check_macros
from yuheng.content.checks.models import check_models
from yuheng.content.checks.sources import check_sources
from yuheng.content.checks.tables import check_tables
from yuheng.content.checks.tree import check_tree
from yuheng.content.checks.weighting import check_weightings
from yuheng.content.problem import Problem
from yuheng.content.store import ContentStore

_CHECKS = (
    check_layout,
    check_macros,
    check_codes,
    check_tables,
    check_derived,
    check_libraries,
    check_sources,
    check_models,
    check_tree,
    check_indicators,
    check_weightings,
    check_gradings,
)


def check(store: ContentStore) -> list[Problem]:
    """Every mistake of meaning, with file and line, in order; empty when the content fits together.

    Columns, tables, types and functions are tried on a database in memory with the declared tables, all of them empty.
    """
    with Checker(store) as checker:
        for part in _CHECKS:
            part(checker)
        return sorted(set(checker.problems))
