"""`yuheng release`: close a month like books are closed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.desk import office_of
from yuheng.cli.output import AsOf, By, Directory, Json, day, emit, table

if TYPE_CHECKING:
    from yuheng.office import Release

app = typer.Typer(help="Monthly releases (定版): draft, checks, two signatures, frozen.")
Number = Annotated[int, typer.Argument(help="Number of the release.")]
Reason = Annotated[str, typer.Option(help="Why.")]


@app.command()
def draft(as_of: AsOf, by: By, directory: Directory = Path(), json: Json = False) -> None:
    """Draft the release of a rated month. It gets anomaly checks and a change list."""
    from yuheng.pipeline import Workspace
    from yuheng.pipeline import draft as draft_release

    with Workspace.open(directory) as ws:
        _show(draft_release(ws, day(as_of), by=by), json=json)


@app.command()
def accept(
    number: Number,
    check: Annotated[str, typer.Argument(help="The check, such as enterprise.drift.")],
    by: By,
    reason: Reason,
    directory: Directory = Path(),
    json: Json = False,
) -> None:
    """Accept a failed check with a reason."""
    with office_of(directory) as office:
        _show(office.releases.accept(number, check, by=by, reason=reason), json=json)


@app.command()
def sign(number: Number, by: By, directory: Directory = Path(), reason: Reason = "", json: Json = False) -> None:
    """Sign a checked release; two different people must."""
    with office_of(directory) as office:
        _show(office.releases.sign(number, by=by, reason=reason), json=json)


@app.command()
def freeze(number: Number, by: By, directory: Directory = Path(), json: Json = False) -> None:
    """Freeze a signed release. Later months read its grades, pages read its serving store."""
    from yuheng.pipeline import Workspace
    from yuheng.pipeline import freeze as freeze_release

    with Workspace.open(directory) as ws:
        _show(freeze_release(ws, number, by=by), json=json)


@app.command()
def withdraw(number: Number, by: By, reason: Reason, directory: Directory = Path(), json: Json = False) -> None:
    """Take a release back. Later months no longer read its grades; the row stays."""
    from yuheng.pipeline import Workspace
    from yuheng.pipeline import withdraw as withdraw_release

    with Workspace.open(directory) as ws:
        _show(withdraw_release(ws, number, by=by, reason=reason), json=json)


@app.command("list")
def list_(directory: Directory = Path(), json: Json = False) -> None:
    """All releases."""
    with office_of(directory) as office:
        found = office.releases.list()
    rows = [["编号", "月份", "状态", "签名", "变动清单"]]
    rows += [_row(r) for r in found]
    emit({"releases": [_shape(r) for r in found]}, table(rows) if found else "还没有定版。", json=json)


def _show(release: Release, *, json: bool) -> None:
    lines = [f"定版 {release.id}  {release.as_of.isoformat()}  {release.state}"]
    for check in release.checks:
        mark = "通过" if check.passed else f"已接受（{check.accepted_reason}）" if check.settled else "未通过"
        lines.append(f"  {check.name}: {mark}  {check.detail}")
    lines += [f"  签名 {s.signer}" for s in release.signatures]
    if release.contents.change_list_path:
        lines.append(f"  变动清单 {release.contents.change_list_path}")
    emit(_shape(release), "\n".join(lines), json=json)


def _row(r: Release) -> list[str]:
    signers = "、".join(s.signer for s in r.signatures)
    return [str(r.id), r.as_of.isoformat(), r.state, signers, r.contents.change_list_path]


def _shape(release: Release) -> dict[str, object]:
    return {
        "id": release.id,
        "state": release.state,
        **release.contents.to_json(),
        "checks": [c.to_json() for c in release.checks],
        "signatures": [s.signer for s in release.signatures],
    }
