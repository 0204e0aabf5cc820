"""Watermarks: how far each feed was pulled from its source system."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from yuheng.office.database import Database
from yuheng.office.tables import watermarks
from yuheng.office.values import canonical, required, utc_now


@dataclass(frozen=True, slots=True)
class Watermark:
    """`value`: what the connector remembers; `rows`: pulled in all; `updated_at`: when it moved last."""

    source: str
    feed: str
    value: Mapping[str, object]
    rows: int
    updated_at: dt.datetime


class Watermarks:
    """The watermarks of one office. The caller holds the lease of the source's pull."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, source: str, feed: str) -> Watermark | None:
        """None for a feed that was never pulled."""
        query = sa.select(watermarks).where(_is(source, feed))
        with self._database.read() as con:
            row = con.execute(query).mappings().one_or_none()
        return None if row is None else _read(row)

    def list(self) -> Sequence[Watermark]:
        """All of them, by source and feed."""
        query = sa.select(watermarks).order_by(watermarks.c.source, watermarks.c.feed)
        with self._database.read() as con:
            return [_read(row) for row in con.execute(query).mappings()]

    def move(self, source: str, feed: str, value: Mapping[str, object], *, rows: int) -> Watermark:
        """Remember `value`; `rows` are added to those pulled before. OfficeError when it is no JSON."""
        required(source, "source", most=60), required(feed, "feed", most=60)
        moved = {"value": canonical(dict(value)), "updated_at": utc_now()}
        with self._database.write() as con:
            done = con.execute(
                sa.update(watermarks).where(_is(source, feed)).values(**moved, rows=watermarks.c.rows + rows)
            ).rowcount
            if not done:
                con.execute(sa.insert(watermarks).values(source=source, feed=feed, rows=rows, **moved))
            row = con.execute(sa.select(watermarks).where(_is(source, feed))).mappings().one()
        return _read(row)

    def forget(self, source: str, feed: str) -> bool:
        """The next pull begins anew; what it brings again counts as duplicates. False when there was no mark."""
        with self._database.write() as con:
            return bool(con.execute(sa.delete(watermarks).where(_is(source, feed))).rowcount)


def _is(source: str, feed: str) -> sa.ColumnElement[bool]:
    return (watermarks.c.source == source) & (watermarks.c.feed == feed)


def _read(row: sa.RowMapping) -> Watermark:
    return Watermark(**{**row, "value": json.loads(row["value"])})
