"""Leases: one holder at a time, a killed one is followed at once, a lost one is told."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from yuheng.errors import LeaseLost, OfficeError
from yuheng.office import Office, open_office
from yuheng.office.database import Database
from yuheng.office.leases import Lease
from yuheng.office.process import Process, is_gone, this_process

from .conftest import KEY, Attack, workers

spawn = multiprocessing.get_context("spawn")


def test_held_freed_and_held_again_with_a_growing_fence(office: Office) -> None:
    fences = []
    for _ in range(3):
        with office.leases.hold("lake") as lease:
            lease.check()
            fences.append(lease.fence)
    assert fences == [1, 2, 3]


def test_a_living_holder_is_respected_and_named(office: Office) -> None:
    with office.leases.hold("lake"), office.leases.hold("other"):
        started = time.monotonic()
        with (
            pytest.raises(LeaseLost, match=f"'lake' is held by process {os.getpid()} on "),
            office.leases.hold("lake", wait=0.3),
        ):
            pass
        assert time.monotonic() - started >= 0.3


def test_waiting_until_it_is_free(office: Office) -> None:
    order = []

    def first() -> None:
        with office.leases.hold("lake"):
            held.set()
            time.sleep(0.4)
            order.append("first")

    held = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    held.wait(10)
    with office.leases.hold("lake", wait=20):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_an_exception_frees_it(office: Office) -> None:
    with pytest.raises(ZeroDivisionError), office.leases.hold("lake"):
        _ = 1 / 0
    with office.leases.hold("lake"):
        pass


def test_an_expired_lease_is_taken_and_the_former_holder_told(office: Office) -> None:
    with office.leases.hold("lake", seconds=0.2, heartbeat=False) as old:
        time.sleep(0.3)
        with office.leases.hold("lake") as new:
            assert new.fence == old.fence + 1
            with pytest.raises(LeaseLost, match="taken by another"):
                old.check()
            new.check()
        with pytest.raises(LeaseLost):
            old.check()  # still lost, though it is free again


def test_leaving_late_does_not_free_the_next_holders_lease(office: Office) -> None:
    late = office.leases.hold("lake", seconds=0.1, heartbeat=False)
    late.__enter__()
    time.sleep(0.2)
    with office.leases.hold("lake"):
        late.__exit__(None, None, None)
        with pytest.raises(LeaseLost), office.leases.hold("lake"):
            pass


def test_check_renews_when_half_is_spent(office: Office) -> None:
    with office.leases.hold("lake", seconds=2, heartbeat=False) as lease:
        for _ in range(6):
            time.sleep(0.4)
            lease.check()
        with pytest.raises(LeaseLost), office.leases.hold("lake"):
            pass


def test_check_costs_no_query_before(office: Office, url: str) -> None:
    with office.leases.hold("lake", heartbeat=False) as lease:
        started = time.perf_counter()
        for _ in range(10_000):
            lease.check()
        assert time.perf_counter() - started < 1


def test_the_heartbeat_keeps_it_while_the_worker_is_busy(office: Office) -> None:
    with office.leases.hold("lake", seconds=1.5):
        time.sleep(2)
        with pytest.raises(LeaseLost), office.leases.hold("lake"):
            pass


def test_the_heartbeat_tells_of_a_loss(office: Office, attack: Attack) -> None:
    with office.leases.hold("lake", seconds=0.6) as lease:
        attack("UPDATE leases SET holder = 'somebody else'")
        time.sleep(0.5)
        with pytest.raises(LeaseLost):
            lease.check()


@pytest.mark.parametrize(("name", "seconds"), [("", 1), ("x", 0)])
def test_what_is_no_lease(office: Office, name: str, seconds: float) -> None:
    with pytest.raises(OfficeError), office.leases.hold(name, seconds=seconds):
        pass


def _hold(url: str, held: Event) -> None:
    with open_office(url, audit_key=KEY) as opened, opened.leases.hold("lake", seconds=3600):
        held.set()
        time.sleep(600)


@pytest.mark.faults
def test_a_killed_holder_is_followed_at_once(url: str, office: Office) -> None:
    held = spawn.Event()
    process = spawn.Process(target=_hold, args=(url, held))
    process.start()
    assert held.wait(60)
    with pytest.raises(LeaseLost, match=f"process {process.pid} "), office.leases.hold("lake"):
        pass
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    # The dead process is not waited for: it stays as a zombie, and the lease has an hour to run.
    with office.leases.hold("lake", wait=5) as lease:
        assert lease.fence == 2
    process.join(10)


@pytest.mark.faults
def test_a_stopped_holder_loses_it_after_its_time(url: str, office: Office) -> None:
    held, go, lost = workers().Event(), workers().Event(), workers().Event()
    process = workers().Process(target=_check, args=(url, held, go, lost))
    process.start()
    assert held.wait(60)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(1.2)
    with office.leases.hold("lake", wait=5):
        os.kill(process.pid, signal.SIGCONT)
        go.set()
        assert lost.wait(30)
    process.join(30)
    assert process.exitcode == 0


def _check(url: str, held: Event, go: Event, lost: Event) -> None:
    with open_office(url, audit_key=KEY) as opened, opened.leases.hold("lake", seconds=1) as lease:
        held.set()
        go.wait(60)
        time.sleep(0.6)
        try:
            lease.check()
        except LeaseLost:
            lost.set()


def _fight(url: str, counter: str, times: int) -> None:
    path = Path(counter)
    with open_office(url, audit_key=KEY) as opened:
        for _ in range(times):
            with opened.leases.hold("lake", wait=60) as lease:
                lease.check()
                value = int(path.read_text())
                time.sleep(0.002)
                path.write_text(str(value + 1))


def test_two_processes_fight_and_none_is_lost(url: str, office: Office, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    processes = [workers().Process(target=_fight, args=(url, str(counter), 15)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    assert counter.read_text() == "30"
    with office.leases.hold("lake") as lease:
        assert lease.fence == 31


def test_of_many_takers_one_wins(url: str, office: Office) -> None:
    database = Database(url)
    takers = [Lease(database, "lake", seconds=60) for _ in range(6)]
    won: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: won.append(one.fence) if not one.take() else None) for one in takers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    assert won == [1]


def test_who_is_gone() -> None:
    me = this_process()
    assert not is_gone(me)
    assert is_gone(Process(me.host, me.pid, "1")), "another process had this number"
    assert not is_gone(Process("elsewhere", 2**22 - 1, "1")), "nothing is known about another host"
    assert is_gone(Process(me.host, 2**22 - 1, "1"))
    assert not is_gone(Process(me.host, 1, ""))
