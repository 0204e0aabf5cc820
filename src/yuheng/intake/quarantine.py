"""The quarantine: records that cannot be taken, each with its reasons and its raw texts, encrypted, for mending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from yuheng.crypto import FieldCipher
from yuheng.intake.delivery import Delivery
from yuheng.intake.plan import BATCH
from yuheng.intake.reasons import Reason
from yuheng.intake.records import ROW, Broken
from yuheng.lake import Engine, Lake, Lease
from yuheng.sql import identifier, literal

CONTEXT = "quarantine"
"""Context of the field cipher for the raw texts."""

QUARANTINE = pa.schema(
    [
        ("source", pa.string()),
        ("feed", pa.string()),
        ("batch_id", pa.string()),
        ("src_file", pa.string()),
        ("src_row", pa.int64()),
        ("reason_codes", pa.string()),
        ("reason_zh", pa.string()),
        ("fields", pa.string()),
        ("raw", pa.string()),
        ("region_code", pa.string()),
        ("known_from", pa.date32()),
    ]
)
"""intake/quarantine, one slice per feed. `raw`: the record as JSON, a broken one as its line, encrypted (SM4);
`region_code`: the record's own, else the one in its credit code; `known_from`: null where it cannot be told."""


class Quarantine:
    """Collects the quarantined records of one feed."""

    def __init__(self, cipher: FieldCipher, reasons: Mapping[str, Reason]) -> None:
        self._cipher = cipher
        self._reasons = reasons
        self._parts: list[pa.Table] = []

    def add(self, deliveries: Mapping[int, Delivery], hits: pa.Table, raw: pa.Table, columns: Sequence[str]) -> None:
        """Records that failed checks: `hits` has batch, row, codes, region_code and known_from; `raw` the texts."""
        if hits.num_rows:
            self._add(deliveries, _with_json(hits, raw, columns))

    def add_broken(self, delivery: Delivery, broken: Broken) -> None:
        """Records that could not be split into fields."""
        if not len(broken):
            return
        rows = {
            BATCH: pa.array([delivery.no] * len(broken), pa.int32()),
            ROW: pa.array(broken.rows, pa.int64()),
            "codes": pa.array(broken.reasons, pa.string()),
            "json": pa.array(broken.texts, pa.string()),
            "region_code": pa.nulls(len(broken), pa.string()),
            "known_from": pa.nulls(len(broken), pa.date32()),
        }
        self._add({delivery.no: delivery}, pa.table(rows))

    def table(self, keep: Mapping[int, Delivery]) -> pa.Table:
        """What was collected, of the deliveries in `keep`, by file and row."""
        if not self._parts:
            return QUARANTINE.empty_table()
        whole = pa.concat_tables(self._parts)
        wanted = pa.array([d.batch.id for d in keep.values()], pa.string())
        whole = whole.filter(pc.is_in(whole["batch_id"], value_set=wanted))
        return whole.sort_by([("batch_id", "ascending"), ("src_row", "ascending")])

    def _add(self, deliveries: Mapping[int, Delivery], rows: pa.Table) -> None:
        one = next(iter(deliveries.values()))
        numbers = pa.array(list(deliveries), pa.int32())
        place = pc.index_in(rows[BATCH], value_set=numbers)
        told = _told(rows["codes"], self._reasons)
        self._parts.append(
            pa.table(
                {
                    "source": pa.array([one.plan.source.id] * rows.num_rows, pa.string()),
                    "feed": pa.array([one.plan.feed.id] * rows.num_rows, pa.string()),
                    "batch_id": pa.array([d.batch.id for d in deliveries.values()], pa.string()).take(place),
                    "src_file": pa.array([d.batch.file for d in deliveries.values()], pa.string()).take(place),
                    "src_row": rows[ROW],
                    "reason_codes": rows["codes"],
                    "reason_zh": told["reason_zh"],
                    "fields": told["fields"],
                    "raw": self._cipher.encrypt(rows["json"], context=CONTEXT),
                    "region_code": rows["region_code"],
                    "known_from": rows["known_from"],
                },
                schema=QUARANTINE,
            )
        )


def _with_json(hits: pa.Table, raw: pa.Table, columns: Sequence[str]) -> pa.Table:
    """`hits` with the raw record as JSON; columns without a text are left out."""
    texts = ", ".join(f"{literal(c)}, r.{identifier(c)}" for c in columns)
    sql = (
        f"select h.{BATCH}, h.{ROW}, h.codes, h.region_code, h.known_from, "
        f"cast(json_merge_patch('{{}}', json_object({texts})) as varchar) as json "
        f"from hits h join raw r on r.{BATCH} = h.{BATCH} and r.{ROW} = h.{ROW} order by h.{BATCH}, h.{ROW}"
    )
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("set enable_progress_bar = false")
        con.register("hits", hits)
        con.register("raw", raw)
        return con.sql(sql).to_arrow_table()


def _told(codes: pa.ChunkedArray, reasons: Mapping[str, Reason]) -> pa.Table:
    """Sentences and fields of lists of codes; made once per distinct list."""
    encoded = codes.combine_chunks().dictionary_encode()
    lists = [text.split(",") for text in encoded.dictionary.to_pylist()]
    sentences = ["；".join(reasons[c].text if c in reasons else c for c in one) for one in lists]
    fields = [",".join(dict.fromkeys(f for c in one if c in reasons for f in reasons[c].fields)) for one in lists]
    whole = pa.table({"reason_zh": pa.array(sentences, pa.string()), "fields": pa.array(fields, pa.string())})
    return whole.take(encoded.indices)


def keep(engine: Engine, lake: Lake, lease: Lease, feed: str, new: pa.Table) -> None:
    """Commits the quarantined records of the deliveries in `__batches` in the place of those kept of them before."""
    table = lake.table("intake", "quarantine")
    version = table.version()
    files = table.files(slice=feed) if version >= 0 else []
    if not files and not new.num_rows:
        return
    engine.scan("__kept", files, QUARANTINE)
    engine.register("__added", new)
    others = "not exists (select 1 from __batches b where b.batch_id = k.batch_id)"
    sql = f"select k.* from __kept k where {others} union all select * from __added"
    table.replace(
        engine.write(sql, table.staging("intake"), order_by=("batch_id", "src_row")),
        schema=QUARANTINE,
        slice=feed,
        app_id=f"intake.quarantine.{feed}",
        app_version=version + 2,
        lease=lease,
        based_on=version,
    )
