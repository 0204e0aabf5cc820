"""`ent_industry`: the predicted industry of firms whose registration names no class of GB/T 4754.

A result table beside the derived ones (lake table `derived/ent_industry`, one slice per day). It changes nothing the
rating reads: `ent_base.industry_*` stay as the register has them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yuheng.content import ContentStore
from yuheng.errors import DataError
from yuheng.lake import Engine, Lake
from yuheng.library.asof import register_standard
from yuheng.library.slices import Leases, app_id, no_leases, write_slice

if TYPE_CHECKING:
    from yuheng.intake.industry import Classifier

TABLE = "ent_industry"
LAYER = "derived"
ENT_INDUSTRY = pa.schema(
    [
        ("ent_id", pa.int64()),
        ("industry_code_pred", pa.string()),
        ("industry_div_pred", pa.string()),
        ("industry_sec_pred", pa.string()),
        ("industry_conf", pa.float64()),
        ("industry_div_conf", pa.float64()),
        ("industry_pred_basis", pa.string()),
    ]
)
"""Class, division and section predicted (null: name and scope tell nothing), how likely class and division are right,
and what told: SCOPE, NAME or NAME_SCOPE."""
LISTS = ("industry", "industry_term", "industry_activity", "industry_noise", "industry_model")

_LACKING = """
with lacking as (
  select ent_id, ent_name, op_scope from ent_registration where ent_id is not null and industry_code is null
  qualify row_number() over (partition by ent_id order by known_from desc, source desc, source_key) = 1),
coded as (
  select distinct r.ent_id from ent_registration r join lacking l on l.ent_id = r.ent_id
  where r.industry_code is not null)
select l.ent_id, l.ent_name, l.op_scope from lacking l left join coded c on c.ent_id = l.ent_id
where c.ent_id is null
order by l.ent_id
"""


@dataclass(frozen=True)
class Predicted:
    """How many firms lack a class, how many got one, and whether the table stood already."""

    as_of: date
    firms: int
    told: int
    skipped: bool


def predict_industry(
    engine: Engine, lake: Lake, store: ContentStore, as_of: date, *, leases: Leases = no_leases
) -> Predicted:
    """Writes `ent_industry` as of `as_of`; leaves it when neither registrations nor word lists changed.

    Raises DataError when there is no registration at all by that day.
    """
    table = lake.table(LAYER, TABLE)
    version = register_standard(engine, lake, store, as_of, only={"ent_registration"})["ent_registration"]
    stamp = _stamp(store, as_of, version)
    skipped = table.landed(app_id(as_of)) == stamp
    if not skipped:
        if engine.query("select count(*) as n from ent_registration")["n"][0].as_py() == 0:
            raise DataError(
                f"no registration is known by {as_of.isoformat()}",
                todo="Choose a later day, or run `yuheng intake run` first.",
            )
        from yuheng.intake.industry import Classifier  # loaded here: it brings scipy, and most commands need none of it

        judge = Classifier.of(store.code_lists)
        parts = [_of_batch(judge, pa.Table.from_batches([batch])) for batch in engine.batches(_LACKING)]
        engine.register(f"__{TABLE}", pa.concat_tables([ENT_INDUSTRY.empty_table(), *parts]))
        sql = f"select * from __{TABLE}"
        write_slice(
            engine, table, sql, as_of, schema=ENT_INDUSTRY, order_by=["ent_id"], app_version=stamp, leases=leases
        )
        engine.drop(f"__{TABLE}")
    register_industry(engine, lake, as_of)
    counts = engine.query(f"select count(*) as n, count(industry_code_pred) as told from {TABLE}")
    return Predicted(as_of, counts["n"][0].as_py(), counts["told"][0].as_py(), skipped)


def register_industry(engine: Engine, lake: Lake, as_of: date) -> bool:
    """Makes the slice of the day readable as `ent_industry`; False (and an empty table) when it was never made."""
    table = lake.table(LAYER, TABLE)
    made = table.landed(app_id(as_of)) is not None
    engine.scan(TABLE, table.files(slice=as_of.isoformat()) if made else [], ENT_INDUSTRY)
    return made


def _of_batch(judge: Classifier, firms: pa.Table) -> pa.Table:
    found = judge.predict(firms["ent_name"], firms["op_scope"])
    code = found["industry_code_pred"]
    tree = judge.lexicon.tree
    section = np.array([*tree.sections, None], dtype=object)
    at = pc.fill_null(pc.index_in(code, pa.array(tree.codes)), len(tree.codes)).to_numpy()
    columns = [
        firms["ent_id"],
        code,
        pc.utf8_slice_codeunits(code, 0, 2),
        pa.array(section[at], pa.string()),
        found["industry_conf"],
        found["industry_div_conf"],
        found["industry_pred_basis"],
    ]
    return pa.Table.from_arrays([_chunked(c) for c in columns], schema=ENT_INDUSTRY)


def _chunked(column: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _stamp(store: ContentStore, as_of: date, version: int) -> int:
    parts = [as_of.isoformat(), str(version)]
    parts += [hashlib.sha256(store.files.data[f"codes/{name}.csv"]).hexdigest() for name in LISTS]
    return int(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:15], 16)
