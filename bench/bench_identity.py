"""Linking measured: records of five sources without a credit code, and ten million deterministic links.

    python -m bench.bench_identity [--records 1000000] [--seed 20261] [--links 10000000]

The noise is that of `bench.identity_world`; the shares were fitted with other seeds (`bench.fit_linking`). Compared is
Splink alone with the same settings on the same prepared records. Precision and recall count pairs of records. The bare
join beside the deterministic links looks each row's best key up in the same table of keys. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Callable

import pyarrow as pa
from bench.identity_world import records

from yuheng.content import ContentStore
from yuheng.content.schema import LinkingRules
from yuheng.identity import link
from yuheng.identity.linking import link_records
from yuheng.identity.matching import settings
from yuheng.identity.records import prepare
from yuheng.lake import DuckEngine, connect

PER_ENTERPRISE = 17.6
"""Records of the five sources per enterprise asked for: its branches and the self-employed come with it."""
HOME = "410000"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--records", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=20_261)
    arguments.add_argument("--links", type=int, default=10_000_000)
    given = arguments.parse_args()
    store = ContentStore.load()
    made = records(round(given.records / PER_ENTERPRISE), given.seed)
    out: dict[str, object] = {"records": made.num_rows, "sources": 5, "seed": given.seed}
    out |= likely(store, made)
    if given.links:
        out |= certain(store, given.links)
    print(json.dumps(out, indent=2))


def likely(store: ContentStore, made: pa.Table) -> dict[str, object]:
    """Yuheng's linking and Splink alone, each from the same records to firms."""
    ours, linked = timed(lambda engine: link_records(engine, store, "recs", home=HOME), store, made)
    plain, alone = timed(lambda engine: splink_alone(engine, store), store, made)
    return {
        "seconds": round(ours, 1),
        "splink_alone_seconds": round(plain, 1),
        "ratio": round(ours / plain, 3),
        **pairwise(made, linked.firms, ""),
        **pairwise(made, alone, "splink_alone_"),
        "doubtful_pairs": linked.doubtful.num_rows,
    }


def timed(work: Callable[[DuckEngine], object], store: ContentStore, made: pa.Table) -> tuple[float, object]:
    engine = connect(macros=store.macros)
    assert isinstance(engine, DuckEngine)
    engine.register("recs", made)
    begun = time.perf_counter()
    found = work(engine)
    seconds = time.perf_counter() - begun
    engine.close()
    return seconds, found


def splink_alone(engine: DuckEngine, store: ContentStore) -> pa.Table:
    """Every record against every other by the same rules, clustered by Splink."""
    from splink import DuckDBAPI, Linker

    rules = store.rules(LinkingRules)
    logging.getLogger("splink").setLevel(logging.ERROR)
    prepare(engine, store, "recs", "ready", home=HOME)
    api = DuckDBAPI(connection=engine.connection)
    linker = Linker(api.register("ready"), settings(rules, "dedupe_only"), log_level=logging.ERROR)
    scored = linker.inference.predict(threshold_match_probability=rules.thresholds.queue)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, rules.thresholds.auto)
    return engine.query(f"select record, cluster_id as firm from {found.physical_name}")


def pairwise(made: pa.Table, firms: pa.Table, prefix: str) -> dict[str, float]:
    """Precision and recall over pairs of records."""
    engine = connect()
    engine.register("made", made.select(["record", "firm"]))
    engine.register("found", firms.select(["record", "firm"]))
    pairs = "select coalesce(sum(c * (c - 1) / 2), 0) as n from (select count(*) as c from {} group by {})"
    both = "(select m.firm as a, f.firm as b from made m join found f on f.record = m.record)"
    told = [
        engine.query(pairs.format(rows, by))["n"][0].as_py()
        for rows, by in ((both, "a, b"), ("found", "firm"), ("made", "firm"))
    ]
    right, linked, true = (float(n) for n in told)
    return {f"{prefix}precision": round(right / linked, 5), f"{prefix}recall": round(right / true, 5)}


def certain(store: ContentStore, count: int) -> dict[str, object]:
    """Deterministic links of `count` rows by code, register number or name, and the join by code alone."""
    engine = connect(macros=store.macros)
    assert isinstance(engine, DuckEngine)
    firms = count // 5
    con = engine.connection
    con.execute(
        "create table __ent_key as select kind as key_kind, kind || i as key_value, i as ent_id, "
        "date '2020-01-01' as known_from, 'b' as batch_id, cast(1 as smallint) as is_first, "
        f"date '9999-12-31' as next_from from range({firms}) t(i), "
        "(values ('USCC'), ('PRIPID'), ('NAME_REGION_LR')) k(kind)"
    )
    con.execute(
        f"create table rows as select i as src_row, date '2024-01-01' as known_from, "
        f"case when i % 10 < 8 then 'USCC' || hash(i) % {firms} end as __uscc, "
        f"case when i % 10 = 8 then 'PRIPID' || hash(i) % {firms} end as __pripid, cast(null as varchar) as __regno, "
        f"'NAME_REGION_LR' || hash(i) % {firms} as __name from range({count}) t(i)"
    )
    bare = (
        "select count(k.ent_id) as n from (select *, case when __uscc is not null then 'USCC' "
        "when __pripid is not null then 'PRIPID' else 'NAME_REGION_LR' end as kind, "
        "coalesce(__uscc, __pripid, __name) as value from rows) r "
        "left join (select key_kind, key_value, ent_id from __ent_key where is_first = 1) k "
        "on k.key_kind = r.kind and k.key_value = r.value"
    )
    linked = link("rows", ("USCC", "PRIPID", "NAME_REGION_LR"))
    ours = f"select count(l.ent_id) as n, count(l.link_basis) as b from ({linked}) l"
    seconds = [min(clocked(engine, sql) for _ in range(3)) for sql in (ours, bare)]
    return {
        "links": count,
        "links_seconds": round(seconds[0], 2),
        "bare_join_seconds": round(seconds[1], 2),
        "links_ratio": round(seconds[0] / seconds[1], 2),
    }


def clocked(engine: DuckEngine, sql: str) -> float:
    begun = time.perf_counter()
    engine.query(sql)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
