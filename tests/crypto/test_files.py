from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from yuheng.crypto import decrypt_file, encrypt_file, new_key, open_encrypted
from yuheng.crypto import files as files_module
from yuheng.errors import CryptoError

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "CHUNK_BYTES", 100)


def plain_text(size: int) -> bytes:
    return b"".join(b"%d,firm %d\n" % (n, n * n) for n in range(size))[:size]


def seal(tmp_path: Path, plain: bytes, name: str = "a.csv") -> Path:
    (tmp_path / name).write_bytes(plain)
    encrypt_file(tmp_path / name, tmp_path / (name + ".sealed"), KEY)
    return tmp_path / (name + ".sealed")


def read(path: Path, key: bytes = KEY) -> bytes:
    with open_encrypted(path, key) as stream:
        return stream.read()


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 200, 555])
def test_round_trip(tmp_path: Path, size: int) -> None:
    plain = plain_text(size)
    (tmp_path / "a").write_bytes(plain)
    told = encrypt_file(tmp_path / "a", tmp_path / "b", KEY)
    assert (told.size, told.sha256) == (size, hashlib.sha256(plain).hexdigest())
    assert told.stored == (tmp_path / "b").stat().st_size
    assert read(tmp_path / "b") == plain
    assert decrypt_file(tmp_path / "b", tmp_path / "c", KEY) == size
    assert (tmp_path / "c").read_bytes() == plain
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b", "c"]


def test_a_stream_is_sealed_and_left_open(tmp_path: Path) -> None:
    stream = io.BytesIO(b"line 1\nline 2\n")
    encrypt_file(stream, tmp_path / "b", KEY)
    assert not stream.closed
    with open_encrypted(tmp_path / "b", KEY) as plain:
        assert plain.readline() == b"line 1\n"
        assert io.TextIOWrapper(plain, encoding="ascii").read() == "line 2\n"


def test_the_plain_text_is_not_in_the_file_and_files_differ(tmp_path: Path) -> None:
    one, two = seal(tmp_path, plain_text(300), "a"), seal(tmp_path, plain_text(300), "b")
    assert b"firm" not in one.read_bytes()
    assert one.read_bytes()[40:] != two.read_bytes()[40:]


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    path = seal(tmp_path, plain_text(250))
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with pytest.raises(CryptoError):
            read(path)


def test_every_truncation_is_found(tmp_path: Path) -> None:
    path = seal(tmp_path, plain_text(250))
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(CryptoError):
            read(path)


def test_reordered_repeated_and_foreign_frames_are_found(tmp_path: Path) -> None:
    path, other = seal(tmp_path, plain_text(400), "a"), seal(tmp_path, plain_text(400), "b")
    whole = path.read_bytes()
    head, frames = split(whole)
    foreign = split(other.read_bytes())[1]
    for changed in (
        [frames[1], frames[0], *frames[2:]],
        [frames[0], *frames],
        [*frames, frames[-1]],
        frames[1:],
        [foreign[0], *frames[1:]],
    ):
        path.write_bytes(head + b"".join(changed))
        with pytest.raises(CryptoError):
            read(path)


def split(whole: bytes) -> tuple[bytes, list[bytes]]:
    head, at, frames = whole[:24], 24, []
    while at < len(whole):
        size = 8 + int.from_bytes(whole[at : at + 4], "big")
        frames.append(whole[at : at + size])
        at += size
    return head, frames


def test_wrong_key_and_plain_file_leave_nothing_behind(tmp_path: Path) -> None:
    path = seal(tmp_path, plain_text(250))
    with pytest.raises(CryptoError, match="piece 0"):
        decrypt_file(path, tmp_path / "out", new_key())
    (tmp_path / "plain").write_bytes(b"PRIPID,ENTNAME\n" * 9)
    with pytest.raises(CryptoError, match="not a sealed file"):
        open_encrypted(tmp_path / "plain", KEY)
    assert not list(tmp_path.glob("out*"))


def test_a_failing_source_leaves_no_target(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        encrypt_file(tmp_path / "absent", tmp_path / "b", KEY)
    assert list(tmp_path.iterdir()) == []
