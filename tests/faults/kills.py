"""Killing `yuheng run` at any moment and running it again: what must come out is what an undisturbed run leaves."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.faults.state import State, state_of
from tests.province import END, deploy

ROOT = Path(__file__).parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Moment:
    """When to kill: after `at` seconds of processor time, or at the `at`-th durable act that holds the text `of`."""

    kind: Literal["time", "act"]
    at: float
    of: str = ""

    def __str__(self) -> str:
        return f"{self.at:.2f} s" if self.kind == "time" else f"act {self.at:.0f}"


@dataclass(frozen=True)
class Ended:
    """A child that ended: its exit code (-9: killed), processor seconds, durable acts, output."""

    code: int
    seconds: float
    acts: Sequence[str]
    output: str

    @property
    def killed(self) -> bool:
        """True when SIGKILL ended it."""
        return self.code == -signal.SIGKILL

    @property
    def place(self) -> str:
        """Where it was: the stage, the act, the last thing it told."""
        told = [line.strip() for line in self.output.splitlines() if line.strip()]
        last = self.acts[-1].split("/")[-3:] if self.acts else ["start"]
        return f"{stages(self.acts)[-1] if self.acts else 'start'}: {'/'.join(last)} ({told[-1] if told else ''})"


STAGES = {
    "/landing/": "landing", "/identity/": "identity", "/standard/": "standard", "/intake/": "quarantine",
    "/derived/": "derived", "/rating/": "rating",
}  # fmt: skip
"""What a path holds → what work is going on there."""


def stages(acts: Sequence[str]) -> list[str]:
    """The stage of each act: that of its path, or of the last path before it."""
    found, now = [], "start"
    for act in acts:
        now = next((stage for part, stage in STAGES.items() if part in act), now)
        found.append(now)
    return found


class Nursery:
    """Starts commands from a warm interpreter, one at a time."""

    def __init__(self, process: subprocess.Popen[str], logs: Path) -> None:
        self._process = process
        self._logs = logs
        self._number = 0

    def run(self, args: Sequence[str], *, moment: Moment | None = None, full: tuple[str, int] | None = None) -> Ended:
        """Runs `yuheng ARGS`, killed at `moment` when it lives that long.

        `full` = (kind of write, n): the disk has no room for writes of that kind after the first `n` (see nursery).
        """
        self._number += 1
        log = self._logs / f"{self._number}.log"
        step = int(moment.at) if moment and moment.kind == "act" else None
        self._tell({"args": list(args), "log": str(log), "step": step, "of": moment.of if moment else "", "full": full})
        child = int(self._heard())
        spent = self._await_moment(child, moment.at) if moment and moment.kind == "time" else 0.0
        code = int(self._heard())
        return Ended(code, spent, _acts(log), log.read_text(encoding="utf-8", errors="replace"))

    def _await_moment(self, child: int, at: float) -> float:
        """Kills the child once it used `at` seconds of processor time; the time it used."""
        spent = 0.0
        while (now := _used(child)) is not None:
            spent = now
            if spent >= at:
                os.kill(child, signal.SIGKILL)
                break
            time.sleep(0.002)
        return spent

    def _tell(self, order: Mapping[str, object]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def _heard(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the nursery ended"
        return line


@contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    """A nursery whose children log into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "YUHENG_THREADS": "2"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.nursery"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT,
    ) as process:  # fmt: skip
        try:
            yield Nursery(process, folder)
        finally:
            assert process.stdin
            process.stdin.close()


@dataclass
class Undisturbed:
    """What a run nobody kills leaves, and what it costs."""

    state: State
    seconds: float
    acts: Sequence[str]


@dataclass
class Round:
    """One deployment, killed until it was allowed to end."""

    kills: list[Moment] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    """Where each kill fell."""
    problems: list[str] = field(default_factory=list)


def command(root: Path) -> list[str]:
    """The run under test."""
    return ["run", "--as-of", END.isoformat(), "--dir", str(root), "--json"]


def undisturbed(home: Nursery, inbox: Path, root: Path) -> Undisturbed:
    """The reference, run to its end."""
    deploy(root, inbox)
    done = home.run(command(root), moment=Moment("time", 1e9))
    assert done.code == 0, done.output
    return Undisturbed(state_of(root), done.seconds, done.acts)


def killed_round(
    home: Nursery, inbox: Path, root: Path, wanted: Undisturbed, *, rng: random.Random, kills: int, stride: float = 0.25
) -> Round:
    """At most `kills` kills of one deployment, then the run to its end, then the comparison.

    The first falls anywhere: at an act of a stage drawn among all stages, so that short stages have their share. The
    others follow at once, within `stride` of a whole run, by time and by act in turn: they fall into the recovery.
    """
    deploy(root, inbox)
    done = Round()
    while True:
        moment = _moment(rng, wanted, stride if done.kills else None) if len(done.kills) < kills else None
        ended = home.run(command(root), moment=moment)
        if not ended.killed:
            break
        assert moment is not None
        done.kills.append(moment)
        done.places.append(ended.place)
    if ended.code != 0:
        done.problems.append(f"after {_told(done.kills)} the run fails: {ended.output[-2000:]}")
    else:
        done.problems += [f"after {_told(done.kills)}: {p}" for p in wanted.state.differences(state_of(root))]
    return done


def spoil(inbox: Path) -> None:
    """Lines that are cut off, for the quarantine, and a file of another kind, for a refusal."""
    for path in sorted(inbox.rglob("*.csv"))[::5]:
        with path.open("ab") as file:
            file.write(b"cut,off\n")
    (inbox / "S-PUN" / "penalty" / "penalty_202604.csv").write_bytes(b"A,B\n1,2\n")


def cleared(root: Path) -> None:
    """Room for the next round."""
    shutil.rmtree(root, ignore_errors=True)


def _moment(rng: random.Random, wanted: Undisturbed, stride: float | None) -> Moment:
    if stride is None:
        places = stages(wanted.acts)
        stage = rng.choice(sorted(set(places)))
        return Moment("act", rng.choice([at for at, place in enumerate(places, 1) if place == stage]))
    if rng.random() < 0.5:
        return Moment("time", rng.uniform(0, stride * wanted.seconds))
    # most acts are those of the landing, and none of them takes long: few acts are as likely as many
    return Moment("act", round(math.exp(rng.uniform(0, math.log(max(2.0, stride * len(wanted.acts)))))))


def _acts(log: Path) -> list[str]:
    """The acts a child wrote down."""
    path = log.with_name(log.name + ".acts")
    text = path.read_bytes().partition(b"\0")[0].decode(errors="replace") if path.exists() else ""
    path.unlink(missing_ok=True)
    return text.splitlines()


def _told(kills: Sequence[Moment]) -> str:
    return f"kills at {', '.join(map(str, kills)) or 'no moment'}"


def _used(process: int) -> float | None:
    """Processor seconds a process used; None once it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (int(fields[11]) + int(fields[12])) / _TICKS
