"""Records of several sources brought together without a code: first what is certain, then what is likely.

1. Records with the same name (without its region, in one spelling), city and legal representative are one.
2. What is left, one record for each of those groups, is scored in pairs by the linking rules (Splink).
3. Pairs from the threshold `auto` on are linked, and what hangs together is one firm; pairs below it, from `queue` on,
   are for people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.content.schema import LinkingRules
from yuheng.identity.matching import score
from yuheng.identity.records import READY, prepare
from yuheng.lake import Engine

_VARYING = ("region", "phone", "addr_std_id", "addr_place")
"""Columns the records of a certain group may differ in; the group's first value counts."""
_MADE = ("__ready", "__group", "__first")


@dataclass(frozen=True, slots=True)
class LinkedRecords:
    """`firms`: record, firm (the smallest record of those brought together), basis (NAME_REGION_LR, PROBABLE, or null
    for a record alone). `doubtful`: record_l, record_r, score of the pairs people should look at."""

    firms: pa.Table
    doubtful: pa.Table


def link_records(engine: Engine, store: ContentStore, records: str, *, home: str) -> LinkedRecords:
    """Links the records of the relation `records` (`RECORD`) with each other. DuckDB only; see `score`."""
    rules = store.rules(LinkingRules)
    try:
        prepare(engine, store, records, "__ready", home=home)
        engine.define("__group", _certain("__ready"), materialise=True)
        engine.define("__first", _first(), materialise=True)
        scored = score(engine, rules, ["__first"], least=rules.thresholds.queue)
        pairs = engine.query(
            f"select record_l, record_r, match_probability as score from {scored} order by record_l, record_r"
        )
        groups = engine.query("select record, first from __group order by record")
    finally:
        for name in _MADE:
            engine.drop(name)
    sure = pairs["score"].to_numpy() >= rules.thresholds.auto
    return LinkedRecords(_together(groups, pairs.filter(pa.array(sure))), pairs.filter(pa.array(~sure)))


def _certain(ready: str) -> str:
    """SELECT record, first: the smallest record with the same name, city and person; itself where one is missing."""
    whole = "name_brand is not null and city is not null and person is not null"
    return (
        f"select record, case when {whole} then min(record) over (partition by name_key, city, person) "
        f"else record end as first from {ready}"
    )


def _first() -> str:
    """SELECT of one record per certain group, with what any of its records says."""
    said = ", ".join(f"arg_min(r.{c}, case when r.{c} is not null then r.record end) as {c}" for c in _VARYING)
    fixed = ", ".join(f"min(r.{c}) as {c}" for c in READY if c not in (*_VARYING, "record"))
    rows = "__ready r join __group g on g.record = r.record"
    return f"select g.first as record, {fixed}, {said} from {rows} group by g.first"


def _together(groups: pa.Table, pairs: pa.Table) -> pa.Table:
    """Record → firm: what certain groups and sure pairs connect; named by its smallest record."""
    record, first = groups["record"].to_numpy(), groups["first"].to_numpy()
    left = np.concatenate([np.searchsorted(record, pairs["record_l"].to_numpy()), np.arange(len(record))])
    right = np.concatenate([np.searchsorted(record, pairs["record_r"].to_numpy()), np.searchsorted(record, first)])
    from scipy.sparse import coo_array  # loaded here: it takes a second, and most commands need none of it
    from scipy.sparse.csgraph import connected_components

    edges = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(len(record), len(record)))
    count, label = connected_components(edges, directed=False)
    smallest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(smallest, label, record)
    firm = smallest[label]
    sizes = np.bincount(label, minlength=count)[label]
    spread = np.zeros(count, dtype=bool)  # a firm of more than one certain group rests on a likely pair
    spread[label[first != firm]] = True
    basis = np.where(spread[label], "PROBABLE", "NAME_REGION_LR")
    return pa.table({"record": record, "firm": firm, "basis": pa.array(basis, pa.string(), mask=sizes == 1)})
