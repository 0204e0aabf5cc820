"""What is wrong with a source's data now: late, too few or many, incomplete, drifting, checks failed, files refused.

Rules Q11-Q13 of domain §3.9 and the drift of coded columns; the bounds are content (`quality.yaml`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yuheng.content import ContentStore
from yuheng.content.schema import Feed, QualityRules, Source, StandardTable
from yuheng.intake.quality.rows import register
from yuheng.intake.quality.score import scores
from yuheng.lake import Engine, Lake
from yuheng.office import Batch, Finding, Office
from yuheng.sql import identifier, literal

Level = Literal["yellow", "red"]
_FLOOR = 1e-6
"""A share of nothing counts as this, so that an empty code does not make the index infinite."""


def find(
    engine: Engine,
    lake: Lake,
    office: Office,
    store: ContentStore,
    *,
    on: dt.date,
    sources: Sequence[str] | None = None,
) -> list[Finding]:
    """All findings about the sources that ever delivered, as things stand on the day `on`."""
    batches: dict[tuple[str, str], list[Batch]] = {}
    for batch in office.batches.list():
        if (sources is None or batch.source in sources) and batch.source in store.sources:
            batches.setdefault((batch.source, batch.feed), []).append(batch)
    found: list[Finding] = []
    for (source, name), delivered in sorted(batches.items()):
        delivered.sort(key=lambda b: (b.received, b.file))
        declared = store.sources[source]
        feed = next((f for f in declared.feeds if f.id == name), None)
        if feed is None:
            continue
        found += _refused(declared, feed, delivered)
        found += _volume(store.quality, declared, feed, delivered)
        if register(engine, lake, store.standard[feed.table]):
            found += _incomplete(engine, store, declared, feed)
            found += _drift(engine, store, declared, feed, on)
    delivering = sorted({s for s, _ in batches})
    late = [one for s in delivering for one in _late(engine, lake, store, store.sources[s], on)]
    return [*found, *late, *_poor(engine, lake, store, delivering, on)]


def _finding(source: Source, feed: str, kind: str, subject: str, level: Level, title: str, **detail: object) -> Finding:
    return Finding(source.id, feed, kind, subject, level, f"{source.name_zh}：{title}", detail, source.owner)


def _refused(source: Source, feed: Feed, batches: Sequence[Batch]) -> Iterator[Finding]:
    """A file of which nothing was taken stays with its last good predecessor in force."""
    for batch in batches:
        if batch.state == "refused":
            title = f"{feed.name_zh}文件 {batch.file} 未通过校验，整批冻结"
            yield _finding(source, feed.id, "refused", batch.id, "red", title, file=batch.file, reason=batch.reason)


def _volume(rules: QualityRules, source: Source, feed: Feed, batches: Sequence[Batch]) -> Iterator[Finding]:
    sizes = [b.records for b in batches if b.state == "taken" and b.records]
    if not sizes:
        return
    newest, before = sizes[-1], sizes[-1 - rules.volume.deliveries : -1]
    if feed.volume is not None and not feed.volume[0] <= newest <= feed.volume[1]:
        low, high = feed.volume
        title = f"{feed.name_zh}最近一次送达 {newest:,} 条，约定 {low:,}–{high:,} 条"
        yield _finding(source, feed.id, "volume", "", "red", title, records=newest, low=low, high=high)
    elif len(before) >= rules.volume.least and median(before) >= rules.volume.records:
        usual = median(before)
        if not rules.volume.low <= newest / usual <= rules.volume.high:
            title = f"{feed.name_zh}最近一次送达 {newest:,} 条，此前中位数 {usual:,.0f} 条"
            yield _finding(source, feed.id, "volume", "", "yellow", title, records=newest, median=usual)


def _late(engine: Engine, lake: Lake, store: ContentStore, source: Source, on: dt.date) -> Iterator[Finding]:
    """A single feed may have nothing to tell for long; a source of which none has is late."""
    rules = store.quality.freshness
    days_of = [rules.days[f.frequency] + f.lag_days for f in source.feeds if f.frequency != "once"]
    tables = sorted({f.table for f in source.feeds if register(engine, lake, store.standard[f.table])})
    if not days_of or not tables:
        return
    each = [f"select max(known_from) as d from {identifier(t)} where source = {literal(source.id)}" for t in tables]
    known = [f"{sql} and known_from <= :day" for sql in each]
    sql = f"select max(d) as d from ({' union all '.join(known)}) k"
    newest = engine.query(sql, params={"day": on})["d"][0].as_py()
    if newest is None:
        return
    days, allowed = (on - newest).days, min(days_of)
    if days > allowed:
        level: Level = "red" if days > allowed * rules.red else "yellow"
        title = f"最新数据为 {newest.isoformat()}，已 {days} 天未更新（约定 {allowed} 天）"
        yield _finding(source, "", "late", "", level, title, newest=newest.isoformat(), days=days, allowed=allowed)


def _incomplete(engine: Engine, store: ContentStore, source: Source, feed: Feed) -> Iterator[Finding]:
    if not feed.agreed:
        return
    counts = ", ".join(f"count({identifier(c)}) as {identifier(c)}" for c in feed.agreed)
    sql = f"select count(*) as n_rows, {counts} from {identifier(feed.table)} where source = {literal(source.id)}"
    row = engine.query(f"{sql} and op = 'upsert' and known_to = date '9999-12-31'").to_pylist()[0]
    names = {c.name: c.name_zh for c in store.standard[feed.table].columns}
    for column, agreed in sorted(feed.agreed.items()):
        share = row[column] / row["n_rows"] if row["n_rows"] else 1.0
        if share < agreed:
            level: Level = "red" if share < agreed - store.quality.completeness.red else "yellow"
            title = f"{feed.name_zh}“{names[column]}”有值率 {share:.1%}，约定 {agreed:.1%}"
            yield _finding(source, feed.id, "incomplete", column, level, title, share=round(share, 6), agreed=agreed)


def _drift(engine: Engine, store: ContentStore, source: Source, feed: Feed, on: dt.date) -> Iterator[Finding]:
    """Coded columns whose shares in the newest whole month differ from the months before."""
    rules, table = store.quality.drift, store.standard[feed.table]
    last = on.replace(day=1)
    month = _month_before(last, 1)
    first = _month_before(month, rules.months)
    for column in (c for c in table.columns if c.codes and c.name in feed.map):
        counts = _shares(engine, table, source.id, column.name, first, month, last)
        before, now = counts
        if min(sum(before.values()), sum(now.values())) < rules.records:
            continue
        index = _psi(before, now)
        if index > rules.yellow:
            level: Level = "red" if index > rules.red else "yellow"
            title = f"{feed.name_zh}“{column.name_zh}”分布变化，稳定性指数 {index:.2f}"
            detail = {"psi": round(index, 4), "before": before, "now": now}
            yield _finding(source, feed.id, "drift", column.name, level, title, **detail)


def _shares(
    engine: Engine, table: StandardTable, source: str, column: str, first: dt.date, month: dt.date, last: dt.date
) -> tuple[dict[str, int], dict[str, int]]:
    name = identifier(column)
    sql = (
        f"select cast({name} as varchar) as code, case when known_from >= :newest then 1 else 0 end as now, "
        f"count(*) as n from {identifier(table.id)} where source = {literal(source)} and op = 'upsert' "
        f"and {name} is not null and known_from >= :since and known_from < :until group by 1, 2 order by 1, 2"
    )
    before: dict[str, int] = {}
    now: dict[str, int] = {}
    for row in engine.query(sql, params={"since": first, "newest": month, "until": last}).to_pylist():
        (now if row["now"] else before)[row["code"]] = row["n"]
    return before, now


def _psi(base: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Population stability index: the sum of (q - p) ln(q / p) over all codes."""
    codes = sorted({*base, *now})
    p = np.maximum([base.get(c, 0) / sum(base.values()) for c in codes], _FLOOR)
    q = np.maximum([now.get(c, 0) / sum(now.values()) for c in codes], _FLOOR)
    return float(((q - p) * np.log(q / p)).sum())


def _poor(engine: Engine, lake: Lake, store: ContentStore, sources: Sequence[str], on: dt.date) -> Iterator[Finding]:
    """Dimensions in which a source's newest month, over all regions, is below the bounds."""
    rules = store.quality.score
    table = scores(engine, lake, store, sources=sources)
    table = table.filter(pc.less_equal(table["month"], pa.scalar(on, pa.date32())))
    for source in sources:
        mine = table.filter(pc.equal(table["source"], source))
        if not mine.num_rows:
            continue
        newest = pc.max(mine["month"]).as_py()
        rows = mine.filter(pc.equal(mine["month"], pa.scalar(newest, pa.date32())))
        for dimension, named in store.quality.dimensions.items():
            share, records = _mean(rows, dimension)
            if share is None or records < rules.records or share >= rules.yellow:
                continue
            level: Level = "red" if share < rules.red else "yellow"
            title = f"{newest:%Y-%m} {named}得分 {share:.2%}（{records:,} 条记录）"
            detail = {"month": newest.isoformat(), "share": share, "records": records}
            yield _finding(store.sources[source], "", "score", dimension, level, title, **detail)


def _mean(rows: pa.Table, dimension: str) -> tuple[float | None, int]:
    known = rows.filter(pc.is_valid(rows[dimension]))
    records = pc.sum(known["records"]).as_py() or 0
    if not records:
        return None, 0
    return round(
        pc.sum(pc.multiply(known[dimension], pc.cast(known["records"], pa.float64()))).as_py() / records, 6
    ), records


def _month_before(month: dt.date, months: int) -> dt.date:
    number = month.year * 12 + month.month - 1 - months
    return dt.date(number // 12, number % 12 + 1, 1)
