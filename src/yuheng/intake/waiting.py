"""Rows without a firm, with what their source says of it: read again from the landing zone, since no standard table
keeps names of firms it could not find; and judged links put into the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.content.schema import StandardTable
from yuheng.content.shape import standard_schema
from yuheng.intake.delivery import Delivery
from yuheng.intake.plan import BATCH
from yuheng.intake.records import ROW
from yuheng.intake.run import plan_of, tools_of
from yuheng.intake.segments import segments
from yuheng.intake.take import TablePass, Tools
from yuheng.intake.versions import NEVER
from yuheng.lake import Engine, Lake
from yuheng.office import Office
from yuheng.settings import Deployment
from yuheng.sql import literal

WAITING = pa.schema(
    [
        ("table_id", pa.string()),
        ("batch_id", pa.string()),
        ("src_row", pa.int64()),
        ("name", pa.string()),
        ("region_code", pa.string()),
        ("person", pa.string()),
    ]
)
"""A row that has no firm, and the firm's name, region and representative as its feed's link declares them."""
_RAW, _HERE, _ROWS, _KNOWN = "__w_raw", "__w_batches", "__w_rows", "__w_known"


def waiting(
    deployment: Deployment, office: Office, lake: Lake, engine: Engine, store: ContentStore, known: pa.Table
) -> pa.Table:
    """All rows (`WAITING`) of standard tables about firms that have none and whose source names one.

    `known`: table_id, batch_id, src_row of rows that were looked at before; they are left out.
    """
    parts = [WAITING.empty_table()]
    with tools_of(deployment, office, lake, engine, store) as tools:
        for table in store.standard.values():
            if table.entity and lake.table("standard", table.id).exists():
                parts += _of_table(tools, table, known)
    order = [(name, "ascending") for name in ("table_id", "batch_id", "src_row")]
    return pa.concat_tables(parts).sort_by(order)


def judge(
    deployment: Deployment,
    office: Office,
    lake: Lake,
    engine: Engine,
    store: ContentStore,
    decided: Mapping[str, pa.Table],
) -> list[str]:
    """Puts judged links (standard table → `DECIDED`) into the tables; the tables looked through."""
    with tools_of(deployment, office, lake, engine, store) as tools:
        names = [name for name in sorted(decided) if name in store.standard]
        for name in names:
            TablePass(tools, store.standard[name], [], decided=decided[name]).run()
    return names


def _of_table(tools: Tools, table: StandardTable, known: pa.Table) -> Iterable[pa.Table]:
    lake_table = tools.lake.table("standard", table.id)
    tools.engine.scan(_ROWS, lake_table.files(), standard_schema(table))
    tools.engine.register(_KNOWN, known)
    rows = tools.engine.query(
        f"select r.batch_id, r.src_row from {_ROWS} r left join {_KNOWN} k on k.table_id = :table_id "
        "and k.batch_id = r.batch_id and k.src_row = r.src_row "
        f"where r.ent_id is null and r.known_to = {NEVER} and k.batch_id is null order by r.batch_id, r.src_row",
        params={"table_id": table.id},
    )
    for name in (_ROWS, _KNOWN):
        tools.engine.drop(name)
    by_feed: dict[str, list[Delivery]] = {}
    only: dict[str, pa.Array] = {}
    for batch_id in rows["batch_id"].unique().to_pylist():
        batch = tools.office.batches.get(batch_id)
        made = None if batch.shredded else plan_of(tools.store, batch.source, batch.feed)
        if made is not None and made.feed.link.name:
            feed = by_feed.setdefault(made.name, [])
            feed.append(Delivery(len(feed), batch, made))
            only[batch_id] = rows.filter(pa.compute.equal(rows["batch_id"], batch_id))["src_row"].combine_chunks()
    return [found for feed in by_feed.values() for found in _of_feed(tools, table.id, feed, only)]


def _of_feed(tools: Tools, table_id: str, feed: list[Delivery], only: Mapping[str, pa.Array]) -> Iterable[pa.Table]:
    link = feed[0].plan.feed.link
    said = ", ".join(
        f"cast({sql or 'null'} as varchar) as {name}"
        for name, sql in (("name", link.name), ("place", link.region), ("person", link.legal_rep))
    )
    batches = pa.table(
        {"no": pa.array([d.no for d in feed], pa.int32()), "batch_id": pa.array([d.batch.id for d in feed])}
    )
    tools.engine.register(_HERE, batches)
    out = []
    for segment in segments(feed, tools.files, only):
        raw = segment.raw()
        if raw is not None:
            tools.engine.register(_RAW, raw)
            sql = (
                f"select {literal(table_id)} as table_id, b.batch_id, cast(s.number as bigint) as src_row, s.name, "
                "case when length(s.place) between 2 and 6 then rpad(s.place, 6, '0') end as region_code, s.person "
                f"from (select {BATCH} as batch, {ROW} as number, {said} from {_RAW}) s "
                f"join {_HERE} b on b.no = s.batch where s.name is not null"
            )
            out.append(tools.engine.query(sql).cast(WAITING))
            tools.engine.drop(_RAW)
    tools.engine.drop(_HERE)
    return out
