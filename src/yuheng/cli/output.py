"""What commands print: one JSON object for machines, plain lines for people; progress and errors on standard error."""

from __future__ import annotations

import difflib
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import orjson
import typer

from yuheng.errors import UsageError, YuhengError, sentence

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Directory = Annotated[Path, typer.Option("--dir", metavar="DIR", help="The deployment.", envvar="YUHENG_DIR")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it.", envvar="YUHENG_USER")]
NOBODY = "command line"
"""Who looked, where nobody said."""
Looker = Annotated[str, typer.Option("--by", metavar="NAME", help="Who looks.", envvar="YUHENG_USER")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why you look; it is written to the audit chain.")]
AsOf = Annotated[str, typer.Option("--as-of", metavar="DATE", help="The day, such as 2026-06-30.")]
Report = Callable[[str, int, int], None]

_PATIENCE = 2.0
"""Seconds of silence before the bar appears: quick work needs none."""


def emit(data: Mapping[str, object], text: str, *, json: bool) -> None:
    """Print `data` as JSON or `text`."""
    typer.echo(orjson.dumps(data, default=_number, option=orjson.OPT_INDENT_2).decode() if json else text)


def _number(value: object) -> float:
    """Exact decimals of the lake (money, ratings) are plain numbers in JSON."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def fail(error: YuhengError) -> int:
    """Print what went wrong; the exit code to leave with."""
    typer.echo(f"yuheng: {sentence(str(error))}", err=True)
    return error.exit_code


def day(text: str) -> date:
    """An option's date. Raises UsageError when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date.", todo="Write it as 2026-06-30.") from error


def known(kind: str, names: Iterable[str], among: Iterable[str]) -> None:
    """Raises UsageError for the first of `names` that `among` does not have, with what may have been meant."""
    there = list(among)
    for name in names:
        if name not in there:
            raise UsageError(f"there is no {kind} {name!r}.", todo=meant(name, there))


def meant(name: str, among: Iterable[str]) -> str:
    """What may have been meant by `name`, and all there is to choose from."""
    there = list(among)
    folded = {word.casefold(): word for word in there}
    near = [folded[word] for word in difflib.get_close_matches(name.casefold(), list(folded), n=3)]
    guess = f"Did you mean {' or '.join(near)}? " if near else ""
    return f"{guess}Known: {', '.join(there) or 'none'}."


def table(rows: Sequence[Sequence[str]], *, gap: int = 2) -> str:
    """Aligned columns; a Chinese character is two places wide."""
    widths = [max(_width(row[k]) for row in rows) for k in range(len(rows[0]))] if rows else []
    lines = ("".join(cell + " " * (w - _width(cell) + gap) for cell, w in zip(r, widths, strict=True)) for r in rows)
    return "\n".join(line.rstrip() for line in lines)


@contextmanager
def progress_bar() -> Iterator[Report]:
    """A bar on standard error for work that takes more than two seconds; nothing when that is no terminal."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console  # loaded here: commands without a bar start sooner
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("…", total=None)
    started = time.monotonic()
    shown = False

    def tell(what: str, number: int, total: int) -> None:
        nonlocal shown
        bar.update(task, description=what, completed=number, total=total)
        if not shown and time.monotonic() - started > _PATIENCE:
            bar.start()
            shown = True

    try:
        yield tell
    finally:
        bar.stop()


def _silent(_what: str, _number: int, _total: int) -> None:
    pass


def _width(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)
