"""The gate of a served interface: who may come in. Written from its description, apart from the client that signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode

from yuheng.crypto import hmac_sm3
from yuheng.simulate.counterparts.faults import Faults

_WINDOW = 300.0
"""Seconds a signature is good for."""


@dataclass
class Gate:
    """Checks requests by one kind of login."""

    auth: str
    user: str
    secret: str
    digest: str = "sm3"
    header: str = "X-Api-Key"
    token_seconds: float = 60.0
    tokens: dict[str, float] = field(default_factory=dict)
    _nonces: set[str] = field(default_factory=set)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lets_in(self, path: str, query: str, headers: Mapping[str, str], faults: Faults) -> bool:
        """Whether the request may pass."""
        match self.auth:
            case "none":
                return True
            case "key":
                return hmac.compare_digest(headers.get(self.header, ""), self.secret)
            case "hmac":
                return self._signed(path, query, headers, time.time() + faults.clock)
            case "oauth2":
                token = headers.get("Authorization", "").removeprefix("Bearer ")
                return self.tokens.get(token, 0.0) > time.monotonic()
        wanted = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        return hmac.compare_digest(headers.get("Authorization", ""), f"Basic {wanted}")

    def token(self, form: Mapping[str, str]) -> dict[str, object] | None:
        """A new token for the right client, else None."""
        right = {"grant_type": "client_credentials", "client_id": self.user, "client_secret": self.secret}
        if self.auth != "oauth2" or dict(form) != right:
            return None
        token = hashlib.sha256(f"{self.secret}/{next(self._numbers)}".encode()).hexdigest()
        self.tokens[token] = time.monotonic() + self.token_seconds
        return {"access_token": token, "token_type": "Bearer", "expires_in": int(self.token_seconds)}

    def _signed(self, path: str, query: str, headers: Mapping[str, str], now: float) -> bool:
        stamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
        if headers.get("X-App-Id") != self.user or not stamp.isdigit() or abs(int(stamp) - now) > _WINDOW:
            return False
        ordered = urlencode(sorted(parse_qsl(query, keep_blank_values=True)), quote_via=quote)
        text = f"GET\n{path}\n{ordered}\n{stamp}\n{nonce}".encode()
        key = self.secret.encode()
        made = hmac_sm3(key, text).hex() if self.digest == "sm3" else hmac.new(key, text, hashlib.sha256).hexdigest()
        with self._lock:
            fresh = bool(nonce) and nonce not in self._nonces
            self._nonces.add(nonce)
        return fresh and hmac.compare_digest(headers.get("X-Signature", ""), made)
