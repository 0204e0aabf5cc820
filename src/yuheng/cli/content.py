"""`yuheng content`: look at content and check it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yuheng.cli.output import Json, emit
from yuheng.content import ContentStore, Problem
from yuheng.content.check import check as check_store
from yuheng.errors import UsageError
from yuheng.indicator import run_cases
from yuheng.lake import connect
from yuheng.settings import open_deployment

app = typer.Typer(help="Indicators, sources, tables, cards: what the regulator knows and may change.")

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
    listing = ContentStore.load(_overlay(directory)).listing()
    if kind and kind not in listing:
        raise UsageError(f"no kind {kind!r}.", todo=f"Known: {', '.join(listing)}.")
    if kind:
        emit({kind: listing[kind]}, "\n".join(listing[kind]["ids"]), json=json)
        return
    emit(listing, "\n".join(f"{name:<16}{entry['count']:>6}" for name, entry in listing.items()), json=json)


@app.command()
def check(directory: Directory = None, json: Json = False) -> None:
    """Validate every content file; each problem with file and line. Exit code 1 when there is one."""
    store, problems = ContentStore.read(_overlay(directory))
    problems = problems or check_store(store)
    count = sum(entry["count"] for entry in store.listing().values())
    text = "\n".join(str(problem) for problem in problems) or f"{count} objects, version {store.version}: no problem."
    emit({"objects": count, "version": store.version, "problems": [_shape(p) for p in problems]}, text, json=json)
    raise typer.Exit(1 if problems else 0)


@app.command("test")
def run_tests(
    directory: Directory = None,
    indicator: Annotated[list[str] | None, typer.Option(help="Only these indicators.")] = None,
    json: Json = False,
) -> None:
    """Run the experts' cases: rows in, expected value and points out. Exit code 1 when one fails."""
    store = ContentStore.load(_overlay(directory))
    unknown = sorted(set(indicator or ()) - store.indicators.keys())
    if unknown:
        raise UsageError(f"no indicator {', '.join(unknown)}.", todo="See `yuheng content list --kind indicator`.")
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
    return open_deployment(directory).content if directory else None


def _shape(problem: Problem) -> dict[str, str | int]:
    return {"file": problem.file, "line": problem.line, "message": problem.message}
