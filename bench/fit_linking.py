"""Fit the shares of content/identity/linking.yaml on simulated records whose firms are known.

    python -m bench.fit_linking [--enterprises 12000] [--seed 11] [--write]

`same`: how often each outcome of a comparison comes up among the pairs of one firm; `chance`: among pairs at random.
`bench/bench_identity.py` measures with other seeds. `--write` puts the shares into the file, which keeps its order.
"""

from __future__ import annotations

import argparse
import json
import re

from bench.identity_world import records

from yuheng.content import ContentStore
from yuheng.content.files import ROOT
from yuheng.content.schema import Comparison, LinkingRules
from yuheng.identity.records import READY, prepare
from yuheng.lake import DuckEngine, connect

RANDOM = 1_000_000
"""Pairs at random."""
FLOOR = {"same": 0.003, "chance": 2e-6}
"""Least share of an outcome: simulated records are cleaner than real ones, so none is taken for impossible."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--enterprises", type=int, default=12_000)
    arguments.add_argument("--seed", type=int, default=11)
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    store = ContentStore.load()
    rules = store.rules(LinkingRules)
    engine = connect(macros=store.macros)
    assert isinstance(engine, DuckEngine)
    engine.register("recs", records(given.enterprises, given.seed))
    prepare(engine, store, "recs", "ready", home="410000")
    con = engine.connection
    con.execute("create table own as select d.*, r.firm from ready d join recs r on r.record = d.record")
    ((count,),) = con.sql("select count(*) from own").fetchall()
    con.execute(
        f"create table dice as select 1 + cast(hash(i, 1) % {count} as bigint) as a, "
        f"1 + cast(hash(i, 2) % {count} as bigint) as b from range({RANDOM}) t(i)"
    )
    # In steps: an inequality of firms in the same join would be taken for the join's condition.
    con.execute("create table half as select a, b, firm from dice join own on record = a")
    con.execute(
        "create table drawn as select a, b from (select h.*, o.firm as other from half h join own o "
        "on o.record = h.b) p where firm <> other"
    )
    shares: dict[str, dict[str, dict[str, float]]] = {}
    for one in rules.comparisons:
        same = counted(engine, one, of_one_firm(), FLOOR["same"])
        chance = counted(engine, one, at_random(), FLOOR["chance"])
        shares[one.id] = {level.id: {"same": same[i], "chance": chance[i]} for i, level in enumerate(one.levels)}
    ((pairs,),) = con.sql("select sum(c * (c - 1) / 2) from (select count(*) as c from own group by firm)").fetchall()
    prior = float(pairs) / (count * (count - 1) / 2)
    if given.write:
        write(shares)
    print(json.dumps({"records": count, "prior_here": prior, "shares": shares}, indent=1))


def of_one_firm() -> str:
    return f"select {both()} from own l join own r on l.firm = r.firm and l.record < r.record"


def at_random() -> str:
    return f"select {both()} from drawn d join own l on l.record = d.a join own r on r.record = d.b"


def both() -> str:
    return ", ".join(f"l.{c} as {c}_l, r.{c} as {c}_r" for c in READY)


def counted(engine: DuckEngine, one: Comparison, pairs: str, floor: float) -> list[float]:
    """The share of each outcome among pairs where both sides say something."""
    cases = " ".join(f"when {level.when} then {i}" for i, level in enumerate(one.levels[:-1]))
    outcome = f"case {cases} else {len(one.levels) - 1} end"
    sql = f"select {outcome} as k, count(*) from ({pairs}) p where not ({one.unknown}) group by k"
    found = dict(engine.connection.sql(sql).fetchall())
    total = sum(found.values()) + len(one.levels) * 0.5
    raw = [max(floor, (found.get(i, 0) + 0.5) / total) for i in range(len(one.levels))]
    return [float(f"{x / sum(raw):.3g}") for x in raw]


def write(shares: dict[str, dict[str, dict[str, float]]]) -> None:
    """Puts the numbers where they stand in the file."""
    path = ROOT / "identity" / "linking.yaml"
    out, comparison = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"  - id: (\w+)", line):
            comparison = found[1]
        if found := re.match(r"      - \{id: (\w+),", line):
            level = shares[comparison][found[1]]
            line = re.sub(
                r"same: [0-9.e-]+, chance: [0-9.e-]+",
                f"same: {dec(level['same'])}, chance: {dec(level['chance'])}",
                line,
            )
        out.append(line)
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


def dec(value: float) -> str:
    """Without an exponent: YAML 1.1 reads 2e-06 as a text."""
    return f"{min(value, 0.999999):.8f}".rstrip("0")


if __name__ == "__main__":
    main()
