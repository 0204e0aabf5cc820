"""Sampling and incidents: food (S-SAMP), products and recalls (S-QUAL), accidents (S-EQUIP)."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_base import between, entered, flip, industry_flags, opening, pick, record, share, shares
from yuheng.simulate.events_samples import details
from yuheng.simulate.hazard import chance, occur
from yuheng.simulate.params import Flags


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feeds food, spotcheck, recall and accident."""
    food, product = industry_flags(block, "food"), industry_flags(block, "product")
    return {
        "food": details(block, _samples(block, "food", "food_sample", "food_fail", food, "food_class")),
        "spotcheck": _samples(block, "spotcheck", "spot_check", "spot_fail", product, "product"),
        "recall": _incidents(block, "recall", product),
        "accident": _incidents(block, "accident", food | product),
    }


def _samples(block: Block, name: str, hazard: str, failure: str, where: Flags, word: str) -> Rows:
    firm, day = occur(block, hazard, where=where, since=opening(block, "case_years"))
    fail = chance(block, failure, firm, day)
    rng = block.streams.of(name)
    report = day + between(block, rng, len(firm), "sample", "report_days")
    blamed = flip(rng, len(firm), share(block, "sample", "responsible"))
    what = rng.integers(0, len(block.params.words(word)), len(firm))
    columns = {"sample_day": day, "report_day": report, "fail": fail.astype(np.int64), word: what}
    responsible = np.where(fail, blamed, -1).astype(np.int64)
    return record(block, name, firm, entered(block, name, report), **columns, responsible=responsible)


def _incidents(block: Block, name: str, where: Flags) -> Rows:
    firm, day = occur(block, name, where=where, since=opening(block, "penalty_years"))
    rng = block.streams.of(name)
    level = 1 + pick(rng, len(firm), shares(block, "incident", "levels"))
    responsible = flip(rng, len(firm), share(block, "incident", "responsible")).astype(np.int64)
    return record(block, name, firm, entered(block, name, day), event_day=day, level=level, responsible=responsible)
