"""A pull killed in the middle and run again gives the tables of an undisturbed one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.connect.site import Site
from yuheng.content import ContentStore
from yuheng.settings import open_deployment
from yuheng.simulate.counterparts import serve
from yuheng.simulate.counterparts.api import ApiCounterpart
from yuheng.simulate.counterparts.base import Access

SOURCE = "S-COURT"
MAIN = [sys.executable, "-c", "from yuheng.cli import main; main()"]


def pull(root: Path) -> subprocess.Popen[bytes]:
    """`yuheng intake pull` in a process of its own; what it says goes to a file beside the deployment."""
    with root.with_suffix(".log").open("wb") as log:
        return subprocess.Popen([*MAIN, "intake", "pull", "--dir", str(root)], stdout=log, stderr=log)


def in_small_files(site: Site, *, overlap: bool) -> None:
    """The deployment's content makes delivery files of a few rows, so that there is a middle."""
    text = site.world.store.files.text("sources/s-court.yaml")
    if not overlap:
        text = text.replace(", overlap_days: 3", "")
    target = site.world.deployment.content / "sources" / "s-court.yaml"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text.replace("      rows: data.list\n", "      rows: data.list\n      file_rows: 8\n"), "utf-8")


def connected(site: Site, access: Access) -> None:
    root = site.world.deployment.root
    serve.install([Access(access.name, {**access.fields, "page_size": 4, "wait": 0.01}, access.secret)], root)
    site.world.deployment = open_deployment(root)
    site.world.store = ContentStore.load(site.world.deployment.content)
    (
        site.world.deployment.work / f"checked-{site.world.store.version}"
    ).touch()  # the shipped content, but for a number


@pytest.mark.faults
@pytest.mark.parametrize(("requests", "overlap"), [(5, False), (9, True)])
def test_killed_and_run_again(
    requests: int, overlap: bool, make_site: Callable[..., Site], interfaces: dict[str, ApiCounterpart]
) -> None:
    killed, whole = make_site("killed"), make_site("whole")
    served = interfaces[SOURCE]
    (access,) = served.start()
    for site in (killed, whole):
        in_small_files(site, overlap=overlap)
        connected(site, access)
    assert not whole.pull(SOURCE).failed
    served.faults.seconds, served.faults.always, served.faults.requests = 0.1, "slow", 0
    root = killed.world.deployment.root
    process = pull(root)
    try:
        until = time.monotonic() + 120
        while served.faults.requests < requests and time.monotonic() < until and process.poll() is None:
            time.sleep(0.01)
        assert served.faults.requests >= requests, root.with_suffix(".log").read_text()
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    before = {p.name: p.read_bytes() for p in killed.files(SOURCE)}
    names = {p.name for p in whole.files(SOURCE)}
    assert len(before) < len(names)
    assert all(n in names for n in before if not n.startswith("."))
    served.faults.always = None
    assert not killed.pull(SOURCE).failed
    after = {p.name: p.read_bytes() for p in killed.files(SOURCE)}
    assert overlap or after == {p.name: p.read_bytes() for p in whole.files(SOURCE)}
    for site in (killed, whole):
        site.take()
    for feed in served.feeds:
        assert killed.rows(SOURCE, feed).equals(whole.rows(SOURCE, feed))
