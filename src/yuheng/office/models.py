"""Rating models as data: proposed by one person, approved by another, one active per grading, rolled back by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from yuheng.errors import OfficeError
from yuheng.office.audit import Audit
from yuheng.office.database import Database
from yuheng.office.tables import rating_models
from yuheng.office.values import fingerprint, person, required, same_person, utc_now

ModelState = Literal["draft", "approved", "active", "retired"]


@dataclass(frozen=True, slots=True)
class RatingModel:
    """A stored model. `body` is its JSON as the rating floor writes it; the times are UTC."""

    version: str
    grading: str
    fitted_as_of: dt.date
    body: Mapping[str, object]
    state: ModelState
    proposed_by: str
    proposed_at: dt.datetime
    approved_by: str
    approved_at: dt.datetime | None
    activated_at: dt.datetime | None


class Models:
    """The rating models of one office."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def save(
        self, version: str, *, grading: str, fitted_as_of: dt.date, body: Mapping[str, object], by: str
    ) -> RatingModel:
        """Propose a model as draft. Repeating it is harmless; OfficeError for another body under the same version."""
        values = {"version": required(version, "version"), "grading": required(grading, "grading", most=60)}
        digest = fingerprint(dict(body))
        with self._database.write() as con:
            known = _find(con, version)
            if known is not None:
                return _unchanged(known, digest, grading, fitted_as_of)
            fresh = {"fitted_as_of": fitted_as_of, "body": dict(body), "state": "draft", "proposed_by": person(by)}
            con.execute(sa.insert(rating_models).values(**values, **fresh, proposed_at=utc_now(), approved_by=""))
            self._note(con, "propose", version, by, "", {"grading": grading, "body": digest})
            return _one(con, version)

    def approve(self, version: str, *, by: str, reason: str = "") -> RatingModel:
        """Approve a draft. OfficeError when the proposer does it or it is no draft."""
        with self._database.write() as con:
            model = _one(con, version)
            if model.state != "draft":
                raise OfficeError(f"model {version} is {model.state}, not a draft.")
            if same_person(model.proposed_by, by):
                raise OfficeError(f"model {version}: {by} proposed it.", todo="Another person must approve it.")
            self._set(con, version, state="approved", approved_by=person(by), approved_at=utc_now())
            self._note(con, "approve", version, by, reason, {"body": fingerprint(model.body)})
            return _one(con, version)

    def activate(self, version: str, *, by: str, reason: str = "") -> RatingModel:
        """Make an approved model the active one of its grading; the one before is retired.

        Rolling back is activating the older one again. OfficeError for a draft.
        """
        with self._database.write() as con:
            model = _one(con, version)
            if model.state == "draft":
                raise OfficeError(f"model {version} is a draft.", todo="Have another person approve it first.")
            if model.state == "active":
                return model
            former = con.execute(_active(model.grading)).mappings().one_or_none()
            if former is not None:
                self._set(con, former["version"], state="retired")
            self._set(con, version, state="active", activated_at=utc_now())
            instead = "" if former is None else str(former["version"])
            self._note(con, "activate", version, by, reason, {"grading": model.grading, "instead_of": instead})
            return _one(con, version)

    def retire(self, version: str, *, by: str, reason: str) -> RatingModel:
        """Take a model out of use, active or not. It may be activated again if it was approved."""
        with self._database.write() as con:
            model = _one(con, version)
            if model.state in ("draft", "retired"):
                raise OfficeError(f"model {version} is {model.state}: it is not in use.")
            self._set(con, version, state="retired")
            self._note(con, "retire", version, by, required(reason, "reason", most=2000), {"grading": model.grading})
            return _one(con, version)

    def active(self, grading: str) -> RatingModel | None:
        """The active model of a grading."""
        with self._database.read() as con:
            row = con.execute(_active(grading)).mappings().one_or_none()
        return None if row is None else RatingModel(**row)

    def get(self, version: str) -> RatingModel:
        """The model. OfficeError when there is none of that version."""
        with self._database.read() as con:
            return _one(con, version)

    def list(self, *, grading: str | None = None) -> Sequence[RatingModel]:
        """All models by grading, date of the fit, version."""
        order = (rating_models.c.grading, rating_models.c.fitted_as_of, rating_models.c.version)
        query = sa.select(rating_models).order_by(*order)
        if grading is not None:
            query = query.where(rating_models.c.grading == grading)
        with self._database.read() as con:
            return [RatingModel(**row) for row in con.execute(query).mappings()]

    def _set(self, con: sa.Connection, version: str, **values: object) -> None:
        con.execute(sa.update(rating_models).where(rating_models.c.version == version).values(**values))

    def _note(
        self, con: sa.Connection, step: str, version: str, by: str, reason: str, detail: Mapping[str, object]
    ) -> None:
        self._audit.record(
            con, actor=by, action=f"model.{step}", subject=f"model:{version}", reason=reason, detail=detail
        )


def _active(grading: str) -> sa.Select[tuple[object, ...]]:
    return sa.select(rating_models).where(rating_models.c.grading == grading, rating_models.c.state == "active")


def _find(con: sa.Connection, version: str) -> RatingModel | None:
    row = con.execute(sa.select(rating_models).where(rating_models.c.version == version)).mappings().one_or_none()
    return None if row is None else RatingModel(**row)


def _one(con: sa.Connection, version: str) -> RatingModel:
    model = _find(con, version)
    if model is None:
        raise OfficeError(f"no rating model {version!r}.", todo="See `yuheng rating list`.")
    return model


def _unchanged(known: RatingModel, digest: str, grading: str, fitted_as_of: dt.date) -> RatingModel:
    same = (fingerprint(known.body), known.grading, known.fitted_as_of) == (digest, grading, fitted_as_of)
    if not same:
        raise OfficeError(
            f"model {known.version} exists with other content.", todo="A changed model needs a new version."
        )
    return known
