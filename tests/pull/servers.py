"""Real servers for the tests of connectors, each on a free port of this machine: PostgreSQL, MariaDB, Mosquitto."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from tests.office.postgres import NoPostgres, _programs, _Runner

PASSWORD = "s3cret"


class NoServer(Exception):  # noqa: N818
    """The program is not installed; the text says which."""


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int, seconds: float = 30.0, alive: Callable[[], bool] = lambda: True) -> None:
    """Returns when something listens on the port."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and alive():
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.05)
    raise NoServer(f"nothing came up on port {port}")


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL that wants a password; the address of its administrator."""
    home = Path(tempfile.mkdtemp(prefix="yhpg"))
    port = free_port()
    try:
        for folder in _programs():
            run = _Runner(folder, home)
            secret = home / "secret"
            secret.write_text(PASSWORD)
            secret.chmod(0o644)
            try:
                login = ["--auth=scram-sha-256", f"--pwfile={secret}", "-U", "root"]
                run("initdb", *login, "--encoding=UTF8", "--no-sync", "-D", f"{home}/data")
                options = f"-c listen_addresses=127.0.0.1 -p {port} -c fsync=off -k {home}"
                run("pg_ctl", "-w", "-D", f"{home}/data", "-o", options, "-l", f"{home}/log", "start")
            except (NoPostgres, OSError):
                shutil.rmtree(home / "data", ignore_errors=True)
                continue
            try:
                yield f"postgresql://root:{PASSWORD}@127.0.0.1:{port}/postgres"
            finally:
                run("pg_ctl", "-w", "-D", f"{home}/data", "-m", "immediate", "stop")
            return
        raise NoServer("PostgreSQL: install the dev dependencies")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def mariadb() -> Iterator[str]:
    """A MariaDB; the address of its administrator, with an empty database `exchange`."""
    program = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    install = shutil.which("mariadb-install-db")
    if program is None or install is None:
        raise NoServer("MariaDB is not installed")
    home = Path(tempfile.mkdtemp(prefix="yhmy"))
    user = _user("mysql")
    try:
        os.chown(home, user.pw_uid, user.pw_gid)
        common = ["--no-defaults", f"--datadir={home}/data", f"--user={user.pw_name}"]
        made = [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(made, check=True, capture_output=True, timeout=120)
        port = free_port()
        running = subprocess.Popen(
            [program, *common, f"--socket={home}/s", f"--port={port}", "--bind-address=127.0.0.1",
             "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", f"--pid-file={home}/pid"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for(port, alive=lambda: running.poll() is None)
            url = f"mariadb://root@127.0.0.1:{port}/mysql"
            engine = sa.create_engine(url.replace("mariadb:", "mariadb+pymysql:"))
            with engine.begin() as con:
                con.execute(sa.text("create database exchange character set utf8mb4"))
                con.execute(sa.text(f"create user 'boss'@'%' identified by '{PASSWORD}'"))
                con.execute(sa.text("grant all on *.* to 'boss'@'%' with grant option"))
            engine.dispose()
            yield f"mariadb://boss:{PASSWORD}@127.0.0.1:{port}/exchange"
        finally:
            running.terminate()
            running.wait(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def mosquitto() -> Iterator[str]:
    """A Mosquitto that wants a password (user `reader` or `writer`); its address."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        raise NoServer("Mosquitto is not installed")
    home = Path(tempfile.mkdtemp(prefix="yhmq"))
    try:
        port = free_port()
        home.chmod(0o755)
        names = home / "users"
        for number, user in enumerate(("reader", "writer")):
            made = ["mosquitto_passwd", "-b", *(["-c"] if number == 0 else []), str(names), user, PASSWORD]
            subprocess.run(made, check=True, capture_output=True, timeout=30)
        names.chmod(0o644)
        config = home / "conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {names}\n"
            f"max_queued_messages 0\nuser {_user('mosquitto').pw_name}\n"
        )
        running = subprocess.Popen([program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port, alive=lambda: running.poll() is None)
            yield f"mqtt://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _user(name: str) -> pwd.struct_passwd:
    """The user a server runs as: its own when we are root, else ourselves."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam(name)
    except KeyError as error:
        raise NoServer(f"there is no user {name}") from error


class Cutter:
    """A way to a server that breaks off after so many bytes, a given number of times."""

    def __init__(self, port: int, *, after: int, times: int) -> None:
        self._target = port
        self._after = after
        self._left = times
        self.cuts = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Ends it."""
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                there = socket.create_connection(("127.0.0.1", self._target))
                cut = self._left > self.cuts
                ends = (client, there)
                threading.Thread(target=self._pass, args=(client, there, None, ends), daemon=True).start()
                limit = self._after if cut else None
                threading.Thread(target=self._pass, args=(there, client, limit, ends), daemon=True).start()

    def _pass(
        self, source: socket.socket, target: socket.socket, limit: int | None, ends: tuple[socket.socket, ...]
    ) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(4096):
                passed += len(data)
                if limit is not None and passed > limit:
                    self.cuts += 1
                    break
                target.sendall(data)
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
