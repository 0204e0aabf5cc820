"""Which firms a declared feed is about."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.params import Flags, Floats, Ints


def chosen_firms(block: Block, of: dict[str, list[str]]) -> Flags:
    """Firms of the given `kinds`, `groups`, `sections`, `industries` (prefixes), `sizes`; all enterprises by default.

    `parent: ["1"]` leaves only branches whose head office is in the block.
    """
    kinds = [int(kind) for kind in of.get("kinds", ["0"])]
    use: Flags = np.isin(block.kind, kinds)
    if "groups" in of:
        use = use & np.isin(block.group, of["groups"])
    if "sizes" in of:
        use = use & np.isin(block.size, of["sizes"])
    if "sections" in of or "industries" in of:
        use = use & _trades(block, of)[block.industry_row]
    if "parent" in of:
        use = use & ~block.lookups["f"]["parent"].is_null().to_numpy(zero_copy_only=False).astype(np.bool_)
    return use


def _trades(block: Block, of: dict[str, list[str]]) -> Flags:
    sections, prefixes = of.get("sections", []), tuple(of.get("industries", []))
    rows = block.params.rows("industries")
    return np.asarray(
        [row["section"] in sections or bool(prefixes and row["code"].startswith(prefixes)) for row in rows]
    )


def exit_kinds(of: dict[str, list[str]]) -> list[int]:
    """The ways of leaving that a feed about exits tells."""
    return [int(kind) for kind in of.get("exits", [])]


def drawn(rng: np.random.Generator, weight: Floats, number: int) -> Ints:
    """`number` places by weight, in ascending order."""
    running = np.cumsum(weight)
    total = float(running[-1]) if len(running) else 0.0
    if total <= 0:
        return np.zeros(0, dtype=np.int64)
    at = np.searchsorted(running, np.sort(rng.random(number)) * total, side="right")
    return np.minimum(at, len(running) - 1).astype(np.int64)
