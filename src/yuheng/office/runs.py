"""Resumable runs: which steps of a run are done, on which inputs, so that a killed run goes on where it stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office.database import Database
from yuheng.office.tables import run_steps, runs
from yuheng.office.values import canonical, required, utc_now

RunState = Literal["running", "done", "abandoned"]
StepState = Literal["running", "done", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of one kind. `params_json` is canonical JSON; `finished_at` is None while it can be resumed."""

    id: int
    kind: str
    as_of: dt.date | None
    params_json: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    state: RunState


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run. `digest` names the inputs it was done on; `seconds` is its time."""

    run_id: int
    name: str
    state: StepState
    digest: str
    detail: str
    seconds: float


class Runs:
    """The runs of one office. The caller holds a lease, so that a run has one worker."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, kind: str, *, as_of: dt.date | None = None, params: Mapping[str, object] | None = None) -> Run:
        """The unfinished run of the same kind, date and parameters if there is one, else a new one."""
        text = canonical(dict(params or {}))
        same = (runs.c.kind == required(kind, "kind of run", most=60)) & (runs.c.params_json == text)
        same &= runs.c.as_of.is_(None) if as_of is None else runs.c.as_of == as_of
        with self._database.write() as con:
            open_ones = sa.select(runs.c.id).where(same, runs.c.finished_at.is_(None)).order_by(runs.c.id.desc())
            known = con.execute(open_ones).scalars().first()
            if known is not None:
                return _run(con, known)
            fresh = {"kind": kind.strip(), "as_of": as_of, "params_json": text, "started_at": utc_now()}
            key = con.execute(sa.insert(runs).values(**fresh, state="running")).inserted_primary_key
            return _run(con, key[0] if key else 0)

    def step_done(self, run: Run, name: str, digest: str) -> bool:
        """Whether the step was done in this run on the inputs of `digest`; other inputs mean doing it again."""
        found = (run_steps.c.run_id == run.id) & (run_steps.c.name == name)
        with self._database.read() as con:
            row = con.execute(sa.select(run_steps).where(found)).one_or_none()
        return row is not None and row.state in ("done", "skipped") and row.digest == digest

    def mark(
        self, run: Run, name: str, *, state: StepState, digest: str = "", detail: str = "", seconds: float = 0.0
    ) -> Step:
        """Note how a step stands; the newest word counts. OfficeError when the run is finished."""
        if state not in get_args(StepState):
            raise OfficeError(f"{state!r} is no state of a step.", todo=f"Use one of {', '.join(get_args(StepState))}.")
        step = Step(run.id, required(name, "name of the step"), state, digest, detail, seconds)
        key = (run_steps.c.run_id == run.id) & (run_steps.c.name == step.name)
        values = {"state": state, "digest": digest, "detail": detail, "seconds": seconds}
        with self._database.write() as con:
            if _run(con, run.id).finished_at is not None:
                raise OfficeError(f"run {run.id} is finished.", todo="Begin a new one.")
            if not con.execute(sa.update(run_steps).where(key).values(**values)).rowcount:
                count = sa.select(sa.func.count()).select_from(run_steps).where(run_steps.c.run_id == run.id)
                place = con.execute(count).scalar_one() + 1
                con.execute(sa.insert(run_steps).values(run_id=run.id, name=step.name, place=place, **values))
        return step

    def steps(self, run: Run) -> Sequence[Step]:
        """The steps in the order they first appeared."""
        query = sa.select(run_steps).where(run_steps.c.run_id == run.id).order_by(run_steps.c.place)
        with self._database.read() as con:
            rows = con.execute(query).mappings().all()
        return [Step(**{name: value for name, value in row.items() if name != "place"}) for row in rows]

    def finish(self, run: Run, *, state: Literal["done", "abandoned"] = "done") -> Run:
        """Close a run; `abandoned` makes the next `begin` start anew. Closing twice keeps the first word."""
        still_open = (runs.c.id == run.id) & runs.c.finished_at.is_(None)
        with self._database.write() as con:
            con.execute(sa.update(runs).where(still_open).values(state=state, finished_at=utc_now()))
            return _run(con, run.id)

    def get(self, run_id: int) -> Run:
        """The run. OfficeError when there is none of that id."""
        with self._database.read() as con:
            return _run(con, run_id)

    def list(self, *, kind: str | None = None, limit: int = 20) -> Sequence[Run]:
        """The newest runs first."""
        query = sa.select(runs).order_by(runs.c.id.desc()).limit(limit)
        if kind is not None:
            query = query.where(runs.c.kind == kind)
        with self._database.read() as con:
            return [Run(**row) for row in con.execute(query).mappings()]


def _run(con: sa.Connection, run_id: int) -> Run:
    row = con.execute(sa.select(runs).where(runs.c.id == run_id)).mappings().one_or_none()
    if row is None:
        raise OfficeError(f"no run {run_id}.", todo="List the runs for their numbers.")
    return Run(**row)
