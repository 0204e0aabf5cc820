"""`yuheng`: commands, exit codes (0 done, 1 failed, 2 usage) and errors a person can act on.

The modules of the commands load nothing heavy; each command imports what it works with when it is called.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from yuheng.cli import (
    adjust,
    catalog,
    content,
    explain,
    identity,
    intake,
    lake,
    office,
    quality,
    quarantine,
    rating,
    release,
    search,
    simulate,
    work,
)
from yuheng.cli.output import Json, emit, fail
from yuheng.errors import YuhengError

app = typer.Typer(
    help="玉衡 Yuheng: smart supervision for market regulators.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: half a second sooner
)


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="New or empty folder.")],
    name: Annotated[str, typer.Option(help="Name shown on pages and reports.")] = "",
    region: Annotated[
        str,
        typer.Option(help="Region of duty, GB/T 2260: six digits, or 41 for a province, 4101 for a city."),
    ] = "410000",
    json: Json = False,
) -> None:
    """Make a deployment: settings, master key, folders."""
    from yuheng.cli.region import region_of
    from yuheng.settings import create

    duty = region_of(region)
    deployment = create(directory, name=name, region=duty.code)
    emit(
        {"deployment": str(deployment.root), "region": deployment.settings.region},
        f"Deployment ready in {deployment.root}. Keep a copy of keys/master.key in a safe place.",
        json=json,
    )


app.add_typer(simulate.app, name="simulate")
app.add_typer(intake.app, name="intake")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(quality.app, name="quality")
app.add_typer(identity.app, name="identity")
app.add_typer(work.library_app, name="library")
app.add_typer(catalog.app, name="catalog")
app.command("rate")(work.rate)
app.command("run")(work.run)
app.command("explain")(explain.explain)
app.command("search")(search.search)
app.add_typer(rating.app, name="rating")
app.add_typer(adjust.app, name="adjust")
app.add_typer(release.app, name="release")
app.add_typer(office.app, name="audit")
app.add_typer(content.app, name="content")
app.add_typer(lake.app, name="lake")


def main() -> None:
    """Entry point: runs the command and turns Yuheng's errors into a message and an exit code."""
    try:
        app()
    except YuhengError as error:
        sys.exit(fail(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        what = f"{place}{error.strerror or error}"
        sys.exit(fail(YuhengError(what, todo="Check the rights and the space on the disk, and repeat.")))
