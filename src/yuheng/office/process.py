"""Which process holds something, and whether it is certainly gone."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its host (name, boot and process namespace), number and start time in ticks since boot."""

    host: str
    pid: int
    born: str

    @property
    def label(self) -> str:
        """For messages: `process 4711 on host`."""
        return f"process {self.pid} on {self.host.split('/')[0]}"


def this_process() -> Process:
    """The running process."""
    pid = os.getpid()
    return Process(_host(), pid, _stat(pid)[1])


def is_gone(process: Process) -> bool:
    """True only when it is certain: same host, and no process with that number and start time lives.

    On another host, after a reboot or from another container the answer is False: only time can tell there.
    """
    if os.name != "posix" or process.host != _host():
        return False
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's process: it lives
        pass
    state, born = _stat(process.pid)
    # A killed process stays as a zombie until its parent looks; its number may be given to a new process later.
    return state in ("Z", "X") or (born != "" and process.born != "" and born != process.born)


def _host() -> str:
    """Name alone does not tell hosts apart: containers may share it but not their process numbers."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{socket.gethostname()}/{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # no /proc here
        return socket.gethostname()


def _stat(pid: int) -> tuple[str, str]:
    """State letter and start time of a process, empty where /proc does not tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    fields = text.rpartition(")")[2].split()  # the command's name may hold blanks and brackets
    return fields[0], fields[19]
