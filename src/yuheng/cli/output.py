"""What commands print: one JSON object for machines, plain lines for people; errors on standard error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import orjson
import typer

from yuheng.errors import YuhengError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def emit(data: Mapping[str, object], text: str, *, json: bool) -> None:
    """Print `data` as JSON or `text`."""
    typer.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() if json else text)


def fail(error: YuhengError) -> int:
    """Print what went wrong; the exit code to leave with."""
    typer.echo(f"yuheng: {error}", err=True)
    return error.exit_code
