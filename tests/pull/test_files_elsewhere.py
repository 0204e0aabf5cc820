"""Files of SFTP servers and of shared folders: fetched once, gone on with where they broke off, never half."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.intake.world import csv_body, gz
from tests.pull.conftest import Open
from tests.pull.desk import feed_of, penalties, with_pull
from tests.pull.servers import Cutter
from yuheng.content import ContentStore
from yuheng.content.schema import Feed, FolderPull, SftpPull
from yuheng.intake.pull import try_source
from yuheng.simulate.counterparts.base import Access
from yuheng.simulate.counterparts.folder import FolderCounterpart
from yuheng.simulate.counterparts.sftp import SftpCounterpart, Shown

FEED = ("S-PUN", "penalty")


@pytest.fixture(scope="module")
def far(store: ContentStore) -> ContentStore:
    """The penalties lie on an SFTP server."""
    return with_pull(store, *FEED, SftpPull(kind="sftp", folder="/out/penalty"))


@pytest.fixture
def feed(store: ContentStore) -> Feed:
    return feed_of(store, *FEED)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder behind the server."""
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


@pytest.fixture
def access(place: Path) -> Iterator[Access]:
    """An SFTP server that shows the folder."""
    server = SftpCounterpart("S-PUN", {"penalty": Shown("/out/penalty", str(place))})
    try:
        (found,) = server.start()
        yield Access(found.name, {**found.fields, "wait": 0.01, "tries": 3}, found.secret)
    finally:
        server.close()


def _put(place: Path, name: str, body: bytes, changed: int = 1_700_000_000) -> Path:
    path = place / name
    path.write_bytes(body)
    os.utime(path, (changed, changed))
    return path


def test_files_come_over_once(opened: Open, access: Access, place: Path, feed: Feed, far: ContentStore) -> None:
    _put(place, "penalty_1.csv", csv_body(feed, penalties(1, 11)))
    _put(place, "penalty_2.csv.gz", gz(csv_body(feed, penalties(11, 16))))
    _put(place, "penalty_3.csv.part", b"half")
    _put(place, "readme.txt", b"?")
    (place / "old").mkdir()
    here = opened(access, content=far)
    (report,) = here.pull("S-PUN").feeds
    assert (report.error, report.files) == ("", ["penalty_1.csv", "penalty_2.csv.gz"])
    assert here.take().counts["whole"] == 15
    assert here.pull("S-PUN").feeds[0].files == []
    _put(place, "penalty_0.csv", csv_body(feed, penalties(20, 22)))
    assert here.pull("S-PUN").feeds[0].files == ["penalty_0.csv"]
    assert here.take().counts["whole"] == 2


def test_a_changed_file_does_not_replace_the_one_that_waits(
    opened: Open, access: Access, place: Path, feed: Feed, far: ContentStore
) -> None:
    here = opened(access, content=far)
    _put(place, "penalty_1.csv", csv_body(feed, penalties(1, 4)))
    here.pull("S-PUN")
    _put(place, "penalty_1.csv", csv_body(feed, penalties(3, 8)), changed=1_700_000_600)
    here.pull("S-PUN")
    assert [p.name for p in here.inbox(*FEED)] == ["penalty_1.1700000600.csv", "penalty_1.csv"]
    counts = here.take().counts
    assert (counts["whole"], counts["duplicate"]) == (7, 1)


def test_a_fetch_goes_on_where_it_broke_off(
    opened: Open, access: Access, place: Path, feed: Feed, far: ContentStore
) -> None:
    """In one pull, and from one pull to the next."""
    body = csv_body(feed, penalties(1, 30_000))
    _put(place, "penalty_1.csv", body)
    way = Cutter(int(str(access.fields["url"]).rpartition(":")[2]), after=1_500_000, times=2)
    url = f"sftp://127.0.0.1:{way.port}"
    try:
        once = opened(Access(access.name, {**access.fields, "url": url, "tries": 1}, access.secret), content=far)
        (report,) = once.pull("S-PUN").feeds
        assert "broke off" in report.error
        assert not once.inbox(*FEED)
        (begun,) = once.deployment.inbox.glob("*/*/.*.fetch")
        first = begun.stat().st_size
        assert 0 < first < len(body)
        assert body.startswith(begun.read_bytes())
        here = opened(Access(access.name, {**access.fields, "url": url, "tries": 4}, access.secret), content=far)
        (report,) = here.pull("S-PUN").feeds
        assert (report.error, way.cuts) == ("", 2)
    finally:
        way.close()
    (path,) = here.inbox(*FEED)
    assert path.read_bytes() == body
    assert not list(here.deployment.inbox.glob("*/*/.*.fetch"))


def test_the_beginning_of_a_file_that_was_changed_meanwhile_goes(
    opened: Open, access: Access, place: Path, feed: Feed, far: ContentStore
) -> None:
    here = opened(access, content=far)
    folder = here.deployment.inbox / "S-PUN" / "penalty"
    folder.mkdir(parents=True)
    (folder / ".penalty_1.csv.99.5.fetch").write_bytes(b"the beginning of another version")
    body = csv_body(feed, penalties(1, 4))
    _put(place, "penalty_1.csv", body)
    here.pull("S-PUN")
    assert [p.name for p in folder.iterdir()] == ["penalty_1.csv"]
    assert (folder / "penalty_1.csv").read_bytes() == body


@pytest.mark.parametrize("fault", ["secret", "key", "unknown_key", "folder", "port"])
def test_a_server_that_does_not_let_us_in(
    opened: Open, access: Access, far: ContentStore, store: ContentStore, tmp_path: Path, fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    import asyncssh

    monkeypatch.setenv("HOME", str(tmp_path))
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode().strip()
    fields = {**access.fields}
    content = far
    match fault:
        case "key":
            fields["host_key"] = other
        case "unknown_key":
            fields["host_key"] = ""
        case "folder":
            content = with_pull(store, *FEED, SftpPull(kind="sftp", folder="/nowhere"))
        case "port":
            fields |= {"url": "sftp://127.0.0.1:1", "tries": 1}
    here = opened(Access(access.name, fields, "wrong" if fault == "secret" else access.secret), content=content)
    (report,) = here.pull("S-PUN").feeds
    says = {
        "secret": "refuses the login",
        "key": "key is not known",
        "unknown_key": "key is not known",
        "folder": "there is no /nowhere",
        "port": "broke off",
    }
    assert says[fault] in report.error
    assert report.todo
    tested = next(t for t in try_source(here.deployment, here.store, "S-PUN") if t.feed == "penalty")
    assert not tested.sound


def test_a_sound_server_is_told(opened: Open, access: Access, place: Path, feed: Feed, far: ContentStore) -> None:
    _put(place, "penalty_1.csv", csv_body(feed, penalties(1, 4)))
    here = opened(access, content=far)
    tested = next(t for t in try_source(here.deployment, here.store, "S-PUN") if t.feed == "penalty")
    assert tested.sound, tested.findings
    assert not here.inbox(*FEED)


def test_nothing_can_be_changed_on_the_server(access: Access, place: Path) -> None:
    """The counterpart shows its folder alone, for reading."""
    import asyncio

    import asyncssh

    _put(place, "penalty_1.csv", b"x")
    port = int(str(access.fields["url"]).rpartition(":")[2])

    async def attack() -> list[str]:
        opening = asyncssh.connect(
            "127.0.0.1", port, username=str(access.fields["user"]), password=access.secret, known_hosts=None
        )
        async with await opening as connection, connection.start_sftp_client() as client:
            said = []
            for act in (
                client.remove("/out/penalty/penalty_1.csv"),
                client.get("/out/penalty/../../../etc/passwd", str(place / "stolen")),
                client.open("/out/penalty/new.csv", "w"),
            ):
                try:
                    await act
                except asyncssh.SFTPError as error:
                    said.append(type(error).__name__)
            return said

    assert len(asyncio.run(attack())) == 3
    assert [p.name for p in place.iterdir()] == ["penalty_1.csv"]


# ── folders of this machine ─────────────────────────────────────────────────────────────────────────────────────────


def test_files_of_a_shared_folder(opened: Open, place: Path, feed: Feed, store: ContentStore) -> None:
    content = with_pull(store, *FEED, FolderPull(kind="folder", folder="penalty", pattern="*.CSV*"))
    _put(place, "2024-01.CSV", csv_body(feed, penalties(1, 6)))
    _put(place, "2024-02.CSV.gz", gzip.compress(csv_body(feed, penalties(6, 8)), mtime=0))
    share = FolderCounterpart("S-PUN", {"penalty": ("penalty", place)})
    here = opened(*share.start(), content=content)
    (report,) = here.pull("S-PUN").feeds
    assert report.files == ["penalty_2024-01.csv", "penalty_2024-02.csv.gz"]
    assert here.take().counts["whole"] == 7
    assert here.pull("S-PUN").feeds[0].files == []
    assert (place / "2024-01.CSV").exists(), "the originals stay"
    tested = next(t for t in try_source(here.deployment, here.store, "S-PUN") if t.feed == "penalty")
    assert tested.sound
    share.close()
    assert place.exists()
    (report,) = here.pull("S-PUN").feeds
    assert "the folder cannot be read" in report.error


def test_a_file_being_written_is_left_for_later(opened: Open, place: Path, feed: Feed, store: ContentStore,
                                                monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    content = with_pull(store, *FEED, FolderPull(kind="folder", folder=""))
    path = _put(place, "penalty_1.csv", csv_body(feed, penalties(1, 6)))
    here = opened(Access("S-PUN.penalty", {"url": place.as_uri()}), content=content)
    copy = shutil.copyfile

    def meanwhile(source: Path, target: Path) -> Path:
        done = copy(source, target)
        with path.open("ab") as file:
            file.write(b"more")
        return done

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", meanwhile)
        (report,) = here.pull("S-PUN").feeds
    assert "is being changed" in report.error
    assert not here.inbox(*FEED)
    _put(place, "penalty_1.csv", csv_body(feed, penalties(1, 6)), changed=1_700_000_900)
    here.pull("S-PUN")
    assert here.take().counts["whole"] == 5
