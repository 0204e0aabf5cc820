"""S-SAMP beside the sample itself: its single items, who made what was sampled, and what followed a failed sample."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING
from yuheng.simulate.dirt import Rows, take
from yuheng.simulate.events_base import entered, flip, histories, ints, lifelong, record
from yuheng.simulate.safety_base import drawn, figure, figures, several, within

_PRODUCTION = "FOOD_PRODUCTION"
_WAREHOUSE, _FIRST_SHOP, _FIRST_KITCHEN, _PLACES = 0, 1, 5, 8


def details(block: Block, rows: Rows) -> Rows:
    """What a sample says beside its result: task, kind of food, place, maker, batch, laboratory."""
    rng, n, firm = block.streams.of("food/details"), len(rows["key"]), ints(rows["firm"])
    section = np.asarray(block.params.column("industries", "section"))[block.industry_row[firm]]
    shop = rng.integers(_FIRST_SHOP, _FIRST_KITCHEN, n)
    kitchen = rng.integers(_FIRST_KITCHEN, _PLACES, n)
    place = np.where(section == "C", _WAREHOUSE, np.where(section == "H", kitchen, shop))
    needs = np.asarray([x == _PRODUCTION for x in block.params.column("industries", "licence")])
    makers = np.flatnonzero(block.enterprise & needs[block.industry_row])
    maker = makers[rng.integers(0, len(makers), n)] if len(makers) else firm
    made = ints(rows["sample_day"]) - within(block, rng, n, "sampling", "made_days")
    return rows | {
        "sampling_task": drawn(block, rng, n, "sampling", "task"), "food_class_second": ints(rows["food_class"]),
        "sampling_place": place, "holder": np.where(section == "C", firm, maker), "made_day": made,
        "food_lab": rng.integers(0, len(block.params.words("food_lab")), n),
        "mixed": flip(rng, n, figure(block, "sampling", "mixed")).astype(np.int64),
    }  # fmt: skip


def items(block: Block, samples: Rows) -> Rows:
    """The feed sampling_item: a failed sample has one failed item."""
    rng = block.streams.of("sampling_item")
    most = int(figure(block, "sampling", "most_items"))
    count = np.minimum(1 + rng.poisson(figure(block, "sampling", "more_items"), len(samples["key"])), most)
    at, turn = several(count)
    n = len(at)
    limits = figures(block, "sampling", "limits")
    begin = drawn(block, rng, len(count), "sampling", "failing")
    item = (begin[at] + turn) % len(limits)
    fail = (ints(samples["fail"])[at] == 1) & (turn == 0)
    part = np.where(fail, 1.05 + rng.exponential(0.8, n), 0.02 + 0.9 * rng.random(n))
    seen = fail | flip(rng, n, figure(block, "sampling", "found"))
    words = dict.fromkeys(("sampling_item", "sampling_item_kind", "sampling_unit", "sampling_standard"), item)
    return record(
        block, "sampling_item", ints(samples["firm"])[at], ints(samples["stamp"])[at], sample=ints(samples["key"])[at],
        sample_day=ints(samples["sample_day"])[at],
        report_day=ints(samples["report_day"])[at], **words, found=np.where(seen, limits[item] * part, 0.0),
        bound=limits[item], fail=fail.astype(np.int64),
        recheck=flip(rng, n, figure(block, "sampling", "recheck")).astype(np.int64),
    )  # fmt: skip


def handlings(block: Block, samples: Rows) -> Rows:
    """The feed sampling_handling: begun within days, done within the term or not."""
    rows = take(samples, np.flatnonzero(ints(samples["fail"]) == 1))
    rng, n, firm = block.streams.of("sampling_handling"), len(rows["key"]), ints(rows["firm"])
    begun = ints(rows["report_day"]) + within(block, rng, n, "sampling", "begin_days")
    fine = np.flatnonzero((begun <= block.clock.end) & (begun < block.life_end[firm]))
    firm, begun, n = firm[fine], begun[fine], len(fine)
    done = begun + within(block, rng, n, "sampling", "done_days")
    done = np.where(flip(rng, n, figure(block, "sampling", "open")), MISSING, lifelong(block, firm, done))
    out = record(
        block, "sampling_handling", firm, entered(block, "sampling_handling", begun), begun_day=begun,
        sample=ints(rows["key"])[fine], due_day=begun + int(figure(block, "sampling", "due_days")),
        handling=rng.integers(0, len(block.params.words("handling")), n),
    )  # fmt: skip
    return histories(out, {"done_day": done})
