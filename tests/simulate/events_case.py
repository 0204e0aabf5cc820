"""A block of 20,000 enterprises and all its feeds, made once for the tests of events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from yuheng.simulate import events
from yuheng.simulate.block import REVOKED, WITHDRAWN, Block
from yuheng.simulate.clock import MISSING, Clock
from yuheng.simulate.dirt import Rows
from yuheng.simulate.params import Flags, Floats, Ints, Params
from yuheng.simulate.province import block_of

END = date(2025, 10, 31)
MONTHS = 24

HAPPENED = {
    "annual_report": "stamp",
    "penalty": "decide_day",
    "result": "check_day",
    "check": "check_day",
    "food": "sample_day",
    "spotcheck": "sample_day",
    "recall": "event_day",
    "accident": "event_day",
    "abnormal": "in_day",
    "serious": "in_day",
    "lists": "in_day",
    "cases": "filed_day",
    "justice_freeze": "from_day",
    "bankruptcy": "accept_day",
    "license": "issue_day",
    "food_license": "issue_day",
    "drug_license": "issue_day",
    "commitment": "made_day",
    "tax_status": "period_day",
    "insured": "month_day",
    "cert_status": "status_day",
    "right": "grant_day",
    "equity": "from_day",
    "ip": "from_day",
    "shop": "check_day",
    "action": "action_day",
    "opinion": "pub_day",
    "case": "reg_day",
    "samr_grade": "month_day",
    "instant": "public_day",
    "dishonest": "publish_day",
    "exec": "file_day",
    "equipment": "begin_day",
    "elevator": "begin_day",
    "use_unit": "filed_day",
    "maint_unit": "filed_day",
    "maint_contract": "from_day",
    "rescue_event": "call_day",
    "rescue_station": "filed_day",
    "inspection_report": "report_day",
    "worker_cert": "issue_day",
    "maint_record": "sign_day",
    "iot_device": "installed_day",
    "iot_event": "event_day",
    "iot_hour_agg": "hour_day",
    "food_file": "issue_day",
    "food_producer": "issue_day",
    "special_food": "reg_day",
    "restaurant": "opened_day",
    "food_check": "check_day",
    "sampling_item": "sample_day",
    "sampling_handling": "begun_day",
    "kitchen_event": "event_day",
    "drug_file": "issue_day",
    "pharmacy": "opened_day",
    "gsp_check": "check_day",
    "device_file": "issue_day",
    "pharmacist_duty": "duty_day",
    "rx_record": "sale_day",
    "temp_point": "installed_day",
    "temp_reading": "reading_day",
}
"""The day of the fact of every feed. Courts alone (dishonest, exec) go on after a firm is revoked."""

PERIODS = {
    "abnormal": ("in_day", "out_day"),
    "serious": ("in_day", "out_day"),
    "lists": ("in_day", "out_day"),
    "dishonest": ("publish_day", "exit_day"),
}


@dataclass(frozen=True)
class Case:
    """The block, the registry's rows, the rows of all feeds of events, and the last version of each record."""

    block: Block
    done: dict[str, Rows]
    rows: dict[str, Rows]
    final: dict[str, Rows]

    def firms(self, name: str, which: Flags) -> Flags:
        """The firms with at least one of the chosen records."""
        found = np.zeros(self.block.n, dtype=np.bool_)
        found[self.final[name]["firm"].astype(np.int64)[which]] = True
        return found

    def listed(self, name: str, day: int) -> Flags:
        """The firms on a list on a day."""
        begin, end = (self.final[name][column].astype(np.int64) for column in PERIODS[name])
        return self.firms(name, (begin <= day) & ((end == MISSING) | (end > day)))

    def within(self, name: str, column: str, after: int, until: int, which: Flags | None = None) -> Flags:
        """The firms with a record of (after, until]."""
        days = self.final[name][column].astype(np.int64)
        chosen = (days > after) & (days <= until)
        return self.firms(name, chosen if which is None else chosen & which)

    def stock(self, day: int) -> Flags:
        """Enterprises in business on a day."""
        return self.block.alive(day) & self.block.enterprise

    def struck(self, day: int) -> Flags:
        """Enterprises revoked or withdrawn by a day and kept on the register."""
        block = self.block
        gone = np.isin(block.exit_kind, [REVOKED, WITHDRAWN]) & (block.exit_day != MISSING) & (block.exit_day <= day)
        kept: Flags = gone & block.enterprise
        return kept


@cache
def case(enterprises: int = 20_000, seed: int = 1, others: float = 0.2) -> Case:
    """The block with its feeds."""
    params = Params()
    block, done = block_of(params, Clock(params, END, MONTHS), seed, 0, enterprises, others=others)
    rows = events.feeds(block, done)
    return Case(block, done, rows, {name: latest(part) for name, part in rows.items()})


def latest(rows: Rows) -> Rows:
    """The last version of every record."""
    keys, stamps = rows["key"].astype(np.int64), rows["stamp"].astype(np.int64)
    order = np.lexsort((stamps, keys))
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = keys[order][1:] != keys[order][:-1]
    return {name: column[order[last]] for name, column in rows.items()}


def area(score: Floats, bad: Flags) -> float:
    """Area under the ROC curve by ranks; scores have no ties worth speaking of."""
    rank = np.empty(len(score))
    rank[np.argsort(score, kind="stable")] = np.arange(1, len(score) + 1)
    hits = int(bad.sum())
    return float((rank[bad].sum() - hits * (hits + 1) / 2) / (hits * (len(bad) - hits)))


def column(rows: Rows, name: str) -> Ints:
    """A column of whole numbers."""
    return rows[name].astype(np.int64)
