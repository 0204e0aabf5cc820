"""S-GSXT instant disclosure: what a firm must publish within 20 working days of its changes, licences, penalties."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import known
from yuheng.simulate.dirt import INSERT, Rows
from yuheng.simulate.events_base import after, between, ints, opening, record, share
from yuheng.simulate.hazard import chance
from yuheng.simulate.params import Flags, Ints

_CONTRIBUTION, _EQUITY, _LICENCE, _IP_PLEDGE, _PENALTY = 1, 2, 3, 4, 5
_CAPITAL_CHANGE, _INVESTOR_CHANGE = 1, 8
_LICENCES = ("license", "food_license", "drug_license")


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feed instant, made of the events of `done`: reg_change, the licences, ip and penalty."""
    firm, day, item, ref, prefix = (np.concatenate(part) for part in zip(*_duties(block, done), strict=True))
    order = np.lexsort((ref, item, day, firm))
    firm, day, item, ref, prefix = firm[order], day[order], item[order], ref[order], prefix[order]
    rng = block.streams.of("instant")
    never = chance(block, "instant_never", firm, day)
    late = chance(block, "instant_late", firm, day)
    soon = rng.integers(1, int(share(block, "instant", "due_days")), len(firm))
    due = int(share(block, "instant", "due_days"))
    delay = np.where(late, due + between(block, rng, len(firm), "instant", "late_days"), soon)
    public = after(block, firm, day, delay, ~never)
    use = known(public) & (public <= block.clock.end)
    rows = record(
        block, "instant", firm[use], public[use], item=item[use], ref=ref[use], licence_prefix=prefix[use],
        happened_day=day[use], public_day=public[use],
    )  # fmt: skip
    return {"instant": rows}


def _duties(block: Block, done: dict[str, Rows]) -> list[tuple[Ints, Ints, Ints, Ints, Ints]]:
    change = done["reg_change"]
    what = ints(change["item"])
    parts = [
        _part(block, change, "alt_day", _CONTRIBUTION, what == _CAPITAL_CHANGE, 0),
        _part(block, change, "alt_day", _EQUITY, what == _INVESTOR_CHANGE, 0),
        _part(block, done["ip"], "from_day", _IP_PLEDGE, None, 0),
        _part(block, done["penalty"], "decide_day", _PENALTY, None, 0),
    ]
    feed = block.params.column("licences", "feed")
    return parts + [_part(block, done[name], "issue_day", _LICENCE, None, feed.index(name)) for name in _LICENCES]


def _part(
    block: Block, rows: Rows, day: str, item: int, which: Flags | None, prefix: int
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Firm, day, item, key of the event, row of licences.csv (prefix of its number): enterprises, first versions."""
    firm, happened = ints(rows["firm"]), ints(rows[day])
    use = block.enterprise[firm] & (happened >= opening(block, "instant_days"))
    if which is not None:
        use &= which
    if "op" in rows:
        use &= ints(rows["op"]) == INSERT
    n = int(use.sum())
    return firm[use], happened[use], np.full(n, item), ints(rows["key"])[use], np.full(n, prefix)
