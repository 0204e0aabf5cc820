"""`yuheng content`: look at content and check it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.databases import models
from yuheng.cli.output import Json, emit, known

if TYPE_CHECKING:
    from yuheng.content import Problem

app = typer.Typer(help="What the regulator knows and may change: indicators, sources …")

app.command("models")(models)

Directory = Annotated[
    Path | None, typer.Option("--dir", help="A deployment, to see its overlay; without it the shipped content.")
]


@app.command("list")
def list_(
    directory: Directory = None,
    kind: Annotated[str, typer.Option(help="One kind, with its ids.")] = "",
    json: Json = False,
) -> None:
    """Kinds of content with their counts."""
    from yuheng.content import ContentStore

    listing = ContentStore.load(_overlay(directory)).listing()
    if kind:
        known("kind of content", [kind], listing)
        emit({kind: listing[kind]}, "\n".join(listing[kind]["ids"]), json=json)
        return
    emit(listing, "\n".join(f"{name:<16}{entry['count']:>6}" for name, entry in listing.items()), json=json)


@app.command()
def check(directory: Directory = None, json: Json = False) -> None:
    """Validate every content file; each problem with file and line. Exit code 1 when there is one."""
    from yuheng.content import ContentStore
    from yuheng.content.check import check as check_store

    store, problems = ContentStore.read(_overlay(directory))
    problems = problems or check_store(store)
    count = sum(entry["count"] for entry in store.listing().values())
    text = "\n".join(str(problem) for problem in problems) or f"{count} objects, version {store.version}: no problem."
    emit({"objects": count, "version": store.version, "problems": [_shape(p) for p in problems]}, text, json=json)
    raise typer.Exit(1 if problems else 0)


@app.command("test")
def run_tests(
    directory: Directory = None,
    indicator: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this indicator; may be given several times.")
    ] = None,
    json: Json = False,
) -> None:
    """Run the experts' cases: rows in, expected value and points out. Exit code 1 when one fails."""
    from yuheng.content import ContentStore
    from yuheng.indicator import run_cases
    from yuheng.lake import connect

    store = ContentStore.load(_overlay(directory))
    known("indicator", indicator or (), store.indicators)
    engine = connect(macros=store.macros)
    try:
        results = run_cases(store, engine, only=indicator or None)
    finally:
        engine.close()
    failed = [r for r in results if not r.passed]
    text = "\n".join([*map(str, failed), f"{len(results)} cases, {len(failed)} failed."])
    emit({"cases": len(results), "failed": [str(r) for r in failed]}, text, json=json)
    raise typer.Exit(1 if failed else 0)


def _overlay(directory: Path | None) -> Path | None:
    from yuheng.settings import open_deployment

    return open_deployment(directory).content if directory else None


def _shape(problem: Problem) -> dict[str, str | int]:
    return {"file": problem.file, "line": problem.line, "message": problem.message}
