"""Encrypted files of the landing zone: zstd, then SM4-GCM, one frame per MiB.

    header   magic "YHSEAL1\\n", 16 random bytes (salt)
    frame    u32 compressed bytes + tag, u32 plain bytes, SM4-GCM(compressed)     big-endian, one per MiB of plain
    data

The file key is HKDF-SM3(data key, salt), so no two files share one. A frame's nonce is its number and whether
it is the last, and its lengths are authenticated: a frame that is altered, moved, repeated or missing at the
end is an error (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár 2015).

Measured with CSV that zstd shrinks fivefold: a second of one core seals 240 MB and reads 460 MB of plain data. SM4 is
most of both (120 MB/s), so the level is the one that leaves little to encrypt at little cost.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import struct
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
from cryptography.exceptions import InvalidTag

from yuheng.crypto.keys import derive
from yuheng.crypto.sm4 import SM4_KEY_BYTES, TAG_BYTES, gcm_open, gcm_seal
from yuheng.errors import CryptoError

MAGIC = b"YHSEAL1\n"
SALT_BYTES = 16
CHUNK_BYTES = 1 << 20
LEVEL = 1
_THREADS = 2
_AHEAD = 6
"""Pieces in memory at a time while a file is sealed or read."""
_LENGTHS = struct.Struct(">II")
_MAX_STORED = 2 * CHUNK_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed: plain `size` and its `sha256` (hex), and the bytes `stored`."""

    size: int
    stored: int
    sha256: str


def encrypt_file(source: Path | BinaryIO, target: Path, key: bytes) -> Sealed:
    """Seal `source` into `target` under the data `key`. `target` appears whole or not at all, and is on the disk."""
    part = target.with_name(target.name + ".part")
    try:
        with _opened(source) as plain, part.open("wb") as out:
            sealed = _seal(plain, out, key)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return sealed


def decrypt_file(source: Path, target: Path, key: bytes) -> int:
    """Write the plain bytes of `source` to `target` (whole or not at all); returns how many there are."""
    part = target.with_name(target.name + ".part")
    size = 0
    try:
        with source.open("rb") as sealed, part.open("wb") as out:
            for piece in _pieces(sealed, source, key):
                size += out.write(piece)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return size


def open_encrypted(path: Path, key: bytes) -> io.BufferedReader:
    """The plain bytes of a sealed file as a readable stream.

    Every byte handed out has been authenticated. CryptoError, at opening or while reading: wrong key, truncated,
    altered.
    A reader that stops before the end of the stream has not seen whether the rest is whole.
    """
    return io.BufferedReader(_Plain(path, key), CHUNK_BYTES)


class _Plain(io.RawIOBase):
    def __init__(self, path: Path, key: bytes) -> None:
        self._file = path.open("rb")
        self._pieces = _pieces(self._file, path, key)
        self._rest = memoryview(b"")
        try:
            self._fill()
        except BaseException:
            self.close()
            raise

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._fill()
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        self._pieces.close()
        self._file.close()
        super().close()

    def _fill(self) -> None:
        self._rest = memoryview(next(self._pieces, b""))


def _opened(source: Path | BinaryIO) -> BinaryIO:
    # A stream is wrapped, so that leaving the `with` does not close what the caller opened.
    return source.open("rb") if isinstance(source, Path) else _Borrowed(source)  # type: ignore[return-value]


class _Borrowed:
    def __init__(self, stream: BinaryIO) -> None:
        self.read = stream.read

    def __enter__(self) -> _Borrowed:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def _seal(plain: BinaryIO, out: BinaryIO, key: bytes) -> Sealed:
    salt = secrets.token_bytes(SALT_BYTES)
    file_key = _file_key(key, salt)
    digest = hashlib.sha256()
    stored = out.write(MAGIC + salt)
    size = 0
    for number, (piece, packed, last) in enumerate(_packed(plain)):
        digest.update(piece)
        size += len(piece)
        lengths = _LENGTHS.pack(len(packed) + TAG_BYTES, len(piece))
        stored += out.write(lengths + gcm_seal(file_key, _nonce(number, last=last), packed, lengths))
    return Sealed(size=size, stored=stored, sha256=digest.hexdigest())


def _packed(plain: BinaryIO) -> Iterator[tuple[bytes, bytes, bool]]:
    """Pieces of the file, the same compressed, and whether it is the last one; an empty file is one empty piece.

    Compressing costs most, so a file of several pieces is compressed by other threads while this one encrypts.
    """
    first = plain.read(CHUNK_BYTES)
    piece = plain.read(CHUNK_BYTES) if first else b""
    if not piece:
        yield first, _compress(first), True
        return
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting = deque((one, pool.submit(_compress, one)) for one in (first, piece))
        while waiting:
            while piece and len(waiting) < _AHEAD:
                piece = plain.read(CHUNK_BYTES)
                if piece:
                    waiting.append((piece, pool.submit(_compress, piece)))
            first, packed = waiting.popleft()
            yield first, packed.result(), not waiting


def _compress(piece: bytes) -> bytes:
    return bytes(pa.Codec("zstd", compression_level=LEVEL).compress(piece, asbytes=True)) if piece else b""


def _pieces(sealed: BinaryIO, path: Path, key: bytes) -> Generator[bytes]:
    """Decrypted, decompressed pieces; raises CryptoError instead of ending early.

    A file of several pieces is decrypted by another thread while the caller works on what it has.
    """
    head = sealed.read(len(MAGIC) + SALT_BYTES)
    if not head.startswith(MAGIC) or len(head) < len(MAGIC) + SALT_BYTES:
        raise CryptoError(f"{path} is not a sealed file.", todo="It may be cut off, or was never encrypted.")
    file_key = _file_key(key, head[len(MAGIC) :])
    frames = _frames(sealed, path)
    first = next(frames)
    if first.last:
        yield from filter(None, [_plain(first, file_key, path)])
        return
    with ThreadPoolExecutor(1) as pool:
        waiting = deque([pool.submit(_plain, first, file_key, path)])
        while waiting:
            while len(waiting) < _AHEAD and (frame := next(frames, None)):
                waiting.append(pool.submit(_plain, frame, file_key, path))
            if piece := waiting.popleft().result():
                yield piece


@dataclass(frozen=True, slots=True)
class _Frame:
    """One frame as it is stored."""

    number: int
    sealed: bytes
    lengths: bytes
    size: int
    last: bool


def _frames(sealed: BinaryIO, path: Path) -> Iterator[_Frame]:
    """The frames of the file behind its header; at least one."""
    number, lengths = 0, sealed.read(_LENGTHS.size)
    if not lengths:
        raise _broken(path, 0)
    while lengths:
        stored, size = _frame(sealed, lengths, path, number)
        following = sealed.read(_LENGTHS.size)
        yield _Frame(number, stored, lengths, size, last=not following)
        lengths, number = following, number + 1


def _plain(frame: _Frame, file_key: bytes, path: Path) -> bytes:
    try:
        packed = gcm_open(file_key, _nonce(frame.number, last=frame.last), frame.sealed, frame.lengths)
    except InvalidTag:
        raise _broken(path, frame.number) from None
    return pa.Codec("zstd").decompress(packed, decompressed_size=frame.size, asbytes=True) if frame.size else b""


def _frame(sealed: BinaryIO, lengths: bytes, path: Path, number: int) -> tuple[bytes, int]:
    if len(lengths) < _LENGTHS.size:
        raise _broken(path, number)
    stored, size = _LENGTHS.unpack(lengths)
    # The lengths are authenticated only together with the frame, so a forged one must not make us reserve memory.
    if stored > _MAX_STORED or size > CHUNK_BYTES:
        raise _broken(path, number)
    return sealed.read(stored), size


def _broken(path: Path, number: int) -> CryptoError:
    return CryptoError(
        f"{path}: piece {number} does not decrypt: the key is not the file's, or the file was cut off or altered.",
        todo="Restore the file from the delivery.",
    )


def _file_key(key: bytes, salt: bytes) -> bytes:
    return derive(key, b"file", length=SM4_KEY_BYTES, salt=salt)


def _nonce(number: int, *, last: bool) -> bytes:
    return struct.pack(">QI", number, last)
