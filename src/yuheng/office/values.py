"""Small values every table of the office shares: canonical JSON, UTC times, names of people."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from yuheng.crypto import sm3
from yuheng.errors import OfficeError


def canonical(value: object) -> str:
    """The one JSON text of `value`: keys sorted, no blanks, no NaN, Chinese readable.

    Raises OfficeError for what JSON cannot hold.

    >>> canonical({"b": 1, "a": "豫"})
    '{"a":"豫","b":1}'
    """
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        text.encode()
    except (TypeError, ValueError) as error:
        raise OfficeError(
            f"not storable as JSON: {error}.", todo="Give text, finite numbers, lists and maps."
        ) from error
    return text


def fingerprint(value: object) -> str:
    """SM3 of the canonical JSON of `value`, 64 hexadecimal digits."""
    return sm3(canonical(value).encode()).hex()


def utc_now() -> dt.datetime:
    """The current time in UTC."""
    return dt.datetime.now(dt.UTC)


def person(name: str) -> str:
    """`name` without outer blanks. OfficeError when nothing is left: every decision has somebody who took it."""
    if not name.strip():
        raise OfficeError("nobody is named for this step.", todo="Say who does it.")
    return required(name, "name of a person")


def same_person(left: str, right: str) -> bool:
    """Whether two names mean one person: neither case, width nor blanks make a second one.

    >>> same_person("Li Na", " li na ")
    True
    """
    return _folded(left) == _folded(right)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def required(text: str, what: str, *, most: int = 120) -> str:
    """`text` without outer blanks. OfficeError naming `what` when it is empty or longer than `most`."""
    stripped = text.strip()
    if not stripped:
        raise OfficeError(f"{what} is empty.", todo=f"Give the {what}.")
    if len(stripped) > most:
        raise OfficeError(f"{what} has {len(stripped)} characters: {stripped[:40]} …", todo=f"Give at most {most}.")
    return stripped


class UtcTime(sa.types.TypeDecorator[dt.datetime]):
    """A point in time as ISO text in UTC with microseconds: equal and sortable on every database."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else iso_utc(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dt.datetime | None:
        return None if value is None else dt.datetime.fromisoformat(value)


def iso_utc(value: dt.datetime) -> str:
    """ISO text of a time with a zone, always 27 characters: `2026-03-31T16:00:00.000000Z`."""
    if value.tzinfo is None:
        raise OfficeError(f"{value} has no time zone.", todo="Give a time with its zone.")
    return f"{value.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
