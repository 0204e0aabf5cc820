"""Which region a deployment is made for."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from yuheng.errors import UsageError

if TYPE_CHECKING:
    from yuheng.codes import Region, RegionTree

LIST = "codes/region.csv"
DIGITS = 6


def region_of(text: str) -> Region:
    """The region of a six-digit code, or of its first two or four digits. Raises UsageError when today knows none."""
    tree, code = _tree(), text.strip()
    code = code.ljust(DIGITS, "0") if len(code) in (2, 4) else code
    if len(code) != DIGITS or code not in tree:
        raise UsageError(f"no region {text!r} in GB/T 2260.", todo=_todo(tree, code))
    today = tree.present(code)
    if today.code != code:
        what = f"{code} {tree.path_name(code)} is a former code."
        raise UsageError(what, todo=f"Today it is {today.code} {tree.path_name(today.code)}.")
    return today


def _tree() -> RegionTree:
    """Only this list of the shipped content is read: a new deployment has no content of its own yet."""
    from yuheng.codes import RegionTree
    from yuheng.content.codelist import parse
    from yuheng.content.files import ROOT

    return RegionTree.of(parse((ROOT / LIST).read_bytes(), LIST).to_pylist())


def _todo(tree: RegionTree, code: str) -> str:
    codes = [r.code for r in tree if len(r.code) == DIGITS and r.kind == "GB2260"]
    near = difflib.get_close_matches(code, codes, n=3, cutoff=0.8)
    guess = f"Did you mean {' or '.join(f'{c} {tree.path_name(c)}' for c in sorted(near))}? " if near else ""
    return f"{guess}Give six digits such as 410100, or 41 for a province, 4101 for a city."
