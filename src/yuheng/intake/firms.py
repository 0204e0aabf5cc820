"""Which firm the rows of a pass are about: keys registrations bring, links, and clues that wait for a firm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from yuheng.content.schema import StandardTable
from yuheng.identity import CLUE, COLUMNS, ENT_KEY, ENT_KEY_VIEW, identify, keys_of, link, merged
from yuheng.intake.delivery import Delivery
from yuheng.intake.plan import ROWS_PER_BATCH
from yuheng.intake.versions import Versions
from yuheng.lake import Engine, Lake, Lease

_RELINKED = "__relinked"
_DECIDED, _KEPT, _MERGED = "__decided", "__kept_keys", "__merged"
NAMES = (ENT_KEY_VIEW, _RELINKED, "__clue", "__first", "__known", _DECIDED, _KEPT, _MERGED)
"""Relations made here."""
DECIDED = pa.schema(
    [
        ("batch_id", pa.string()),
        ("src_row", pa.int64()),
        ("ent_id", pa.int64()),
        ("link_basis", pa.string()),
        ("was_ent_id", pa.int64()),
        ("was_basis", pa.string()),
    ]
)
"""A judged link of a row; without ent_id one that was taken back: then `was_` says what it was."""


class Firms:
    """The firms' side of one pass over a table."""

    def __init__(
        self,
        engine: Engine,
        lake: Lake,
        lease: Lease,
        table: StandardTable,
        deliveries: Sequence[Delivery],
        decided: pa.Table | None = None,
    ) -> None:
        self._engine = engine
        self._lease = lease
        self._table = table
        self._decided = decided
        self.merged: Mapping[int, int] = {}
        """Entity → the entity people judged it to be part of: what is linked from now on goes there."""
        self._links = [d.plan.feed.link for d in deliveries]
        self._keys = lake.table("identity", "ent_key")
        self._clues = lake.table("identity", "clue")
        self.registers = any(one.registers for one in self._links)
        self.new_keys = False
        """True when keys of firms were added."""

    def linked(self, new: str, versions: Versions, old: str | None) -> str:
        """SELECT of the new rows with ent_id and link_basis."""
        if self.registers:
            return self._identified(new, versions, old)
        if not self._table.entity:
            return link(new, ())
        self._scan_keys()
        return link(new, self._kinds())

    def add_keys(self, linked: str, deliveries: Mapping[int, Delivery]) -> None:
        """Registrations: their keys go into the table of keys, before the registrations themselves are committed."""
        version = self._keys.version()
        self._scan_keys(merged=False)
        sql = merged(f"({keys_of(linked, self._kinds())})", ENT_KEY_VIEW)
        files = self._engine.write(sql, self._keys.staging("intake"), order_by=("key_kind", "key_value", "ent_id"))
        self._keys.replace(
            files,
            schema=ENT_KEY,
            app_id="intake.keys",
            app_version=version + 2,
            also={d.batch.id: (self._keys.landed(d.batch.id) or 0) + 1 for d in deliveries.values()},
            lease=self._lease,
            based_on=version,
        )
        self.new_keys = True

    def relink(self, old: str | None) -> str | None:
        """The lake's rows whose firm is known now, or is another by a judgement, or None: (batch_id, src_row, ent_id,
        link_basis)."""
        if old is None or self.registers:
            return None
        parts = [part for part in (self._judged(old), self._waited(old)) if part]
        if not parts:
            return None
        self._engine.define(_RELINKED, " union all ".join(parts), materialise=True)
        count = self._engine.query(f"select count(*) as n from {_RELINKED}").column("n")[0].as_py()
        return _RELINKED if count else None

    def _judged(self, old: str) -> str:
        """SELECT of the rows a judgement changes; a sure link found since stays."""
        if self._decided is None:
            return ""
        self._engine.register(_DECIDED, self._decided)
        given = (
            "d.ent_id is not null and (o.ent_id is null or o.link_basis = 'PROBABLE') "
            "and (o.ent_id is distinct from d.ent_id or o.link_basis is distinct from d.link_basis)"
        )
        taken = "d.ent_id is null and o.ent_id = d.was_ent_id and o.link_basis = d.was_basis"
        return (
            f"select o.batch_id, o.src_row, d.ent_id, d.link_basis from {old} o join {_DECIDED} d "
            f"on d.batch_id = o.batch_id and d.src_row = o.src_row where ({given}) or ({taken})"
        )

    def _waited(self, old: str) -> str:
        """SELECT of the rows that waited and have a firm now by a key."""
        files = self._clues.files(slice=self._table.id) if self._clues.exists() else []
        if not files:
            return ""
        self._engine.scan("__clue", files, CLUE)
        waiting = (
            "(select c.batch_id, c.src_row, c.known_from, c.uscc as __uscc, c.pripid as __pripid, c.regno as __regno, "
            f"c.name_key as __name from __clue c join {old} o on o.batch_id = c.batch_id and o.src_row = c.src_row "
            "where o.ent_id is null)"
        )
        self._scan_keys()
        other = ""
        if self._decided is not None:
            same = "d.batch_id = f.batch_id and d.src_row = f.src_row"
            other = f" and not exists (select 1 from {_DECIDED} d where {same} and d.ent_id is not null)"
        return (
            f"select batch_id, src_row, ent_id, link_basis from ({link(waiting, COLUMNS)}) f "
            f"where ent_id is not null{other}"
        )

    @property
    def has_clues(self) -> bool:
        """True when rows of this table were left waiting for a firm before."""
        return self._clues.exists() and bool(self._clues.files(slice=self._table.id))

    def keep_clues(self, staged: str, good: str, *, again: bool) -> None:
        """What may link the rows of `staged` that have no firm yet. `again`: other rows of the batches keep theirs."""
        if not self._table.entity or self.registers:
            return
        name, version = self._table.id, self._clues.version()
        files = self._clues.files(slice=name) if version >= 0 else []
        self._engine.scan("__clue", files, CLUE)
        new = _new_clues(staged, good)
        gone = f"({new}) x where x.batch_id = c.batch_id and x.src_row = c.src_row" if again else ""
        gone = gone or "__batches x where x.batch_id = c.batch_id"
        kept = f"select {', '.join(CLUE.names)} from __clue c where not exists (select 1 from {gone})"
        written = self._engine.write(
            f"{new} union all {kept}", self._clues.staging("intake"), order_by=("batch_id", "src_row")
        )
        if written or files:
            self._clues.replace(
                written,
                schema=CLUE,
                slice=name,
                app_id=f"intake.clue.{name}",
                app_version=version + 2,
                lease=self._lease,
                based_on=version,
            )

    def _identified(self, new: str, versions: Versions, old: str | None) -> str:
        if not versions.verdicts:
            return identify(new)
        order = "row_number() over (partition by source, source_key order by known_from)"
        kept = f"select *, {order} as place from {versions.verdicts} where is_new = 1 and status = 'kept'"
        first = f"select source, source_key, __uscc, __uscc_ok, __pripid from ({kept}) f where place = 1"
        self._engine.define("__first", first, materialise=True)
        if old is None:
            return identify(new, first="__first")
        known = (
            f"select o.source, o.source_key, min(o.ent_id) as ent_id from {old} o join __contested c "
            "on c.source = o.source and c.source_key = o.source_key group by o.source, o.source_key"
        )
        self._engine.define("__known", known, materialise=True)
        return identify(new, first="__first", known="__known")

    def _kinds(self) -> list[str]:
        has = {
            "USCC": any(one.uscc for one in self._links),
            "PRIPID": any(one.pripid for one in self._links),
            "REGNO": any(one.regno for one in self._links),
            "NAME_REGION_LR": any(one.name and one.region and one.legal_rep for one in self._links),
        }
        return [kind for kind, there in has.items() if there]

    def _scan_keys(self, *, merged: bool = True) -> None:
        """The table of keys as it is kept, or with merged entities gone into the ones they are part of."""
        if not (merged and self.merged):
            self._engine.scan(ENT_KEY_VIEW, self._keys.files(), ENT_KEY)
            return
        self._engine.scan(_KEPT, self._keys.files(), ENT_KEY)
        pairs = {
            "old": pa.array(list(self.merged), pa.int64()),
            "new": pa.array(list(self.merged.values()), pa.int64()),
        }
        self._engine.register(_MERGED, pa.table(pairs))
        columns = ", ".join("coalesce(m.new, k.ent_id) as ent_id" if c == "ent_id" else f"k.{c}" for c in ENT_KEY.names)
        self._engine.define(ENT_KEY_VIEW, f"select {columns} from {_KEPT} k left join {_MERGED} m on m.old = k.ent_id")


def _new_clues(staged: str, good: str) -> str:
    some = " or ".join(f"{c} is not null" for c in COLUMNS.values())
    return (
        "select s.batch_id, s.src_row, g.known_from, g.__uscc as uscc, g.__pripid as pripid, g.__regno as regno, "
        f"g.__name as name_key from (select batch_id, src_row from {staged} where ent_id is null) s "
        f"join __batches b on b.batch_id = s.batch_id join {good} g "
        f"on g.__id = b.no * {ROWS_PER_BATCH} + s.src_row where {some}"
    )
