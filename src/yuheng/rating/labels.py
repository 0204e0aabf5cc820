"""What happened after D: the label table that scores are validated against (domain §1.8)."""

from __future__ import annotations

import calendar
import datetime as dt

from yuheng.content.schema import Label, LabelEvent
from yuheng.rating.sqltext import day

OPEN = dt.date(9999, 12, 30)
"""A day on which every version that was never superseded is the valid one."""


def horizon(as_of: dt.date, months: int) -> dt.date:
    """The last day of the label period: `months` after D; the end of a month stays the end of a month."""
    year, month = divmod(as_of.year * 12 + as_of.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    ends = as_of.day == calendar.monthrange(as_of.year, as_of.month)[1]
    return dt.date(year, month + 1, last if ends else min(as_of.day, last))


def label_sql(label: Label, firms: str, *, as_of: dt.date, known_at: dt.date | None = None) -> str:
    """ent_id, y, weight, reasons of every firm of table `firms` (ent_id), from standard tables of the same name.

    y = 1 when an event of the label has its date in (D, D + months], whatever the day it became known, as long as it
    is the version valid on `known_at` (default: whatever is known by now). `reasons` names the kinds of events.
    `weight` is 1, but 1 / selection probability for a firm whose only events depend on a draw: Σ y·weight / firms is
    then the Horvitz-Thompson estimate of the bad rate, free of the bias of targeted checks.
    """
    until, valid = horizon(as_of, label.months), known_at or OPEN
    events = "\n  union all\n".join(_event(e, as_of, until, valid) for e in label.events)
    hits = [f"max(case when e.kind = '{e.id}' then '{e.id}' end)" for e in label.events]
    return (
        f"with events as (\n{events}\n), bad as (\n"
        f"  select e.ent_id, min(e.weight) as weight, concat_ws(',', {', '.join(hits)}) as reasons\n"
        "  from events e group by e.ent_id\n)\n"
        "select f.ent_id, cast(case when b.ent_id is null then 0 else 1 end as smallint) as y,\n"
        "  coalesce(b.weight, 1e0) as weight, b.reasons\n"
        f"from {firms} f left join bad b on b.ent_id = f.ent_id"
    )


def label_tables(label: Label) -> list[str]:
    """The standard tables `label_sql` reads."""
    return list(dict.fromkeys(e.table for e in label.events))


def _event(event: LabelEvent, as_of: dt.date, until: dt.date, valid: dt.date) -> str:
    weight = f"cast(coalesce({event.weight}, 1) as double)" if event.weight else "1e0"
    return (
        f"  select t.ent_id, '{event.id}' as kind, {weight} as weight from {event.table} t\n"
        f"  where t.ent_id is not null and t.op = 'upsert'\n"
        f"    and t.known_from <= {day(valid)} and t.known_to > {day(valid)}\n"
        f"    and t.{event.date} > {day(as_of)} and t.{event.date} <= {day(until)} and ({event.where})"
    )
