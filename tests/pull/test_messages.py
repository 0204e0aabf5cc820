"""Messages: safe before they are acknowledged, once each, on Mosquitto and on amqtt."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from tests.intake.world import Row, uscc
from tests.pull.conftest import Open
from tests.pull.desk import feed_of, rows_of, with_pull
from tests.pull.servers import Cutter
from yuheng.content import ContentStore
from yuheng.content.schema import Feed, MqttPull
from yuheng.intake.pull import try_source
from yuheng.simulate.counterparts.base import Access
from yuheng.simulate.counterparts.brokers import Mosquitto, broker
from yuheng.simulate.counterparts.mqtt import MqttCounterpart

pytestmark = pytest.mark.servers
FEED = ("S-CHECK", "check")
PULL = MqttPull(kind="mqtt", topic="check/+", idle_seconds=0.4, messages=500, envelope=["seq"])


@pytest.fixture(scope="module")
def content(store: ContentStore) -> ContentStore:
    """The checks come as messages."""
    return with_pull(store, *FEED, PULL)


@pytest.fixture
def feed(content: ContentStore) -> Feed:
    return feed_of(content, *FEED)


@pytest.fixture
def own() -> Mosquitto:
    """A broker that can be started."""
    found = broker()
    if not isinstance(found, Mosquitto):
        pytest.skip("Mosquitto is not installed")
    return found


def checks(low: int, high: int) -> list[Row]:
    return [
        {"CHECKNO": f"K{n}", "UNISCID": uscc(n), "KIND": "日常检查", "CHECKDATE": "2024-01-04",
         "UPDATETIME": "2024-01-05 00:00:00", "OPFLAG": "I", "DATAMARK": "模拟数据"}
        for n in range(low, high)
    ]  # fmt: skip


@pytest.fixture
def served(own: Mosquitto, feed: Feed) -> Iterator[tuple[MqttCounterpart, Access]]:
    """120 checks that wait in a broker."""
    counterpart = MqttCounterpart([("S-CHECK", feed, rows_of(feed, checks(1, 121)))], own)
    try:
        (access,) = counterpart.start()
        yield counterpart, Access(access.name, {**access.fields, "wait": 0.01, "timeout": 10}, access.secret)
    finally:
        counterpart.close()


Served = tuple[MqttCounterpart, Access]


def _more(counterpart: MqttCounterpart, access: Access, feed: Feed, rows: pa.Table) -> None:
    counterpart.publish(str(access.fields["url"]), feed, rows)


def test_messages_become_files_once(opened: Open, served: Served, feed: Feed, content: ContentStore) -> None:
    counterpart, access = served
    here = opened(access, content=content)
    (report,) = here.pull("S-CHECK").feeds
    assert (report.error, len(report.files)) == ("", 1)
    assert here.take().counts["whole"] == 120
    assert here.pull("S-CHECK").feeds[0].files == []
    _more(counterpart, access, feed, rows_of(feed, checks(121, 124)))
    here.pull("S-CHECK")
    assert here.take().counts["whole"] == 3
    assert not list(here.deployment.inbox.glob("*/*/.*.journal"))


def test_full_journals_are_files_of_their_own(opened: Open, served: Served, feed: Feed, store: ContentStore) -> None:
    _, access = served
    few = with_pull(store, *FEED, PULL.model_copy(update={"messages": 6}))
    here = opened(access, content=few)
    (report,) = here.pull("S-CHECK").feeds
    assert len(report.files) > 2
    assert report.files == sorted(report.files)
    assert here.take().counts["whole"] == 120


def test_what_is_no_object_and_what_is_new_there(
    opened: Open, served: Served, feed: Feed, content: ContentStore
) -> None:
    counterpart, access = served
    bodies = [
        b'{"CHECKNO": "K9", "UNI',
        b"\xff\xfe",
        b"",
        b"[1]",
        json.dumps({**checks(500, 501)[0], "seq": 1, "neu": 2}).encode(),
    ]
    asyncio.run(counterpart._publish(str(access.fields["url"]), "check/x", iter(bodies), 1))
    here = opened(access, content=content)
    (report,) = here.pull("S-CHECK").feeds
    assert any("neu" in f.text for f in report.findings)
    assert not any("seq" in f.text for f in report.findings)
    counts = here.take().counts
    assert (counts["whole"], counts["quarantined"]) == (121, 4)


def test_broken_messages_of_a_feed_in_csv(opened: Open, own: Mosquitto, store: ContentStore) -> None:
    changed = with_pull(store, *FEED, PULL)
    source = changed.sources["S-CHECK"]
    feeds = [
        f.model_copy(update={"format": f.format.model_copy(update={"kind": "csv"}), "pattern": "check_*.csv"})
        if f.id == "check" else f for f in source.feeds
    ]  # fmt: skip
    changed.sources["S-CHECK"] = source.model_copy(update={"feeds": feeds})
    feed = feed_of(changed, *FEED)
    counterpart = MqttCounterpart([("S-CHECK", feed, rows_of(feed, checks(1, 11)))], own)
    try:
        (access,) = counterpart.start()
        bodies = [b'{"CHECKNO": "K9", "UNI', b'a,"b', b'a,"b', b"\xff", b"x" * 30]
        asyncio.run(counterpart._publish(str(access.fields["url"]), "check/x", iter(bodies), 1))
        here = opened(access, content=changed)
        here.pull("S-CHECK")
        counts = here.take().counts
    finally:
        counterpart.close()
    assert (counts["whole"], counts["quarantined"]) == (10, 5)


def test_renamed_fields_stop_the_feed_and_lose_nothing(
    opened: Open, served: Served, feed: Feed, content: ContentStore
) -> None:
    counterpart, access = served
    here = opened(access, content=content)
    here.pull("S-CHECK")
    renamed = [{("NUMBER" if k == "CHECKNO" else k): v for k, v in row.items()} for row in checks(200, 205)]
    bodies = (json.dumps(row).encode() for row in renamed)
    asyncio.run(counterpart._publish(str(access.fields["url"]), "check/x", bodies, 1))
    (report,) = here.pull("S-CHECK").feeds
    assert "missing: CHECKNO" in report.error
    mended = with_pull(content, *FEED, PULL.model_copy(update={"rename": {"CHECKNO": "NUMBER"}}))
    there = opened(access, content=mended)
    (report,) = there.pull("S-CHECK").feeds
    assert (report.error, len(report.files)) == ("", 1)
    assert there.take().counts["whole"] == 125


def test_a_broken_connection_is_taken_up_again(opened: Open, served: Served, feed: Feed, content: ContentStore) -> None:
    _, access = served
    way = Cutter(int(str(access.fields["url"]).rpartition(":")[2]), after=3_000, times=3)
    try:
        fields = {**access.fields, "url": f"mqtt://127.0.0.1:{way.port}", "tries": 8, "timeout": 3}
        here = opened(Access(access.name, fields, access.secret), content=content)
        (report,) = here.pull("S-CHECK").feeds
        assert report.error == ""
        assert way.cuts
    finally:
        way.close()
    counts = here.take().counts
    assert counts["whole"] == 120, dict(counts)
    assert here.table("ent_inspection").num_rows == 120


def test_a_wrong_secret_and_a_broker_that_is_not_there(opened: Open, served: Served, content: ContentStore) -> None:
    _, access = served
    here = opened(Access(access.name, access.fields, "wrong"), content=content)
    (report,) = here.pull("S-CHECK").feeds
    assert "refuses" in report.error
    assert "secret" in report.todo
    tested = next(t for t in try_source(here.deployment, here.store, "S-CHECK") if t.feed == "check")
    assert not tested.sound
    gone = opened(Access(access.name, {**access.fields, "url": "mqtt://127.0.0.1:1", "tries": 2}, "x"), content=content)
    (report,) = gone.pull("S-CHECK").feeds
    assert "no connection" in report.error


_PULL = """
import sys
from pathlib import Path
from tests.pull.desk import desk, with_pull
from tests.pull.test_messages import FEED, PULL
from yuheng.content import ContentStore
from yuheng.intake.pull import mqtt

keep = mqtt._Journal.keep
def slowly(self, messages):
    keep(self, messages)
    print("kept", flush=True)
    import time
    time.sleep(30)
mqtt._Journal.keep = slowly
with desk(Path(sys.argv[1]), with_pull(ContentStore.load(), *FEED, PULL)) as one:
    one.pull("S-CHECK")
"""


def test_killed_between_the_journal_and_the_acknowledgement(
    opened: Open, served: Served, feed: Feed, content: ContentStore
) -> None:
    """kill -9 when the first messages are on the disk and none is acknowledged: all come again, none is lost."""
    _, access = served
    here = opened(access, content=content)
    process = subprocess.Popen(
        [sys.executable, "-c", _PULL, str(here.deployment.root)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"kept\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    (journal,) = here.deployment.inbox.glob("*/*/.*.journal")
    journal.write_bytes(journal.read_bytes() + b'{"CHECKNO": "K1')
    until = time.monotonic() + 130
    while time.monotonic() < until:  # the lease of the killed pull runs out
        there = opened(access, content=content)
        report = there.pull("S-CHECK").feeds[0]
        if "lease" not in report.error and "hold" not in report.error:
            break
        time.sleep(0.5)
    assert report.error == ""
    counts = there.take().counts
    assert counts["whole"] == 120
    assert counts["quarantined"] == 0
    assert there.table("ent_inspection").num_rows == 120
