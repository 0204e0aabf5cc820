"""The broker within the process: enough for a demonstration without faults."""

from __future__ import annotations

from tests.pull.conftest import Open
from tests.pull.desk import feed_of, rows_of, with_pull
from tests.pull.test_messages import FEED, PULL, checks
from yuheng.content import ContentStore
from yuheng.simulate.counterparts.brokers import Amqtt
from yuheng.simulate.counterparts.mqtt import MqttCounterpart


def test_messages_become_files(opened: Open, store: ContentStore) -> None:
    content = with_pull(store, *FEED, PULL)
    feed = feed_of(content, *FEED)
    counterpart = MqttCounterpart([("S-CHECK", feed, rows_of(feed, checks(1, 61)))], Amqtt())
    try:
        here = opened(*counterpart.start(), content=content)
        (report,) = here.pull("S-CHECK").feeds
        assert (report.error, len(report.files)) == ("", 1)
        assert here.pull("S-CHECK").feeds[0].files == []
    finally:
        counterpart.close()
    assert here.take().counts["whole"] == 60
