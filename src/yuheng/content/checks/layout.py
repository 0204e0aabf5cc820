"""Files that nobody reads: a misspelt folder would otherwise be passed over in silence."""

from __future__ import annotations

import re

from yuheng.content.checks.context import Checker

_READ = re.compile(
    r"(indicators|standard|sources|weighting|gradings)/[^/]+\.yaml"
    r"|indicators/tests/[^/]+\.yaml"
    r"|(derived|libraries|macros)/[^/]+\.sql"
    r"|codes/[^/]+\.csv"
    r"|identity/[^/]+\.(yaml|csv)"
    r"|models/logical\.yaml"
    r"|(databases|glossary|quality)\.yaml"
    r"|simulate/.+"
)
"""Paths that some part of the product reads."""


def check_layout(checker: Checker) -> None:
    """Every file stands where it is read."""
    for path in checker.store.files.data:
        if not _READ.fullmatch(path):
            checker.at(path, 1, "nobody reads this file: its folder or its ending is not one of content's")
