"""Message brokers for the counterparts: Mosquitto where it is installed, else amqtt within this process."""

from __future__ import annotations

import asyncio
import logging
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from yuheng.errors import UsageError

_HOST = "127.0.0.1"
_SECONDS = 15.0
_PROGRAMS = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


class Broker(Protocol):
    """A broker that lets in one account."""

    def start(self, user: str, secret: str) -> str:
        """Begins to serve; the address."""
        ...

    def close(self) -> None:
        """Ends serving."""
        ...


def broker() -> Broker | None:
    """The best broker there is; None where neither is installed."""
    if shutil.which("mosquitto", path=_PROGRAMS) and shutil.which("mosquitto_passwd", path=_PROGRAMS):
        return Mosquitto()
    with suppress(ImportError):
        import amqtt.broker  # noqa: F401

        return Amqtt()
    return None


class Mosquitto:
    """A Mosquitto of its own, on a free port."""

    def __init__(self) -> None:
        self._home: Path | None = None
        self._running: subprocess.Popen[bytes] | None = None

    def start(self, user: str, secret: str) -> str:
        """Begins to serve; the address."""
        program, maker = (shutil.which(name, path=_PROGRAMS) for name in ("mosquitto", "mosquitto_passwd"))
        assert program is not None
        assert maker is not None
        self._home = Path(tempfile.mkdtemp(prefix="yuheng-mqtt-"))
        self._home.chmod(0o755)
        accounts, port = self._home / "accounts", free_port()
        made = [maker, "-b", "-c", str(accounts), user, secret]
        subprocess.run(made, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603  our own arguments
        accounts.chmod(0o644)
        config = self._home / "mosquitto.conf"
        config.write_text(
            f"listener {port} {_HOST}\nallow_anonymous false\npassword_file {accounts}\nmax_queued_messages 0\n"
            f"user {_runs_as()}\n"
        )
        quiet = subprocess.DEVNULL
        self._running = subprocess.Popen([program, "-c", str(config)], stdout=quiet, stderr=quiet)  # noqa: S603
        wait_for(port, self._running)
        return f"mqtt://{_HOST}:{port}"

    def close(self) -> None:
        """Ends serving; messages that wait are gone."""
        if self._running is not None:
            self._running.terminate()
            self._running.wait(_SECONDS)
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)


class Amqtt:
    """amqtt on a thread of its own."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, user: str, secret: str) -> str:
        """Begins to serve; the address."""
        from amqtt.broker import Broker as Server

        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.CRITICAL)
        port = free_port()
        gate = "yuheng.simulate.counterparts.amqttgate.Gate"
        config = {
            "listeners": {"default": {"type": "tcp", "bind": f"{_HOST}:{port}"}},
            "plugins": {gate: {"user": user, "secret": secret}},
        }

        async def begin() -> None:
            self._server = Server(config)
            await self._server.start()

        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        # It leaves messages that nobody acknowledged in time as failed tasks; they are in the session all the same.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(begin(), self._loop).result(_SECONDS)
        return f"mqtt://{_HOST}:{port}"

    def close(self) -> None:
        """Ends serving; messages that wait are gone."""
        if self._loop is None:
            return
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._server.shutdown(), self._loop).result(_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as one:
        one.bind((_HOST, 0))
        return int(one.getsockname()[1])


def wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    """Returns when the program listens. Raises UsageError when it does not."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and running.poll() is None:
        with suppress(OSError), socket.create_connection((_HOST, port), 0.5):
            return
        time.sleep(0.05)
    raise UsageError("the broker did not start.", todo="Give the address of one that runs: --broker mqtt://…")


def _runs_as() -> str:
    """A Mosquitto started by root runs as its own user."""
    if os.geteuid() == 0:
        with suppress(KeyError):
            return pwd.getpwnam("mosquitto").pw_name
    return pwd.getpwuid(os.geteuid()).pw_name
