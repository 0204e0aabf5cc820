"""A small HTTP server on this machine, with the faults of bad days; for counterparts over the web."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from yuheng.simulate.counterparts.faults import Faults, Kind


@dataclass(frozen=True)
class Reply:
    """An answer; `counts`: whether scripted faults may hit it."""

    status: int
    body: bytes
    kind: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    counts: bool = True


Answer = Callable[[str, str, str, dict[str, str], dict[str, str]], Reply]
"""(method, path, query, parameters or form, headers) -> reply."""


class HttpServer:
    """Answers on a free port of this machine until it is closed."""

    def __init__(self, answer: Answer, faults: Faults) -> None:
        self._answer = answer
        self._faults = faults
        self._server: ThreadingHTTPServer | None = None

    def start(self, port: int = 0) -> str:
        """Begins to serve; its address."""
        answer, faults = self._answer, self._faults

        class Handler(_Handler):
            answering = staticmethod(answer)
            trouble = faults

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="counterpart", daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Ends serving."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Handler(BaseHTTPRequestHandler):
    answering: Answer
    trouble: Faults
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """A page."""
        self._reply("GET", {})

    def do_POST(self) -> None:
        """A form."""
        size = int(self.headers.get("Content-Length", "0"))
        self._reply("POST", dict(parse_qsl(self.rfile.read(size).decode())))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        """Nothing is logged."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The time of a server whose clock may be wrong."""
        return super().date_time_string((timestamp or time.time()) + self.trouble.clock)

    def _reply(self, method: str, form: dict[str, str]) -> None:
        parts = urlsplit(self.path)
        asked = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **form}
        reply = type(self).answering(method, parts.path, parts.query, asked, dict(self.headers.items()))
        fault = self.trouble.next() if reply.counts else None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._send(reply, fault)

    def _send(self, reply: Reply, fault: Kind | None) -> None:
        match fault:
            case "error":
                reply = Reply(500, b"internal error", "text/plain")
            case "busy":
                reply = Reply(429, b"", headers={"Retry-After": f"{self.trouble.seconds:.0f}"})
            case "slow":
                time.sleep(self.trouble.seconds)
            case "garbage":
                reply = Reply(200, reply.body[: len(reply.body) // 2], reply.kind)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if fault == "cut":
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if reply.status != 304:
            self.wfile.write(reply.body)
