"""Closing a month (定版): draft with anomaly checks and change list, two signatures, frozen, read by later months."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from yuheng import library
from yuheng.content.schema import Grading
from yuheng.errors import OfficeError
from yuheng.lake import Engine, LakeTable
from yuheng.library import RESULTS
from yuheng.office import Contents, Release, ReleaseCheck
from yuheng.pipeline.changes import changes
from yuheng.pipeline.rate import count_grades, grade_schema, grade_table, register_grades
from yuheng.pipeline.serving import store_path, write_serving
from yuheng.pipeline.workspace import Workspace
from yuheng.rating import bands_sql, drift_report, shares_sql

RELEASED = "grade_released"
NOBODY = 0
"""Number of no release: the month's grades were taken back."""


def draft(ws: Workspace, as_of: date, *, by: str) -> Release:
    """Drafts the release of a rated month and makes its anomaly checks; failed ones wait for `accept`.

    Raises DataError when the month was not rated, OfficeError when it is frozen already.
    """
    for release in ws.office.releases.list(as_of=as_of, state="frozen"):
        raise OfficeError(f"{as_of.isoformat()} is frozen as release {release.id}.", todo="Withdraw that one first.")
    before = ws.office.releases.latest(before=as_of)
    with ws.engine() as engine:
        register_grades(ws, engine, as_of)
        models = _models(engine)
        listed = _change_list(ws, engine, before, as_of, models)
        checks = _checks(ws, engine, before, as_of, models)
    tables = {f"{layer}/{name}": ws.lake.table(layer, name).version() for layer, name in ws.lake.tables()}
    contents = Contents(as_of, models, tables, ws.store.version, change_list_path=listed)
    made = ws.office.releases.create(contents, by=by)
    return made if made.checks else ws.office.releases.check(made.id, checks, by=by)


def freeze(ws: Workspace, release_id: int, *, by: str) -> Release:
    """Freezes a signed release: its grades become what later months read, and its serving store is written.

    Each part may be repeated, so a killed freeze is finished by calling it again.
    """
    release = ws.office.releases.get(release_id)
    if release.state != "signed":
        raise OfficeError(f"release {release_id} is {release.state}, not signed.", todo="It needs two signatures.")
    write_serving(ws, release.as_of, store_path(ws, release_id))
    _publish(ws, release)
    return ws.office.releases.freeze(release_id, by=by)


def withdraw(ws: Workspace, release_id: int, *, by: str, reason: str) -> Release:
    """Takes a release back: later months no longer read its grades; its row stays.

    Killed after the decision was written, it is finished by calling it again. Raises OfficeError when there is no such
    release or it was withdrawn before.
    """
    release = ws.office.releases.get(release_id)
    standing = _released(ws).landed(_app(release)) == release_id
    if release.state != "withdrawn" or not standing:
        release = ws.office.releases.withdraw(release_id, by=by, reason=reason)
    if standing:
        _retract(ws, release)
    return release


def _released(ws: Workspace) -> LakeTable:
    return ws.lake.table(library.RESULT_LAYER, RELEASED)


def _app(release: Release) -> str:
    """Under which the month's table says whose grades stand there."""
    return f"release={release.as_of.isoformat()}"


def _retract(ws: Workspace, release: Release) -> None:
    """Takes the month out of the result table, unless another release of it stands there meanwhile."""
    table, day = _released(ws), release.as_of.isoformat()
    with ws.lease(f"{library.RESULT_LAYER}/{RELEASED}") as lease:
        based_on = table.version()
        if table.landed(_app(release)) == release.id:
            table.replace(
                [], schema=RESULTS[RELEASED], slice=day, app_id=_app(release), app_version=NOBODY, lease=lease,
                based_on=based_on,
            )  # fmt: skip


def _publish(ws: Workspace, release: Release) -> None:
    """Appends the month to the result table that later months read lagged."""
    table, app = _released(ws), _app(release)
    day = release.as_of.isoformat()
    if table.landed(app) == release.id:
        return
    schema = RESULTS[RELEASED]
    with ws.lease(f"{library.RESULT_LAYER}/{RELEASED}") as lease, ws.engine() as engine:
        based_on = table.version()
        version = release.tables[f"{library.RESULT_LAYER}/grade"]
        engine.scan("grade", grade_table(ws).files(version=version, slice=day), grade_schema(ws))
        columns = ", ".join(schema.names)
        files = engine.write(f"select {columns} from grade", table.staging(app), order_by=["ent_id"])
        table.replace(
            files, schema=schema, slice=day, app_id=app, app_version=release.id, lease=lease, based_on=based_on
        )


def _models(engine: Engine) -> dict[str, str]:
    rows = engine.query("select grading, max(model_version) as version from grade group by grading order by grading")
    return dict(zip(rows["grading"].to_pylist(), rows["version"].to_pylist(), strict=True))


def _change_list(ws: Workspace, engine: Engine, before: Release | None, as_of: date, models: Mapping[str, str]) -> str:
    """Writes the change list as Parquet and CSV; its path within the deployment, empty for the first month."""
    if before is None:
        return ""
    parts = [
        changes(ws, engine, g, before.as_of, as_of, version=models[g.id])
        for g in ws.store.gradings.values()
        if g.id in models
    ]
    folder = ws.deployment.root / "releases" / as_of.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.concat_tables(parts)
    pq.write_table(table, folder / "changes.parquet")
    pa_csv.write_csv(table, folder / "changes.csv")
    return str((folder / "changes.csv").relative_to(ws.deployment.root))


def _checks(
    ws: Workspace, engine: Engine, before: Release | None, as_of: date, models: Mapping[str, str]
) -> list[ReleaseCheck]:
    checks: list[ReleaseCheck] = []
    counts = count_grades(ws, engine)
    for grading in ws.store.gradings.values():
        if grading.id not in models:
            continue
        state = ws.office.models.get(models[grading.id]).state
        active = state == "active"
        checks.append(ReleaseCheck(f"{grading.id}.model", active, f"模型 {models[grading.id]} 状态 {state}"))
        checks.append(_insufficient(engine, grading))
        if before is not None:
            checks += _against(ws, engine, grading, before, as_of, counts[grading.id])
    return checks


def _insufficient(engine: Engine, grading: Grading) -> ReleaseCheck:
    """Firms whose data cover too little of the card."""
    found = engine.query(
        "select count(*) as n, coalesce(sum(cast(insufficient as integer)), 0) as few "
        f"from grade where grading = '{grading.id}'"
    ).to_pylist()[0]
    share = int(found["few"]) / max(int(found["n"]), 1)
    limit = grading.standards.insufficient_max
    return ReleaseCheck(f"{grading.id}.coverage", share <= limit, f"数据不足 {share:.2%}，上限 {limit:.0%}")


def _against(
    ws: Workspace, engine: Engine, grading: Grading, before: Release, as_of: date, counts: Mapping[str, int]
) -> list[ReleaseCheck]:
    """Against the last frozen month: number of firms, drift."""
    engine.scan("before_all", grade_table(ws).files(slice=before.as_of.isoformat()), grade_schema(ws))
    for name, source in (("before_one", "before_all"), ("now_one", "grade")):
        engine.define(name, f"select score, grade_model from {source} where grading = '{grading.id}'")
    bands = [engine.query(bands_sql(name, grading.standards.band)) for name in ("before_one", "now_one")]
    shares = [engine.query(shares_sql(name)) for name in ("before_one", "now_one")]
    drift = drift_report(bands[0], bands[1], shares[0], shares[1], grading.standards)
    firms = int(sum(shares[0]["firms"].to_pylist()))
    change = sum(counts.values()) / max(firms, 1) - 1
    limit = grading.standards.firms_change_max
    return [
        ReleaseCheck(
            f"{grading.id}.drift",
            drift.state != "alarm",
            f"较 {before.as_of.isoformat()}：分值 PSI {drift.score_psi:.4f}，等级 PSI {drift.grade_psi:.4f}",
        ),
        ReleaseCheck(f"{grading.id}.firms", abs(change) <= limit, f"户数变化 {change:+.2%}，限 ±{limit:.0%}"),
    ]


def change_list(ws: Workspace, release: Release) -> Path | None:
    """Where the change list of a release lies; None for the first month."""
    path = release.contents.change_list_path
    return ws.deployment.root / path if path else None
