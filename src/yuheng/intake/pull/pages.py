"""The pages of an interface, one after the other, in whichever way it counts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yuheng.content.schema import ApiPull
from yuheng.errors import TransportError
from yuheng.intake.pull.edge import Row
from yuheng.transport import HttpClient

_MOST = 1_000_000
"""Pages of one pull; an interface that goes on and on is broken."""
_TELL = "Tell the source; compare the feed's `pull` with the description of its interface."


@dataclass(frozen=True)
class Page:
    """The rows of one answer; `skew`: the server's clock minus ours in seconds, if it says."""

    rows: list[Row]
    skew: float | None
    last: bool


def pages(client: HttpClient, pull: ApiPull, params: Mapping[str, str], size: int) -> Iterator[Page]:
    """Every page of the answer to `params`, of `size` rows each where the interface allows it.

    Raises TransportError when an answer is no such page, or fewer rows came than it says there are.
    """
    paging, given = pull.paging, 0
    place = {"page": str(paging.first), "offset": "0", "cursor": ""}[paging.style]
    for number in range(_MOST):
        asked = {**pull.params, **params, paging.size_param: str(size)}
        if place:
            asked[paging.param] = place
        body, answer = client.json(pull.path, asked)
        _accepted(pull, body, answer.url)
        rows = _rows(pull, body, answer.url)
        given += len(rows)
        total = _total(pull, body, answer.url)
        following = _next(pull, body, place, number, given)
        last = not following or (not rows and paging.style != "cursor")
        last = last or (total is not None and given >= total and paging.style != "cursor")
        if last and total is not None and given < total:
            raise TransportError(f"gave {given} of {total} rows.", where=answer.url, kind="broken", todo=_TELL)
        yield Page(rows, answer.skew, last)
        if last:
            return
        if paging.style == "cursor" and following == place:
            raise TransportError("gives the same cursor again and again.", where=answer.url, kind="broken", todo=_TELL)
        place = following
    raise TransportError(f"gave {_MOST} pages without an end.", where=client.url(pull.path), kind="broken", todo=_TELL)


def at_path(body: object, path: str) -> object:
    """The value at a dotted path of an answer, None where there is none.

    >>> at_path({"data": {"rows": [1]}}, "data.rows")
    [1]
    """
    for part in path.split(".") if path else ():
        body = body.get(part) if isinstance(body, dict) else None
    return body


def _accepted(pull: ApiPull, body: object, url: str) -> None:
    if pull.ok is None:
        return
    code = at_path(body, pull.ok)
    if str(code) not in pull.ok_values:
        told = next((str(v) for k in ("msg", "message", "error") if (v := at_path(body, k))), "")
        raise TransportError(f"answers with result code {code}: {told[:200]}", where=url, kind="refused", todo=_TELL)


def _rows(pull: ApiPull, body: object, url: str) -> list[Row]:
    rows = at_path(body, pull.rows)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        where = pull.rows or "the answer"
        raise TransportError(f"{where} is no list of objects.", where=url, kind="broken", todo=_TELL)
    return rows


def _total(pull: ApiPull, body: object, url: str) -> int | None:
    if pull.total is None:
        return None
    total = at_path(body, pull.total)
    if not str(total).isdecimal():
        raise TransportError(f"{pull.total} is {total!r}, no number.", where=url, kind="broken", todo=_TELL)
    return int(str(total))


def _next(pull: ApiPull, body: object, place: str, number: int, given: int) -> str:
    paging = pull.paging
    if paging.style == "page":
        return str(paging.first + number + 1)
    if paging.style == "offset":
        return str(given)
    assert paging.next is not None
    token = at_path(body, paging.next)
    return "" if token is None else str(token)
