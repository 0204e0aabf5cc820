"""All feeds of events of a block, in the order in which they build on each other."""

from __future__ import annotations

from collections.abc import Callable

from yuheng.simulate import (
    events_capability,
    events_consumer,
    events_courts,
    events_drugs,
    events_enforcement,
    events_food,
    events_instant,
    events_insured,
    events_internet,
    events_licences,
    events_lists,
    events_national,
    events_quality,
    events_reports,
    events_safety,
    events_tax,
)
from yuheng.simulate.block import Block
from yuheng.simulate.dirt import Rows

Feeds = Callable[[Block, dict[str, Rows]], dict[str, Rows]]

MODULES = (
    events_reports,
    events_consumer,
    events_quality,
    events_enforcement,
    events_lists,
    events_courts,
    events_licences,
    events_tax,
    events_insured,
    events_capability,
    events_internet,
    events_national,
    events_instant,
    events_safety,
    events_food,
    events_drugs,
)
"""Each sees in `done` all before it: penalties follow cases and samples, listings inspections, disclosures them all."""


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The true rows of all feeds of events by feed name. `done` holds the registry's feeds; it is not changed."""
    rows: dict[str, Rows] = {}
    for module in MODULES:
        rows.update(module.feeds(block, {**done, **rows}))
    return rows
