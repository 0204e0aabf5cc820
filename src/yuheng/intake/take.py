"""Taking the deliveries of one standard table: map, check, settle versions, link, write, commit once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.content.schema import StandardTable
from yuheng.content.shape import standard_schema
from yuheng.crypto import FieldCipher
from yuheng.intake import accounts, firms
from yuheng.intake.delivery import Delivery
from yuheng.intake.firms import Firms
from yuheng.intake.landed import LandedFiles
from yuheng.intake.lookups import Lookups
from yuheng.intake.mapping import Mapper
from yuheng.intake.plan import BATCH
from yuheng.intake.quarantine import keep
from yuheng.intake.rows import SORT, new_rows, old_rows, sorted_new_rows
from yuheng.intake.versions import NEVER, Versions, settle
from yuheng.lake import Engine, Lake, Lease
from yuheng.office import Office

_FILES = 16
"""A table of more files is written anew as one."""
_OLD, _GOOD, _NEW, _LINKED, _STAGED = "__old", "__good", "__new", "__linked", "__staged"
_MADE = ("__kept", "__added", _STAGED, _LINKED, _NEW, _GOOD, *firms.NAMES, "__verdicts", "__candidates", "__contested")


@dataclass(frozen=True)
class Tools:
    """What every pass works with."""

    office: Office
    lake: Lake
    engine: Engine
    store: ContentStore
    files: LandedFiles
    cipher: FieldCipher
    lookups: Lookups
    lease: Lease


class TablePass:
    """One pass over a standard table. `only`: batch id → the records that are read again (replay).

    `decided`: links of rows taken before that people, or likeness, decided on (`yuheng.intake.firms.DECIDED`).
    """

    def __init__(
        self,
        tools: Tools,
        table: StandardTable,
        deliveries: Sequence[Delivery],
        only: Mapping[str, pa.Array] | None = None,
        decided: pa.Table | None = None,
    ) -> None:
        self.tools = tools
        self.deliveries = list(deliveries)
        self.only = only
        self.engine = tools.engine
        self.lake_table = tools.lake.table("standard", table.id)
        self.schema = standard_schema(table)
        self.entity = table.entity
        self.firms = Firms(tools.engine, tools.lake, tools.lease, table, deliveries, decided)
        self.firms.merged = tools.office.links.merged()
        self.mapper = Mapper(tools.engine, tools.lookups, tools.cipher, tools.files)

    def run(self) -> None:
        """Takes what can be taken. Afterwards every delivery is `taken` or `refused` in the office."""
        try:
            self._map()
            self._settle()
        finally:
            self.mapper.forget()
            for name in (*_MADE, _OLD, "__batches"):
                self.engine.drop(name)

    @property
    def _accepted(self) -> dict[int, Delivery]:
        return {d.no: d for d in self.deliveries if not d.refusal}

    def _map(self) -> None:
        for _, group in groupby(self.deliveries, key=lambda d: d.plan.name):
            feed = list(group)
            self.mapper.feed(feed[0].plan, feed, self.only)
        if self.mapper.names:
            accounts.count_checks(self.engine, self.mapper.everything(), {d.no: d for d in self.deliveries})
        refused = {d.batch.id: {"state": "refused", "reason": d.refusal} for d in self.deliveries if d.refusal}
        if refused:
            self.tools.office.batches.set_states(refused)

    def _settle(self) -> None:
        accepted = self._accepted
        self._name_batches(accepted)
        based_on = self.lake_table.version()
        old = self._scan_old(based_on)
        versions = Versions(None, False)
        if self.mapper.names:
            self._define_good(accepted)
            versions = settle(self.engine, _GOOD, "__batches", old)
            again = self.only is not None
            accounts.count_fates(self.engine, _GOOD, versions.verdicts, accepted, again=again)
        relinked = self.firms.relink(old)
        many = len(self.lake_table.files(version=based_on)) >= _FILES if old else False
        whole = bool(old) and (versions.touches_old or relinked is not None or many)
        files: list[Path] = []
        if self.mapper.names or relinked:
            files = self._write(versions, old, relinked, whole=whole)
        self._record(accepted, files, relinked, whole=whole)
        self._commit(accepted, files, whole=whole, based_on=based_on)
        done: dict[str, dict[str, object]] = {d.batch.id: {"state": "taken"} for d in accepted.values()}
        if self.only is not None:
            for delivery in accepted.values():
                done[delivery.batch.id]["counts"] = delivery.accounted()
        self.tools.office.batches.set_states(done)

    # ── relations ───────────────────────────────────────────────────────────────────────────────────────────────

    def _name_batches(self, accepted: Mapping[int, Delivery]) -> None:
        rows = accepted.values()
        columns = {
            "no": pa.array([d.no for d in rows], pa.int32()),
            "batch_id": pa.array([d.batch.id for d in rows], pa.string()),
            "src_file": pa.array([d.batch.file for d in rows], pa.string()),
        }
        self.engine.register("__batches", pa.table(columns))

    def _scan_old(self, version: int) -> str | None:
        files = self.lake_table.files(version=version) if version >= 0 else []
        if not files:
            return None
        self.engine.scan(_OLD, files, self.schema)
        return _OLD

    def _define_good(self, accepted: Mapping[int, Delivery]) -> None:
        refused = len(accepted) < len(self.deliveries)
        among = f" and {BATCH} in ({', '.join(map(str, accepted)) or '-1'})" if refused else ""
        self.engine.define(_GOOD, f"select * from {self.mapper.everything()} where __good = 1{among}")

    def _define_linked(self, versions: Versions, old: str | None) -> None:
        known_to, verdict = NEVER, ""
        if versions.verdicts:
            known_to = f"coalesce(v.known_to, {NEVER})"
            verdict = (
                f"left join (select __id, status, known_to from {versions.verdicts} where is_new = 1) v "
                "on v.__id = g.__id where v.status is null or v.status = 'kept'"
            )
        self.engine.define(
            _NEW,
            f"select g.*, b.batch_id, b.src_file, {known_to} as known_to from {_GOOD} g "
            f"join __batches b on b.no = g.{BATCH} {verdict}",
        )
        self.engine.define(_LINKED, self.firms.linked(_NEW, versions, old))
        if self.firms.registers:
            self.firms.add_keys(_LINKED, self._accepted)

    # ── writing, and commits in the order that loses nothing when cut off between any two ───────────────────────

    def _write(self, versions: Versions, old: str | None, relinked: str | None, *, whole: bool) -> list[Path]:
        folder = self.lake_table.staging("intake")
        try:
            if self.mapper.names:
                self._define_linked(versions, old)
            if not whole and (ordered := self._ordered(versions)):
                return self.engine.write(ordered, folder)
            parts = [new_rows(self.schema, _LINKED)] if self.mapper.names else []
            if whole:
                verdicts = versions.verdicts if versions.touches_old else None
                parts.append(old_rows(self.schema, _OLD, verdicts=verdicts, relinked=relinked))
            return self.engine.write(" union all ".join(parts), folder, order_by=SORT)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _ordered(self, versions: Versions) -> str | None:
        accepted = self._accepted.values()
        sources = sorted({d.plan.source.id for d in accepted})
        batches = [(d.no, d.batch.id, d.batch.file) for d in accepted]
        enum = self.engine.name == "duckdb"
        constants = {**self.mapper.constants()} if versions.verdicts else {**self.mapper.constants(), "known_to": NEVER}
        return sorted_new_rows(self.schema, _LINKED, sources=sources, batches=batches, constants=constants, enum=enum)

    def _record(
        self, accepted: Mapping[int, Delivery], files: Sequence[Path], relinked: str | None, *, whole: bool
    ) -> None:
        """Counts and clues are kept before the table changes: a batch found in the table needs nothing more."""
        if files and self.entity:
            self.engine.scan(_STAGED, files, self.schema)
            accounts.count_links(self.engine, _STAGED, accepted, whole=whole)
            if relinked:
                accounts.count_relinked(self.engine, _STAGED, relinked, self.tools.office, accepted)
            waiting = sum(d.counts[f"{accounts.LINK}NONE"] for d in accepted.values())
            if self.mapper.names and (waiting or self.firms.has_clues):
                self.firms.keep_clues(_STAGED, _GOOD, again=self.only is not None)
        records = self.only is None
        self.tools.office.batches.set_states(
            {
                d.batch.id: {
                    "state": "mapped",
                    "counts": d.accounted() | d.remembered(),
                    "records": d.records if records else None,
                    "reason": "",
                }
                for d in accepted.values()
            }
        )

    def _commit(self, accepted: Mapping[int, Delivery], files: Sequence[Path], *, whole: bool, based_on: int) -> None:
        if self.only is None:
            self._quarantine(accepted)
        if files:
            put: Callable[..., int] = self.lake_table.replace if whole else self.lake_table.append
            put(
                files,
                schema=self.schema,
                app_id=f"intake.{self.lake_table.name}",
                app_version=based_on + 2,
                also={d.batch.id: (self.lake_table.landed(d.batch.id) or 0) + 1 for d in accepted.values()},
                lease=self.tools.lease,
                based_on=based_on,
            )
        # A replayed record leaves the quarantine only when it is in the table.
        if self.only is not None:
            self._quarantine(accepted)

    def _quarantine(self, accepted: Mapping[int, Delivery]) -> None:
        for plan, quarantine in self.mapper.quarantines:
            new = quarantine.table({n: d for n, d in accepted.items() if d.plan.name == plan.name})
            keep(self.engine, self.tools.lake, self.tools.lease, plan.name, new)
