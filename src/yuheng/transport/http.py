"""A client for one source over HTTP: signs, keeps to the rate, tries again, takes no answer larger than allowed.

It goes to no other host than the connection's: a redirect elsewhere is an error.
"""

from __future__ import annotations

import datetime as dt
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from yuheng.errors import TransportError
from yuheng.settings import Connection
from yuheng.transport.rate import Bucket, bucket_of
from yuheng.transport.retry import Again, Schedule, retrying
from yuheng.transport.signing import HmacAuth, KeyAuth, OAuth2Auth, TokenRefused

AGENT = "Yuheng/0.1 (data collection of a market regulator)"
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = 3
_SECRET = "Check the user and the secret of the connection, and the clocks of both machines."  # noqa: S105  a hint


@dataclass(frozen=True)
class Answer:
    """A complete answer: 200, 304 or 404. `skew`: the server's clock minus ours in seconds, None if it says none."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    skew: float | None

    def text(self) -> str:
        """The body as text, by the charset it names, else UTF-8; what cannot be read becomes U+FFFD."""
        kind = self.headers.get("content-type", "")
        charset = kind.partition("charset=")[2].strip(' "').lower() or "utf-8"
        try:
            return self.body.decode(charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")


class HttpClient:
    """Requests to the system of one source."""

    def __init__(
        self,
        connection: Connection,
        secret: Callable[[], str],
        *,
        agent: str = AGENT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base = httpx.URL(connection.url.rstrip("/") + "/")
        self._most = connection.max_mb << 20
        self._schedule = Schedule(connection.tries, connection.wait)
        self._sleep = sleep
        self._client = httpx.Client(
            auth=_auth(connection, secret, self.base),
            headers={"User-Agent": agent},
            timeout=connection.timeout,
            verify=_verify(connection, self.base),
            proxy=connection.proxy or None,
            trust_env=False,
            follow_redirects=False,
        )
        self.bucket: Bucket = bucket_of(f"{self.base.host}:{self.base.port or self.base.scheme}", connection.rate)

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def url(self, path: str) -> str:
        """The address of a path below the connection's address, or of a full address there.

        Raises TransportError for an address of another host.
        """
        url = httpx.URL(path) if "://" in path else self.base.join(path.lstrip("/"))
        if (url.scheme, url.host, url.port) != (self.base.scheme, self.base.host, self.base.port):
            raise TransportError(
                f"leads to another host than {self.base.host}.", where=str(url), kind="refused",
                todo="Ask the source for its new address and set it in the connection.",
            )  # fmt: skip
        return str(url)

    def get(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to a GET. Raises TransportError after the last try, at once where another try is no use."""
        return retrying(lambda: self._once(path, params, headers), self._schedule, sleep=self._sleep)

    def json(self, path: str, params: Mapping[str, str] | None = None) -> tuple[object, Answer]:
        """The answer to a GET read as JSON; what cannot be read is asked for again."""

        def attempt() -> tuple[object, Answer]:
            answer = self._once(path, params, {"Accept": "application/json"})
            if answer.status != httpx.codes.OK:
                raise TransportError(
                    f"answers with status {answer.status}.", where=answer.url, kind="refused",
                    todo="Check the path in the feed's `pull` and the address of the connection.",
                )  # fmt: skip
            try:
                return json.loads(answer.body, parse_int=_whole, parse_float=str), answer
            except (ValueError, RecursionError) as error:
                what = f"the answer is not JSON ({error}); {len(answer.body)} bytes came."
                raise Again(TransportError(what, where=answer.url, kind="broken", todo=_LATER)) from error

        return retrying(attempt, self._schedule, sleep=self._sleep)

    def _once(self, path: str, params: Mapping[str, str] | None, headers: Mapping[str, str] | None) -> Answer:
        url = self.url(path)
        for _ in range(_REDIRECTS + 1):
            self.bucket.take()
            answer = self._sent(url, params, headers)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            url, params = self.url(str(httpx.URL(url).join(answer.headers.get("location", "")))), None
        raise TransportError("redirects in a circle.", where=url, kind="refused", todo="Tell the source.")

    def _sent(self, url: str, params: Mapping[str, str] | None, headers: Mapping[str, str] | None) -> Answer:
        try:
            with self._client.stream("GET", url, params=params or None, headers=dict(headers or {})) as response:
                self._judge(response, url)
                return Answer(url, response.status_code, response.headers, self._body(response, url), _skew(response))
        except TokenRefused as error:
            refused = TransportError(f"{error.why}.", where=url, kind="login", todo=_SECRET)
            if error.status in _PASSING:
                raise Again(refused) from error
            raise refused from error
        except httpx.TimeoutException as error:
            what = f"no answer in time ({type(error).__name__})."
            raise Again(TransportError(what, where=url, kind="connect", todo=_LATER)) from error
        except httpx.DecodingError as error:
            what = f"the answer's compression is broken ({error})."
            raise Again(TransportError(what, where=url, kind="broken", todo=_LATER)) from error
        except httpx.TransportError as error:
            raise _failed(error, url) from error

    def _judge(self, response: httpx.Response, url: str) -> None:
        status = response.status_code
        if status in (401, 403):
            raise TransportError(f"refuses the login with status {status}.", where=url, kind="login", todo=_SECRET)
        if status in _PASSING:
            error = TransportError(f"answers with status {status}.", where=url, kind="refused", todo=_LATER)
            raise Again(error, _asked(response))
        if status >= 400 and status not in (404, 410):
            raise TransportError(
                f"refuses the request with status {status}.", where=url, kind="refused",
                todo="Compare the feed's `pull` with the description of the interface.",
            )  # fmt: skip

    def _body(self, response: httpx.Response, url: str) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self._most:
                raise TransportError(
                    f"the answer is larger than {self._most >> 20} MiB.", where=url, kind="limit",
                    todo="Ask for smaller pages (`page_size`), or raise `max_mb` of the connection.",
                )  # fmt: skip
            parts.append(part)
        return b"".join(parts)


_LATER = "Run the pull again later; it goes on where it stopped. If it stays, tell the source."


def _auth(connection: Connection, secret: Callable[[], str], base: httpx.URL) -> httpx.Auth | None:
    match connection.auth:
        case "none":
            return None
        case "key":
            return KeyAuth(connection.header, secret())
        case "hmac":
            return HmacAuth(connection.user, secret(), connection.digest)
        case "oauth2":
            return OAuth2Auth(str(base.join(connection.token_path.lstrip("/"))), connection.user, secret())
        case _:
            return httpx.BasicAuth(connection.user, secret())


def _verify(connection: Connection, base: httpx.URL) -> ssl.SSLContext | bool:
    if base.scheme != "https":
        return False  # nothing to verify; loading the certificates takes time
    if connection.ca is None:
        return True
    try:
        return ssl.create_default_context(cafile=connection.ca)
    except (OSError, ssl.SSLError) as error:
        raise TransportError(
            f"the certificates {connection.ca} cannot be read ({error}).", where=str(base), kind="connect",
            todo="Mend `ca` of the connection.",
        ) from error  # fmt: skip


def _failed(error: httpx.TransportError, url: str) -> Exception:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, socket.gaierror):
            what = f"the name {httpx.URL(url).host!r} cannot be resolved."
            todo = "Check the address of the connection and the name service of this machine."
            return Again(TransportError(what, where=url, kind="resolve", todo=todo))
        if isinstance(seen, ssl.SSLCertVerificationError):
            todo = "Set `ca` of the connection to the certificates that vouch for the server."
            return TransportError(f"its certificate is not trusted ({seen}).", where=url, kind="connect", todo=todo)
        seen = seen.__cause__ or seen.__context__
    kind = "broken" if isinstance(error, httpx.ReadError | httpx.RemoteProtocolError) else "connect"
    what = "the connection broke off" if kind == "broken" else "no connection"
    return Again(TransportError(f"{what} ({error}).", where=url, kind=kind, todo=_LATER))


def _asked(response: httpx.Response) -> float | None:
    """Seconds of Retry-After, which is a number or a time."""
    text = response.headers.get("retry-after", "")
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - dt.datetime.now(dt.UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _skew(response: httpx.Response) -> float | None:
    try:
        return (parsedate_to_datetime(response.headers["date"]) - dt.datetime.now(dt.UTC)).total_seconds()
    except (KeyError, ValueError, TypeError):
        return None


def _whole(text: str) -> int | str:
    """Whole numbers as they are; absurdly long ones as the text they came as."""
    return int(text) if len(text) <= 18 else text
