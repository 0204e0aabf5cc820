"""Zip archives: the files of one delivery packed together, read one after another as if they were one file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from yuheng.errors import IntakeError
from yuheng.intake.bombs import Guard, check_ratio
from yuheng.intake.records import ROW, Broken, Piece
from yuheng.intake.spool import spooled

ENDING = ".zip"
_MEMBERS = 10_000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PACKED = (".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz")
_ENCRYPTED = 1
Reader = Callable[[BinaryIO, str, Guard], Iterator[Piece]]
"""(bytes of a member, its name, what watches it) → its records."""


def read(stream: BinaryIO, file: str, suffixes: tuple[str, ...], reader: Reader) -> Iterator[Piece]:
    """The records of all members in the order of their names, numbered on from one to the next.

    Raises IntakeError, before any record is handed on, for a bomb, a member that is no file of the feed
    (`suffixes`), an archive in the archive, a name that leads out of it, a password, or an archive that is broken.
    """
    with spooled(stream) as (body, size):
        try:
            with zipfile.ZipFile(body) as archive:
                yield from _records(archive, _members(archive, size, file, suffixes), file, reader)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise IntakeError(f"the archive is broken ({error}).", path=file, todo="Ask for it again.") from error


def _records(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], file: str, reader: Reader) -> Iterator[Piece]:
    done = 0
    for info in members:
        last = done
        with archive.open(info) as stream:
            for piece in reader(stream, f"{file}/{info.filename}", Guard(file, info.compress_size)):  # type: ignore[arg-type]
                last += piece.records
                yield _moved(piece, done)
        done = last


def _members(archive: zipfile.ZipFile, size: int, file: str, suffixes: tuple[str, ...]) -> list[zipfile.ZipInfo]:
    """The files in the archive. Everything about it is judged before the first is opened."""
    infos = [i for i in archive.infolist() if not i.is_dir() and not _is_litter(i.filename)]
    if not infos:
        raise IntakeError("the archive is empty.", path=file, todo="Ask for the delivery again.")
    if len(infos) > _MEMBERS:
        raise IntakeError(f"the archive holds {len(infos):,} files.", path=file, todo="Ask for fewer, larger ones.")
    for info in infos:
        if problem := _problem(info, suffixes):
            what = f"the archive's {info.filename!r} {problem}."
            raise IntakeError(what, path=file, todo="Ask for an archive with nothing but files of this feed.")
    if sum(info.compress_size for info in infos) > size:
        raise IntakeError("a compression bomb: members overlap.", path=file, todo="Do not take it.")
    check_ratio(file, size, sum(info.file_size for info in infos))
    return sorted(infos, key=lambda info: info.filename)


def _problem(info: zipfile.ZipInfo, suffixes: tuple[str, ...]) -> str:
    """Why a member is not taken; '' when it is."""
    name = info.filename
    if name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts:
        return "has a name that leads out of the archive"
    if name.lower().endswith(_PACKED):
        return "is packed itself"
    if not name.lower().endswith(suffixes):
        return f"is no {' or '.join(suffixes)} file"
    if info.flag_bits & _ENCRYPTED:
        return "has a password"
    if info.compress_type not in _METHODS:
        return "is packed by a method that is not read"
    return ""


def _is_litter(name: str) -> bool:
    """What file managers add by themselves."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _moved(piece: Piece, done: int) -> Piece:
    """The piece with its records numbered on from `done`."""
    if not done:
        return piece
    table, place = piece.table, piece.table.column_names.index(ROW)
    numbers = pc.add(table[ROW], pa.scalar(done, pa.int64()))
    broken = Broken([row + done for row in piece.broken.rows], piece.broken.reasons, piece.broken.texts)
    return Piece(table.set_column(place, ROW, numbers), broken)
