"""A lake of any size without intake: the standard tables of N enterprises, made directly with DuckDB, and a deployment.

`python bench/world.py DIR --enterprises 2760000` writes 16 event rows for each enterprise, skewed as in a real province
(a few firms have hundreds of complaints, most have none), and stores approved models fitted on a small world.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from yuheng.content import ContentStore
from yuheng.intake.rows import SORT
from yuheng.lake import Lake, LakeTable
from yuheng.library import standard_schema
from yuheng.library.shape import SYSTEM
from yuheng.library.slices import NoLease
from yuheng.pipeline import Workspace, fit, store
from yuheng.rating import Model
from yuheng.settings import create

AS_OF = date(2026, 10, 31)
SMALL = 4000
"""Enterprises of the world the models are fitted on."""
UNLINKED = 0.005
"""Share of event rows whose firm is not known."""
_SYSTEM = """
select case when u(src_row, 3) < {unlinked} then null else ent(i) end as ent_id,
  case when u(src_row, 3) < {unlinked} then null when u(src_row, 3) < 0.03 then 'NAME_REGION_LR' else 'USCC' end
    as link_basis,
  '{source}' as source, key as source_key, event_date, cast(event_date + lag as date) as known_from, known_to,
  'upsert' as op, 'ASSUMED_LAG' as known_basis, cast(1 as smallint) as is_simulated,
  '{source}.bench.000000000000' as batch_id,
  '{name}.csv' as src_file, src_row, cast(hash(key) >> 4 as bigint) as row_hash, cast(null as varchar) as quality_flag
"""


@dataclass(frozen=True)
class Part:
    """One query of world.sql."""

    name: str
    source: str
    sql: str


def parts() -> tuple[list[str], list[Part]]:
    """Macro definitions and queries of world.sql, in order."""
    text = (Path(__file__).parent / "world.sql").read_text(encoding="utf-8")
    blocks = re.split(r"^-- (macro|table: .*)$", text, flags=re.MULTILINE)[1:]
    macros, tables = [], []
    for head, body in zip(blocks[::2], blocks[1::2], strict=True):
        if head == "macro":
            macros.append(body.strip())
        else:
            words = head.split()
            tables.append(Part(words[1], words[3] if len(words) > 2 else "", body.strip()))
    return macros, tables


def make_lake(lake: Lake, content: ContentStore, enterprises: int, *, memory: str = "6GB", quiet: bool = True) -> int:
    """Writes all standard tables of `enterprises` firms in the register, a quarter as many gone ones and 1 % others.

    Of each 100 firms 20 are gone and one is self-employed or a cooperative. Returns the number of event rows.
    """
    # one thread keeps the rows in the order of the firms, so nothing has to be sorted
    con = duckdb.connect(config={"memory_limit": memory, "threads": 1, "temp_directory": str(lake.root / "_spill")})
    macros, tables = parts()
    firms = str(100 * -(-enterprises // 79))
    for macro in macros:
        con.execute(f"create macro {macro}".replace(":firms", firms))
    _codes(con, content)
    rows = 0
    for part in sorted(tables, key=lambda p: p.name == "ent_instant_publish"):
        started = time.perf_counter()
        sql = part.sql.replace(":firms", firms)
        if not part.source:
            con.execute(f"create table {part.name} as {sql}")
            continue
        made = _table(con, lake.table("standard", part.name), content, part, sql)
        rows += made if part.name != "ent_registration" else 0
        if not quiet:
            print(f"{part.name:22}{made:12,}{time.perf_counter() - started:8.1f} s", flush=True)
    con.close()
    shutil.rmtree(lake.root / "_spill", ignore_errors=True)
    return rows


def _codes(con: duckdb.DuckDBPyConnection, content: ContentStore) -> None:
    lists = content.code_lists
    for name in ("ent_type", "industry", "region", "license_requirement"):
        con.register(f"code_{name}", lists[name])
    con.execute("create table ent_type as select code, org_form, ent_category from code_ent_type")
    con.execute(
        "create table industry as select code, name_zh, section as sec, "
        "row_number() over (partition by section order by code) - 1 as k "
        "from code_industry where level = 4"
    )
    con.execute(
        "create table county as select c.code, c.name_zh, p.name_zh as city, "
        "row_number() over (order by c.code) - 1 as k "
        "from code_region c join code_region p on p.code = c.parent where c.level = 3 and c.code like '41%'"
    )
    con.execute(
        "create table lic_type as select req_lic_type as lic_type, row_number() over (order by req_lic_type) - 1 as k "
        "from (select distinct req_lic_type from code_license_requirement)"
    )


def _table(con: duckdb.DuckDBPyConnection, target: LakeTable, content: ContentStore, part: Part, sql: str) -> int:
    schema = standard_schema(content.standard[part.name])
    inner = f"select cast(hash(key) >> 40 as bigint) as src_row, q.* from ({sql}) q"
    given = set(con.sql(f"select * from ({sql}) q limit 0").columns)
    system = _SYSTEM.format(
        source=part.source, name=part.name, unlinked=0 if part.name == "ent_registration" else UNLINKED
    )
    types = dict(zip(*_types(schema), strict=True))
    made = set(SYSTEM.names)
    columns = ", ".join(
        n if n in made else f"cast({n if n in given else 'null'} as {types[n]}) as {n}" for n in schema.names
    )
    keys = ", ".join(f"q.{n}" for n in schema.names if n in given and n not in made)
    joined = f"{system}, {keys} from ({inner}) q"
    order = f" order by {', '.join(f'{c} nulls first' for c in SORT)}"  # as the intake writes it
    folder = target.staging("bench")
    path = folder / "part-0.parquet"
    con.execute(
        f"copy (select {columns} from ({joined}) r{order}) to '{path}' "
        "(format parquet, compression zstd, row_group_size 122880)"
    )
    target.replace([path], schema=schema, app_id="bench", app_version=1, lease=NoLease(), based_on=target.version())
    con.execute(f"create view {part.name} as select * from '{target.files()[0]}'")
    return target.rows()


def _types(schema: object) -> tuple[list[str], list[str]]:
    empty = duckdb.from_arrow(schema.empty_table())  # type: ignore[attr-defined]
    return list(empty.columns), [str(t) for t in empty.types]


def small_models() -> list[Model]:
    """Models of all gradings, fitted on a small world."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "small"
        create(root)
        with Workspace.open(root) as ws:
            make_lake(ws.lake, ws.store, SMALL)
            out = []
            for grading in ws.store.gradings.values():
                with ws.engine() as engine:
                    out.append(fit(ws, engine, grading, AS_OF).model)
            return out


def make(root: Path, enterprises: int, *, quiet: bool = False) -> int:
    """The deployment in `root` with its lake and active models; returns the number of event rows."""
    create(root)
    with Workspace.open(root) as ws:
        rows = make_lake(ws.lake, ws.store, enterprises, quiet=quiet)
        for model in small_models():
            stored = store(ws, model, by="bench")
            ws.office.models.approve(stored.version, by="second person")
            ws.office.models.activate(stored.version, by="second person")
    return rows


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--enterprises", type=int, default=20_000)
    args = parser.parse_args()
    started = time.perf_counter()
    rows = make(args.root, args.enterprises)
    print(f"{args.enterprises:,} enterprises, {rows:,} event rows in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
