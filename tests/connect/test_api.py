"""Interfaces pulled end to end: the same tables as by files, whatever the source does on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from tests.connect.site import Site
from yuheng.content import ContentStore
from yuheng.content.schema import ApiPull, Feed
from yuheng.simulate.counterparts.api import ApiCounterpart, Served
from yuheng.simulate.counterparts.faults import Kind
from yuheng.simulate.counterparts.world import World as Simulated

Interfaces = dict[str, ApiCounterpart]
REGISTER = "S-REG"


def start(site: Site, interfaces: Interfaces, *sources: str, **changes: object) -> None:
    for name in sources or tuple(interfaces):
        site.connect(interfaces[name].start(), **changes)


def same_tables(left: Site, right: Site, interfaces: Interfaces, *sources: str) -> None:
    for source in sources or tuple(interfaces):
        for feed in interfaces[source].feeds:
            assert left.rows(source, feed).equals(right.rows(source, feed)), (source, feed)


@pytest.mark.parametrize(
    "sources", [("S-COURT", "S-12315"), pytest.param((), marks=pytest.mark.slow)], ids=["two", "all"]
)
def test_pulled_tables_equal_those_of_the_files(
    sources: tuple[str, ...], make_site: Callable[..., Site], simulated: Simulated, interfaces: Interfaces
) -> None:
    pulled, filed = make_site("pulled"), make_site("filed")
    sources = sources or tuple(interfaces)
    start(pulled, interfaces, *sources, page_size=37)
    report = pulled.pull()
    assert not report.failed
    assert {p.source for p in report.feeds} == set(sources)
    given = sum(f.rows.num_rows for s in sources for f in interfaces[s].feeds.values())
    assert sum(p.rows for p in report.feeds) == given
    pulled.deliver(simulated, REGISTER)
    filed.deliver(simulated, REGISTER)
    for source in sources:  # a source may deliver other feeds over another transport
        for feed in interfaces[source].feeds:
            filed.deliver(simulated, f"{source}/{feed}")
    assert not pulled.take().refused
    filed.take()
    same_tables(pulled, filed, interfaces, *sources)
    assert pulled.rows("S-COURT", "cases").num_rows > 20


def test_a_second_pull_brings_nothing_new(site: Site, interfaces: Interfaces) -> None:
    start(site, interfaces, "S-12315", "S-IP", "S-CERT", page_size=50)
    first = site.pull()
    assert sum(len(p.files) for p in first.feeds) == sum(1 for p in first.feeds if p.rows) >= 3
    again = site.pull()
    assert [(p.files, p.rows, p.error) for p in again.feeds] == [([], 0, "")] * len(first.feeds)


def test_days_read_again_are_known_by_their_bytes(
    make_site: Callable[..., Site], store: ContentStore, interfaces: Interfaces
) -> None:
    site = make_site(content=changed(store, "S-PLAT", "shop", overlap_days=60))
    start(site, interfaces, "S-PLAT")
    first = site.one("S-PLAT", "shop")
    site.take()
    second = site.one("S-PLAT", "shop")
    assert 0 < second.rows < first.rows
    taken = site.take()
    assert taken.counts["duplicate"] == second.rows
    third = site.one("S-PLAT", "shop")
    assert third.files == second.files
    assert [x.status for x in site.take().landed if x.file in third.files] == ["repeated"]


def changed(store: ContentStore, source: str, feed: str, **mark: object) -> ContentStore:
    """The content with another mark of a feed's pull."""
    declared = store.sources[source]

    def renewed(one: Feed) -> Feed:
        if one.id != feed:
            return one
        assert isinstance(one.pull, ApiPull)
        assert one.pull.mark
        return one.model_copy(
            update={"pull": one.pull.model_copy(update={"mark": one.pull.mark.model_copy(update=mark)})}
        )

    feeds = [renewed(one) for one in declared.feeds]
    return replace(store, sources={**store.sources, source: declared.model_copy(update={"feeds": feeds})})


@pytest.mark.parametrize("kind", ["error", "busy", "cut", "garbage", "slow"])
def test_a_fault_in_the_middle_costs_nothing(kind: Kind, site: Site, interfaces: Interfaces) -> None:
    served = interfaces["S-12315"]
    served.faults.seconds = 0.6 if kind == "slow" else 0.0
    served.faults.at = {2: kind, 3: kind, 7: kind}
    start(site, interfaces, "S-12315", page_size=20, timeout=0.3)
    report = site.one("S-12315", "case")
    assert report.error == ""
    assert report.rows == served.feeds["case"].rows.num_rows


def test_a_source_that_stays_down_is_named_and_stops_nobody(site: Site, interfaces: Interfaces) -> None:
    start(site, interfaces, "S-12315", "S-COURT", page_size=20, tries=2)
    interfaces["S-12315"].faults.at = dict.fromkeys(range(3, 99), "error")
    report = site.pull()
    failed = next(p for p in report.feeds if p.error)
    assert (failed.source, failed.feed) == ("S-12315", "case")
    assert "status 500" in failed.error
    assert failed.todo
    assert any(p.rows for p in report.feeds if p.source == "S-COURT")
    assert site.world.office.watermarks.get("S-12315", "case") is None
    assert not site.files("S-12315")
    interfaces["S-12315"].faults.at = {}
    assert site.one("S-12315", "case").rows == interfaces["S-12315"].feeds["case"].rows.num_rows


@pytest.mark.parametrize("login", ["hmac", "key", "oauth2", "basic"])
def test_wrong_credentials_are_said_at_once(login: str, site: Site, interfaces: Interfaces) -> None:
    source = "S-COURT"
    interfaces[source].gate.auth = login
    start(site, interfaces, source)
    site.secrets[source] = "wrong"
    report = site.pull(source)
    assert all("status 401" in p.error and "secret" in p.todo for p in report.feeds)
    assert interfaces[source].faults.requests <= len(report.feeds)  # no second try
    assert not site.files(source)


def test_a_signature_with_sha256(site: Site, interfaces: Interfaces) -> None:
    interfaces["S-12315"].gate.auth, interfaces["S-12315"].gate.digest = "hmac", "sha256"
    start(site, interfaces, "S-12315", digest="sha256")
    assert site.one("S-12315", "case").error == ""


def test_a_token_that_ends_is_fetched_anew(site: Site, interfaces: Interfaces) -> None:
    gate = interfaces["S-12315"].gate
    gate.auth, gate.token_seconds = "oauth2", 40.0  # ours is renewed ten seconds after it was given
    start(site, interfaces, "S-12315", page_size=5)
    interfaces["S-12315"].faults.at = {2: "slow"}
    gate.tokens = Forgetful()
    assert site.one("S-12315", "case").error == ""
    assert len(gate.tokens) > 2


class Forgetful(dict[str, float]):
    """Tokens that are good for two requests, whatever was promised."""

    def __init__(self) -> None:
        super().__init__()
        self.used: Counter[str] = Counter()

    def get(self, token: str, default: float = 0.0) -> float:  # type: ignore[override]
        """When the token ends."""
        self.used[token] += 1
        return super().get(token, default) if self.used[token] <= 2 else 0.0


def test_a_new_column_is_told_and_its_rows_flow(site: Site, interfaces: Interfaces) -> None:
    interfaces["S-CERT"].faults.added = {"NEWCOL": "x"}
    start(site, interfaces, "S-CERT")
    report = site.one("S-CERT", "status")
    assert report.rows
    assert ["NEWCOL" in f.text for f in report.findings] == [True]
    assert not site.take().refused


def test_a_renamed_column_stops_the_feed_and_the_mark_stays(site: Site, interfaces: Interfaces) -> None:
    column = site.world.feed("S-CERT", "status").columns[1]
    interfaces["S-CERT"].faults.renamed = {column: "OTHER"}
    start(site, interfaces, "S-CERT")
    report = site.one("S-CERT", "status")
    assert column in report.error
    assert "OTHER" in report.error
    assert not site.files("S-CERT")
    assert site.world.office.watermarks.get("S-CERT", "status") is None
    interfaces["S-CERT"].faults.renamed = {}
    assert site.one("S-CERT", "status").rows


def test_a_retyped_column_is_told_and_goes_to_quarantine(site: Site, interfaces: Interfaces) -> None:
    interfaces["S-COURT"].faults.nested = frozenset({"FILE_DATE"})
    start(site, interfaces, "S-COURT")
    report = site.one("S-COURT", "exec")
    assert any("FILE_DATE" in f.text for f in report.findings)
    site.take()
    kept = [q for q in site.world.quarantine() if q["feed"] == "exec"]
    assert len(kept) == report.rows


def test_a_wrong_clock_is_told(site: Site, interfaces: Interfaces) -> None:
    for source, login in (("S-CERT", "key"), ("S-12315", "hmac")):
        interfaces[source].gate.auth, interfaces[source].faults.clock = login, -3600.0
    start(site, interfaces, "S-CERT", "S-12315")
    report = {p.source: p for p in site.pull().feeds if p.feed in ("status", "case")}
    assert [f.step for f in report["S-CERT"].findings] == ["clock"]
    assert report["S-CERT"].rows
    assert "clock" in report["S-12315"].todo  # a signature an hour old is no longer good


def test_stamps_in_the_future_do_not_move_the_mark(site: Site, interfaces: Interfaces) -> None:
    served = interfaces["S-PLAT"].feeds["shop"]
    stamps = served.rows.column("UPDATETIME").to_pylist()
    changed = ["2199-01-01 00:00:00", *stamps[1:]]
    at = served.rows.column_names.index("UPDATETIME")
    rows = served.rows.set_column(at, "UPDATETIME", pa.array(changed))
    interfaces["S-PLAT"].feeds["shop"] = Served.of(site.world.feed("S-PLAT", "shop"), rows)
    start(site, interfaces, "S-PLAT")
    report = site.one("S-PLAT", "shop")
    assert report.rows == len(changed)
    assert any(f.step == "clock" for f in report.findings)
    mark = site.world.office.watermarks.get("S-PLAT", "shop")
    assert mark is not None
    assert mark.value["at"] == max(stamps[1:])


def test_what_comes_twice_and_out_of_order_is_lost_nowhere(
    make_site: Callable[..., Site], simulated: Simulated, interfaces: Interfaces
) -> None:
    pulled, filed = make_site("pulled"), make_site("filed")
    served = interfaces["S-PLAT"].feeds["shop"]
    count = served.rows.num_rows
    order = np.random.default_rng(5).permutation(np.concatenate([np.arange(count), np.arange(0, count, 3)]))
    shuffled = Served(served.pull, served.rows.take(pa.array(order)), served.marks.take(pa.array(order)))
    interfaces["S-PLAT"].feeds["shop"] = shuffled
    start(pulled, interfaces, "S-PLAT", page_size=15)
    report = pulled.one("S-PLAT", "shop")
    assert report.rows == len(order)
    assert any("升序" in f.text for f in report.findings)
    pulled.deliver(simulated, REGISTER)
    filed.deliver(simulated, REGISTER, "S-PLAT")
    taken, other = pulled.take(), filed.take()
    assert taken.counts["duplicate"] >= other.counts["duplicate"] + len(range(0, count, 3))
    same_tables(pulled, filed, interfaces, "S-PLAT")


@pytest.mark.parametrize(("source", "feed"), [("S-PLAT", "shop"), ("S-12315", "case"), ("S-IP", "right")])
def test_what_is_added_later_is_pulled_from_the_mark_on(
    source: str, feed: str, make_site: Callable[..., Site], simulated: Simulated, interfaces: Interfaces
) -> None:
    pulled, filed = make_site("pulled"), make_site("filed")
    served = interfaces[source].feeds[feed]
    half = served.rows.num_rows // 2
    declared = pulled.world.feed(source, feed)
    columns = served.rows.select(declared.columns)
    interfaces[source].feeds[feed] = Served.of(declared, columns.slice(0, half))
    start(pulled, interfaces, source, page_size=30)
    assert pulled.one(source, feed).rows == half
    interfaces[source].feeds[feed] = Served.of(declared, columns)
    assert pulled.one(source, feed).rows == (columns.num_rows if source == "S-IP" else columns.num_rows - half)
    pulled.deliver(simulated, REGISTER)
    filed.deliver(simulated, REGISTER, source)
    pulled.take()
    filed.take()
    assert pulled.rows(source, feed).equals(filed.rows(source, feed))


def test_an_answer_too_large_is_refused(site: Site, interfaces: Interfaces) -> None:
    start(site, interfaces, "S-12315", max_mb=1)
    interfaces["S-12315"].faults.added = {"BIG": "x" * 50_000}
    report = site.one("S-12315", "case")
    assert "larger than 1 MiB" in report.error
    assert "page_size" in report.todo
