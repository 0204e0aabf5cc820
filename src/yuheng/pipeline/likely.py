"""Likely links, day by day: rows without a firm are looked at once; sure ones are linked, doubtful ones queued."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa

from yuheng import intake
from yuheng.content.shape import standard_schema
from yuheng.identity import ENT_KEY, RECORD, Likely, likely_firms
from yuheng.lake import Engine, LakeTable
from yuheng.office import Decision, Offer
from yuheng.pipeline.workspace import Workspace

Progress = Callable[[str, int, int], None]
LOOKED = pa.schema([("table_id", pa.string()), ("batch_id", pa.string()), ("src_row", pa.int64())])
"""identity/looked: rows that were compared with the register before."""
REGISTER = "ent_registration"


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What a run of likely links did: rows looked at, links made, candidates queued, tables brought up to date."""

    looked: int
    linked: int
    queued: int
    tables: tuple[str, ...]


def link_likely(ws: Workspace, *, on: date, again: bool = False, progress: Progress | None = None) -> LinkReport:
    """Compares rows without a firm with the register, makes or queues links, and applies every judgement.

    `on`: the day written as the day of finding. `again`: rows looked at before too, for firms that are new since.
    Raises DataError without Splink.
    """
    tell = progress or (lambda *_: None)
    with ws.engine() as engine:
        seen = ws.lake.table("identity", "looked")
        known = _looked(engine, seen) if not again else LOOKED.empty_table()
        tell("waiting", 0, 3)
        rows = intake.waiting(ws.deployment, ws.office, ws.lake, engine, ws.store, known)
        tell("compare", 1, 3)
        offers = _offers(ws, engine, rows, on)
        ws.office.links.offer(offers)
        _remember(ws, engine, seen, rows)
        tell("apply", 2, 3)
        tables = apply_judgements(ws, engine)
    linked = sum(o.state == "auto" for o in offers)
    return LinkReport(rows.num_rows, linked, len(offers) - linked, tuple(tables))


def apply_judgements(ws: Workspace, engine: Engine) -> Sequence[str]:
    """Puts the links as they are judged now into the standard tables; a table nothing changes in is left as it is."""
    by_table: dict[str, list[Decision]] = {}
    for one in ws.office.links.decisions():
        by_table.setdefault(one.table_id, []).append(one)
    decided = {name: _table(found) for name, found in by_table.items()}
    return intake.judge(ws.deployment, ws.office, ws.lake, engine, ws.store, decided) if decided else []


def _table(found: Sequence[Decision]) -> pa.Table:
    return pa.Table.from_pylist([{f: getattr(one, f) for f in intake.DECIDED.names} for one in found], intake.DECIDED)


def has_code(ws: Workspace, ent_id: int, code: str) -> bool:
    """Whether a registration of the entity ever had this credit code."""
    keys = ws.lake.table("identity", "ent_key")
    if not keys.exists():
        return False
    with ws.engine() as engine:
        engine.scan("__keys", keys.files(), ENT_KEY)
        found = engine.query(
            "select count(*) as n from __keys where key_kind = 'USCC' and key_value = :code and ent_id = :ent_id",
            params={"code": code, "ent_id": ent_id},
        )
    return bool(found["n"][0].as_py())


def _offers(ws: Workspace, engine: Engine, rows: pa.Table, on: date) -> list[Offer]:
    numbered = rows.append_column("record", pa.array(range(rows.num_rows), pa.int64()))
    nothing = pa.nulls(rows.num_rows, pa.string())
    records = pa.table([_column(numbered, name, nothing) for name in RECORD.names], schema=RECORD)
    firms = _firms(ws, engine)
    likely = likely_firms(engine, ws.store, records, firms, home=ws.deployment.settings.region)
    named = {one.ent_id for one in likely}
    names = {e: n for e, n in zip(firms["record"].to_pylist(), firms["name"].to_pylist(), strict=True) if e in named}
    picked = rows.take(pa.array([one.record for one in likely], pa.int64())).to_pylist()
    merged = ws.office.links.merged()
    found = [_offer(one, row, names[one.ent_id], on) for one, row in zip(likely, picked, strict=True)]
    return [replace(offer, ent_id=merged.get(offer.ent_id, offer.ent_id)) for offer in found]


def _offer(one: Likely, row: dict[str, object], firm: str, on: date) -> Offer:
    return Offer(
        table_id=str(row["table_id"]),
        batch_id=str(row["batch_id"]),
        src_row=int(str(row["src_row"])),
        name=str(row["name"])[:200],
        ent_id=one.ent_id,
        firm_name=firm[:200],
        score=round(one.score, 6),
        evidence=one.evidence,
        found_on=on,
        state="auto" if one.sure else "open",
    )


def _column(table: pa.Table, name: str, nothing: pa.Array) -> pa.ChunkedArray | pa.Array:
    return table[name] if name in table.column_names else nothing


def _firms(ws: Workspace, engine: Engine) -> pa.Table:
    """The register's present firms as records; `record` is the ent_id."""
    table = ws.lake.table("standard", REGISTER)
    if not table.exists():
        return RECORD.empty_table()
    engine.scan("__register", table.files(), standard_schema(ws.store.standard[REGISTER]))
    order = "partition by ent_id order by known_from desc, source, source_key"
    found = engine.query(
        "select ent_id as record, source, ent_name as name, region_code, lr_name as person, tel_token as phone, "
        f"addr as address from (select *, row_number() over ({order}) as place from __register "
        "where op = 'upsert' and known_to = date '9999-12-31') r where place = 1 order by ent_id"
    )
    engine.drop("__register")
    return found.cast(RECORD)


def _looked(engine: Engine, table: LakeTable) -> pa.Table:
    if not table.exists():
        return LOOKED.empty_table()
    engine.scan("__looked", table.files(), LOOKED)
    found = engine.query("select table_id, batch_id, src_row from __looked")
    engine.drop("__looked")
    return found


def _remember(ws: Workspace, engine: Engine, table: LakeTable, rows: pa.Table) -> None:
    if not rows.num_rows:
        return
    old = _looked(engine, table)
    engine.register("__rows", pa.concat_tables([rows.select(LOOKED.names), old]))
    version = table.version()
    sql = "select distinct table_id, batch_id, src_row from __rows"
    with ws.lease("identity/looked") as lease:
        files = engine.write(sql, table.staging("link"), order_by=LOOKED.names)
        table.replace(
            files, schema=LOOKED, app_id="identity.looked", app_version=version + 2, lease=lease, based_on=version
        )
    engine.drop("__rows")
