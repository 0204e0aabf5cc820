"""The counterpart of interfaces over HTTP: pages of a world's rows, signed, with scripted faults."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from yuheng.content.schema import ApiPull, Feed
from yuheng.crypto import sm3
from yuheng.simulate.counterparts.base import Access, Counterpart, secret_of
from yuheng.simulate.counterparts.faults import Faults
from yuheng.simulate.counterparts.gate import Gate
from yuheng.simulate.counterparts.http import HttpServer, Reply
from yuheng.simulate.counterparts.world import World

_LOGINS = ("hmac", "key", "oauth2", "basic")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?")


def counterparts(world: World) -> list[Counterpart]:
    """One per source with feeds over an interface; the kinds of login are dealt out by the source's name."""
    by_source: dict[str, dict[str, Served]] = {}
    for source, feed in world.feeds("api"):
        by_source.setdefault(source.id, {})[feed.id] = Served.of(feed, world.rows(source.id, feed))
    return [ApiCounterpart(source, feeds, login_of(source)) for source, feeds in by_source.items()]


def login_of(source: str) -> str:
    """The kind of login a source's counterpart asks for."""
    return _LOGINS[sm3(source.encode())[0] % len(_LOGINS)]


@dataclass(frozen=True)
class Served:
    """The rows of a feed in the order the interface gives them, and the mark of each."""

    pull: ApiPull
    rows: pa.Table
    marks: pa.Array
    """Whole numbers, or texts ('' for rows without a time)."""

    @classmethod
    def of(cls, feed: Feed, rows: pa.Table) -> Served:
        """By time where the mark is one of the columns, else by a running number; rows without a time come first."""
        pull = feed.pull
        assert isinstance(pull, ApiPull)
        field = pull.mark.field if pull.mark else ""
        if pull.mark is None or pull.mark.number:
            numbers = pa.array(np.arange(1, rows.num_rows + 1))
            return cls(pull, rows.append_column(field, numbers) if field else rows, numbers)
        texts = rows.column({v: k for k, v in pull.rename.items()}.get(field, field)).to_pylist()
        times = np.array([t if t and _TIME.fullmatch(t) else "" for t in texts], dtype=object)
        order = np.argsort(times, kind="stable")
        return cls(pull, rows.take(pa.array(order)), pa.array(times[order], pa.string()))

    def page(self, asked: dict[str, str], faults: Faults) -> dict[str, object]:
        """The answer to a request."""
        pull, paging = self.pull, self.pull.paging
        chosen = self._since(asked.get(pull.mark.param) if pull.mark else None)
        size, place = int(asked.get(paging.size_param, paging.size)), asked.get(paging.param, "")
        low = int(place or 0)
        if paging.style == "page":
            low = (int(place or paging.first) - paging.first) * size
        part = self.rows.take(pa.array(chosen[low : low + size]))
        names = [pull.rename.get(name, name) for name in part.column_names]
        rows = [faults.row(row) for row in part.rename_columns(names).to_pylist()]
        body: dict[str, object] = {}
        _put(body, pull.rows, rows)
        if pull.total:
            _put(body, pull.total, len(chosen))
        if pull.ok:
            _put(body, pull.ok, pull.ok_values[0])
        if paging.next:
            _put(body, paging.next, str(low + size) if low + size < len(chosen) else None)
        return body

    def _since(self, mark: str | None) -> npt.NDArray[np.int64]:
        if not mark:
            return np.arange(self.rows.num_rows)
        if pa.types.is_integer(self.marks.type):
            return _true(pc.greater_equal(self.marks, int(mark)))
        return _true(pc.or_(pc.greater_equal(self.marks, mark), pc.equal(self.marks, "")))


class ApiCounterpart:
    """Serves the interface of one source."""

    def __init__(self, source: str, feeds: dict[str, Served], auth: str) -> None:
        self.source = source
        self.feeds = feeds
        self.faults = Faults()
        self.gate = Gate(auth, f"yuheng-{source.lower()}", secret_of(source))
        self._server = HttpServer(self._answer, self.faults)

    def start(self) -> list[Access]:
        """Begins to serve."""
        url = self._server.start()
        fields: dict[str, str | int | float] = {"url": url, "auth": self.gate.auth, "user": self.gate.user}
        return [Access(self.source, {**fields, "rate": 200}, self.gate.secret)]

    def close(self) -> None:
        """Ends serving."""
        self._server.close()

    def _answer(self, method: str, path: str, query: str, form: dict[str, str], headers: dict[str, str]) -> Reply:
        if method == "POST":
            token = self.gate.token(form)
            return Reply(200 if token else 401, orjson.dumps(token or {"error": "invalid_client"}), counts=False)
        if not self.gate.lets_in(path, query, headers, self.faults):
            return Reply(401, orjson.dumps({"code": "401", "msg": "签名或密钥无效"}))
        for served in self.feeds.values():
            if path == "/" + served.pull.path.lstrip("/"):
                return Reply(200, orjson.dumps(served.page(form, self.faults)))
        return Reply(404, orjson.dumps({"code": "404", "msg": "没有这个接口"}))


def _true(flags: pa.BooleanArray) -> npt.NDArray[np.int64]:
    return np.flatnonzero(flags.to_numpy(zero_copy_only=False))


def _put(body: dict[str, object], path: str, value: object) -> None:
    *above, last = path.split(".")
    for part in above:
        body = body.setdefault(part, {})  # type: ignore[assignment]
    body[last] = value
