"""How a request says who asks: a key, an HMAC signature, a token of OAuth2, or user and password.

HMAC: `X-App-Id`, `X-Timestamp` (seconds since 1970), `X-Nonce` and `X-Signature`, the hexadecimal HMAC (SM3 or SHA-256,
keyed with the secret) of the lines method, path, query with its parameters sorted, timestamp, nonce.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Generator
from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode

import httpx

from yuheng.crypto import hmac_sm3

Digest = Literal["sm3", "sha256"]
_EARLY = 30.0
"""Seconds before its end that a token is renewed."""


def signature(digest: Digest, secret: str, method: str, path: str, query: str, timestamp: str, nonce: str) -> str:
    """The HMAC of a request, 64 hexadecimal digits."""
    ordered = urlencode(sorted(parse_qsl(query, keep_blank_values=True)), quote_via=quote)
    text = "\n".join((method.upper(), path, ordered, timestamp, nonce)).encode()
    key = secret.encode()
    return hmac_sm3(key, text).hex() if digest == "sm3" else hmac.new(key, text, hashlib.sha256).hexdigest()


class KeyAuth(httpx.Auth):
    """A key in a header."""

    def __init__(self, header: str, key: str) -> None:
        self._header = header
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request with the key."""
        request.headers[self._header] = self._key
        yield request


class HmacAuth(httpx.Auth):
    """A signature of each request; every one has its own nonce and the time of its sending."""

    def __init__(self, user: str, secret: str, digest: Digest, clock: Callable[[], float] = time.time) -> None:
        self._user = user
        self._secret = secret
        self._digest = digest
        self._clock = clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request signed."""
        timestamp, nonce = str(int(self._clock())), secrets.token_hex(16)
        query = request.url.query.decode()
        made = signature(self._digest, self._secret, request.method, request.url.path, query, timestamp, nonce)
        request.headers.update(
            {"X-App-Id": self._user, "X-Timestamp": timestamp, "X-Nonce": nonce, "X-Signature": made}
        )
        yield request


class TokenRefused(Exception):  # noqa: N818  turned into a TransportError by the client
    """The token endpoint did not give a token."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class OAuth2Auth(httpx.Auth):
    """Client credentials: a token is fetched, kept until shortly before its end, and renewed once after a 401."""

    requires_response_body = True

    def __init__(self, url: str, user: str, secret: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._user = user
        self._secret = secret
        self._clock = clock
        self._token = ""
        self._until = 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request with the token."""
        fresh = False
        if self._clock() >= self._until:
            self._keep((yield self._asking()))
            fresh = True
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED and not fresh:
            self._keep((yield self._asking()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _asking(self) -> httpx.Request:
        form = {"grant_type": "client_credentials", "client_id": self._user, "client_secret": self._secret}
        return httpx.Request("POST", self._url, data=form)

    def _keep(self, response: httpx.Response) -> None:
        if response.status_code != httpx.codes.OK:
            raise TokenRefused(response.status_code, f"the token was refused with status {response.status_code}")
        try:
            body = response.json()
            self._token = str(body["access_token"])
            seconds = float(body.get("expires_in", 300))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TokenRefused(response.status_code, "the answer holds no token") from error
        self._until = self._clock() + max(0.0, seconds - _EARLY)
