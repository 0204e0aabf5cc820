"""The Python API: `yuheng.open(DIR)`, answers as Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from yuheng import library
from yuheng.errors import DataError
from yuheng.pipeline.explain import Explained, explain
from yuheng.pipeline.firms import last_rated
from yuheng.pipeline.rate import register_grades
from yuheng.pipeline.rerate import Live
from yuheng.pipeline.values import register_values
from yuheng.pipeline.workspace import Workspace
from yuheng.sql import parse


class Yuheng:
    """An opened deployment for notebooks and scripts. Dates may be `date` objects or ISO texts.

    Whatever shows firms is written to the audit chain under the user's name.
    """

    def __init__(self, workspace: Workspace, *, user: str = "python") -> None:
        self._ws = workspace
        self._user = user

    def values(self, *, as_of: date | str | None = None) -> pa.Table:
        """ent_id, then value v_<id> and case c_<id> of every indicator, of every rated firm."""
        day = self._day(as_of)
        with self._ws.engine() as engine:
            register_values(engine, self._ws.lake, self._ws.store, day)
            self._note("lake.values", as_of=day.isoformat())
            return engine.query("select * from indicator_value order by ent_id")

    def grades(self, *, as_of: date | str | None = None, grading: str | None = None) -> pa.Table:
        """Scores, points and grades; of one grading or of all."""
        day = self._day(as_of)
        if grading is not None and grading not in self._ws.store.gradings:
            raise DataError(f"no grading {grading!r}", todo=f"Known: {', '.join(self._ws.store.gradings)}.")
        with self._ws.engine() as engine:
            register_grades(self._ws, engine, day)
            where = "" if grading is None else " where grading = :grading"
            params = None if grading is None else {"grading": grading}
            self._note("lake.grades", as_of=day.isoformat(), grading=grading or "")
            return engine.query(f"select * from grade{where} order by ent_id", params=params)

    def explain(self, uscc: str, *, as_of: date | str | None = None, reason: str = "") -> Explained:
        """Why a firm has its grade; the look is written to the audit chain."""
        day = None if as_of is None else _date(as_of)
        return explain(self._ws, uscc, as_of=day, by=self._user, reason=reason)

    def live(self, *, snapshot: date | str | None = None, as_of: date | str | None = None, reason: str = "") -> Live:
        """Re-rates single firms within milliseconds on the features of a rated day (default: the last one).

        Every re-rating is written to the audit chain.
        """
        day = None if as_of is None else _date(as_of)
        return Live(self._ws, self._day(snapshot), as_of=day, by=self._user, reason=reason)

    def sql(self, query: str, *, as_of: date | str | None = None) -> pa.Table:
        """A SELECT over standard and derived tables, `indicator_value` and `grade`, all as of one day.

        Standard tables show what was known that day. Raises SqlError for anything that is not one query.
        """
        day = self._day(as_of)
        tree = parse(query)
        ws = self._ws
        with ws.engine() as engine:
            library.register_standard(engine, ws.lake, ws.store, day)
            library.register_codes(engine, ws.store, list(ws.store.code_lists))
            library.register_derived(engine, ws.lake, ws.store, day)
            register_values(engine, ws.lake, ws.store, day)
            register_grades(ws, engine, day)
            text = tree.sql("duckdb")
            self._note("lake.sql", as_of=day.isoformat(), query=text)
            return engine.query(text)

    def rated_days(self) -> Sequence[date]:
        """The days with grades, rising."""
        return [date.fromisoformat(s) for s in self._ws.lake.table("rating", "grade").slices()]

    def close(self) -> None:
        """Releases the office database."""
        self._ws.close()

    def __enter__(self) -> Yuheng:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note(self, action: str, **detail: object) -> None:
        """A look at many firms at once: before anything is shown."""
        self._ws.office.audit.append(actor=self._user, action=action, subject="lake", detail=detail)

    def _day(self, as_of: date | str | None) -> date:
        return last_rated(self._ws) if as_of is None else _date(as_of)


def open_deployment(directory: Path | str, *, user: str = "python") -> Yuheng:
    """Opens the deployment in a folder. `user` is who the audit chain says looked."""
    return Yuheng(Workspace.open(Path(directory)), user=user)


def _date(value: date | str) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError as error:
        raise DataError(f"{value!r} is not a date", todo="Write it as 2026-06-30.") from error
