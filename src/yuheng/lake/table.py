"""One versioned table: Parquet files written by an engine, made visible or replaced by one Delta commit.

There is one writer per table, who holds its lease. A version is a list of files and never changes; each file belongs to
one *slice* (a month of a derived table, `all` for tables without slices), so a slice is replaced as a whole.
"""

from __future__ import annotations

import re
import shutil
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.schema import Schema as DeltaSchema
from deltalake.transaction import (
    AddAction,
    CommitProperties,
    RemoveAction,
    Transaction,
    create_table_with_add_actions,
)

from yuheng.errors import CommitConflict, LakeError
from yuheng.lake.stats import statistics

WHOLE = "all"
"""Slice of tables that have none."""
SLICE = "slice"
_STAGING = "_staging"
_STALE = 24 * 3600
_COMMIT = re.compile(r"\d{20}\.json")
_READER = 1
"""Highest Delta reader version whose files may be scanned as plain Parquet (no deletion vectors, no column mapping)."""
_HARMLESS = frozenset({"timestampNtz"})
"""Features of newer readers that leave the files plain: times without a zone."""


class Lease(Protocol):
    """The right to write one table, held for a time."""

    def check(self) -> None:
        """Raises LeaseLost when somebody else may write now."""
        ...


@dataclass(frozen=True)
class _File:
    path: str
    size: int
    slice: str
    rows: int


class LakeTable:
    """A table of the lake. Reading methods take a version (default: the newest)."""

    def __init__(self, path: Path, *, layer: str, name: str) -> None:
        self.path = path
        self.layer = layer
        self.name = name
        self._seen: tuple[_Commit, DeltaTable] | None = None

    def exists(self) -> bool:
        """True when a first commit was made."""
        return (self.path / "_delta_log").is_dir() and self.version() >= 0

    def version(self) -> int:
        """The newest version; -1 when there is none."""
        table = self._open(None)
        return -1 if table is None else table.version()

    def schema(self) -> pa.Schema:
        """Columns of the table. Raises LakeError when it does not exist."""
        fields = pa.schema(self._existing(None).schema().to_arrow())
        return pa.schema([f for f in fields if f.name != SLICE])

    def files(self, *, version: int | None = None, slice: str | None = None) -> list[Path]:  # noqa: A002
        """Files of a version (of one slice), each commit's in their order; none when the table does not exist."""
        return [self.path / f.path for f in self._files(version) if slice is None or f.slice == slice]

    def slices(self, *, version: int | None = None) -> list[str]:
        """Names of the slices that have rows, sorted."""
        return sorted({f.slice for f in self._files(version)})

    def rows(self, *, version: int | None = None, slice: str | None = None) -> int:  # noqa: A002
        """Number of rows, from the commit's own statistics."""
        return sum(f.rows for f in self._files(version) if slice is None or f.slice == slice)

    def landed(self, app_id: str) -> int | None:
        """The number last committed under `app_id`, or None."""
        table = self._open(None)
        return None if table is None else table.transaction_version(app_id)

    def staging(self, label: str) -> Path:
        """A new folder for files that are not yet part of the table; readers never look there."""
        folder = self.path / _STAGING / f"{label}-{uuid.uuid4().hex[:12]}"
        folder.mkdir(parents=True)
        return folder

    def replace(
        self,
        files: Sequence[Path],
        *,
        schema: pa.Schema,
        slice: str | None = None,  # noqa: A002
        app_id: str,
        app_version: int,
        lease: Lease,
        based_on: int,
        also: Mapping[str, int] | None = None,
    ) -> int:
        """Puts `files` in the place of the slice (without one: of the whole table); returns the new version.

        Raises CommitConflict when the table is no longer at version `based_on`, LeaseLost when the lease is gone;
        nothing is visible then.
        """
        old = [f for f in self._files(None) if slice is None or f.slice == slice]
        return self._commit(files, old, schema, slice or WHOLE, {app_id: app_version, **(also or {})}, lease, based_on)

    def append(
        self,
        files: Sequence[Path],
        *,
        schema: pa.Schema,
        slice: str | None = None,  # noqa: A002
        app_id: str,
        app_version: int,
        lease: Lease,
        based_on: int,
        also: Mapping[str, int] | None = None,
    ) -> int:
        """Adds `files` to what is there; otherwise as `replace`."""
        return self._commit(files, [], schema, slice or WHOLE, {app_id: app_version, **(also or {})}, lease, based_on)

    def vacuum(self, *, keep: Iterable[int] = (), hours: int = 24) -> int:
        """Deletes files no version of `keep` and no version of the last `hours` names; returns how many."""
        self._sweep(hours * 3600)
        return len(self._vacuum(keep, hours, dry_run=False))

    def unneeded(self, *, keep: Iterable[int] = (), hours: int = 24) -> list[Path]:
        """The files `vacuum` would delete, sorted."""
        named = (self.path / name for name in self._vacuum(keep, hours, dry_run=True))
        return sorted(path for path in named if path.exists())  # the log names deleted ones for some time

    def _vacuum(self, keep: Iterable[int], hours: int, *, dry_run: bool) -> list[str]:
        table = self._open(None)
        if table is None:
            return []
        wanted = sorted({v for v in keep if 0 <= v <= table.version()} | {table.version()})
        return table.vacuum(
            retention_hours=hours, dry_run=dry_run, enforce_retention_duration=False, full=True, keep_versions=wanted
        )

    def _commit(
        self,
        files: Sequence[Path],
        old: Sequence[_File],
        schema: pa.Schema,
        name: str,
        transactions: Mapping[str, int],
        lease: Lease,
        based_on: int,
    ) -> int:
        table = self._open(None)
        now = -1 if table is None else table.version()
        if now != based_on:
            raise CommitConflict(
                f"{self.layer}/{self.name} is at version {now}, not {based_on}.", todo="Read it again and repeat."
            )
        self._sweep(_STALE)
        adds = [self._moved(path, name, number) for number, path in enumerate(files)]
        lease.check()
        properties = CommitProperties(
            app_transactions=[Transaction(app, number) for app, number in transactions.items()]
        )
        full = DeltaSchema.from_arrow(schema.append(pa.field(SLICE, pa.string())))
        try:
            if table is None:
                self._create(full, adds, properties)
            else:
                self._seen = None  # the commit changes what was read
                self._evolve(table, full)
                table.create_write_transaction(
                    [*adds, *(_remove(f) for f in old)], "append", full, [SLICE], commit_properties=properties
                )
        except (CommitFailedError, DeltaError, OSError) as error:
            kind = CommitConflict if isinstance(error, CommitFailedError) else LakeError
            raise kind(f"{self.layer}/{self.name}: the commit failed: {error}", todo="Repeat the step.") from error
        for folder in {path.parent for path in files}:
            if folder.parent.name == _STAGING:
                shutil.rmtree(folder, ignore_errors=True)
        return self.version()

    def _create(self, schema: DeltaSchema, adds: list[AddAction], properties: CommitProperties) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        create_table_with_add_actions(
            str(self.path), schema, adds, mode="error", partition_by=[SLICE], commit_properties=properties
        )

    def _evolve(self, table: DeltaTable, schema: DeltaSchema) -> None:
        """Columns are only added; anything else is a rewrite with a migration."""
        have = {f.name: f for f in table.schema().fields}
        changed = [f.name for f in schema.fields if f.name in have and have[f.name].type != f.type]
        lost = sorted(have.keys() - {f.name for f in schema.fields})
        if changed or lost:
            what = f"columns of another type: {changed}" if changed else f"columns that disappeared: {lost}"
            raise LakeError(
                f"{self.layer}/{self.name}: {what}", todo="Columns may only be added; migrate the table for the rest."
            )
        added = [f for f in schema.fields if f.name not in have]
        if added:
            table.alter.add_columns(added)
            table.update_incremental()

    def _moved(self, path: Path, name: str, number: int) -> AddAction:
        """Takes a file in; by its name the files of a commit stay in their order."""
        folder = self.path / f"{SLICE}={name}"
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"part-{number:05d}-{uuid.uuid4().hex}.parquet"
        path.rename(target)
        return AddAction(
            target.relative_to(self.path).as_posix(),
            target.stat().st_size,
            {SLICE: name},
            int(time.time() * 1000),
            True,
            statistics(target),
        )

    def _sweep(self, older: float) -> None:
        """Unfinished files left by a killed writer."""
        limit = time.time() - older
        for folder in (self.path / _STAGING).glob("*"):
            if folder.stat().st_mtime < limit:
                shutil.rmtree(folder, ignore_errors=True)

    def _files(self, version: int | None) -> list[_File]:
        table = self._open(version)
        if table is None:
            return []
        actions = pa.table(table.get_add_actions(flatten=True))
        columns = zip(
            actions["path"].to_pylist(),
            actions["size_bytes"].to_pylist(),
            actions[f"partition.{SLICE}"].to_pylist(),
            actions["num_records"].to_pylist(),
            strict=True,
        )
        return sorted((_File(p, s, n, r) for p, s, n, r in columns), key=lambda f: f.path)

    def _existing(self, version: int | None) -> DeltaTable:
        table = self._open(version)
        if table is None:
            raise LakeError(f"no table {self.layer}/{self.name} in the lake", todo="Run the step that makes it.")
        return table

    def _open(self, version: int | None) -> DeltaTable | None:
        """A version of the table. The newest is kept until another commit is in the log: reading a log takes long."""
        newest = _newest_commit(self.path / "_delta_log")
        if newest is None:
            return None
        if version is None and self._seen is not None and self._seen[0] == newest:
            return self._seen[1]
        table = self._opened(version)
        if version is None and table is not None and table.version() == newest[0]:
            self._seen = newest, table
        return table

    def _opened(self, version: int | None) -> DeltaTable | None:
        try:
            table = DeltaTable(str(self.path), version=version)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise LakeError(f"{self.layer}/{self.name} cannot be opened: {error}") from error
        protocol = table.protocol()
        if protocol.min_reader_version > _READER and not _HARMLESS.issuperset(protocol.reader_features or ["unknown"]):
            raise LakeError(
                f"{self.layer}/{self.name} uses Delta features that need reader version "
                f"{protocol.min_reader_version}; its files cannot be scanned as they are",
                todo="Rewrite the table without them.",
            )
        return table


_Commit = tuple[int, int, int]
"""Number, file and time of a commit: a table removed and made anew has other ones."""


def _newest_commit(log: Path) -> _Commit | None:
    """The last commit in a log; None where there is none."""
    try:
        names = [path.name for path in log.iterdir() if _COMMIT.fullmatch(path.name)]
        if not names:
            return None
        found = (log / max(names)).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return int(max(names)[:20]), found.st_ino, found.st_mtime_ns


def _remove(file: _File) -> RemoveAction:
    return RemoveAction(file.path, True, int(time.time() * 1000), file.size, {SLICE: file.slice})
