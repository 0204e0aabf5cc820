"""Intake against DuckDB merely reading and writing the same file as Parquet. Makes its own file, prints the ratio.

    python bench/bench_intake.py [--rows 1000000] [--feed annual_report|insured|penalty] [--folder DIR] [--profile]

The intake lands the file (SHA-256, zstd, SM4), reads, maps, checks, settles versions, links rows to firms, and writes
sorted. `annual_report` (S-GSXT, UTF-8, 18 columns) is a usual feed; `insured` (S-HRSS, UTF-8, 7 columns) the narrowest,
where what every row gets besides its values (14 columns of origin and clocks, a hash) weighs most; `penalty` (S-PUN,
GB18030, 18 columns) is read against its UTF-8 twin.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

import duckdb

from yuheng import intake
from yuheng.content import ContentStore
from yuheng.crypto import KeyRing
from yuheng.lake import Lake, connect
from yuheng.office import open_office
from yuheng.settings import Deployment, create

RECEIVED = dt.date(2025, 6, 30)
CODE = "concat('91410100MA', lpad(cast(n as varchar), 7, '0'), '0')"
FIRMS = """
select concat('P', n) as PRIPID, {code} as UNISCID, '' as REGNO, concat('郑州市第', n, '商贸有限公司') as ENTNAME,
  '1130' as ENTTYPE, '张三' as LEREP, '1' as CERTYPE, '' as CERNO, '100.00' as REGCAP, '156' as REGCAPCUR,
  '' as RECCAP, '2015-03-01' as ESTDATE, '2015-03-01' as APPRDATE, '2015-03-01' as OPFROM, '' as OPTO,
  'F' as INDUSTRYPHY, '5219' as INDUSTRYCO, '销售' as OPSCOPE, concat('郑州市金水区花园路', n, '号') as DOM,
  '410105' as DOMDISTRICT, '410105' as REGORG, '' as LOCALADM, '1' as REGSTATE, '5' as EMPNUM, '' as TEL, '' as EMAIL,
  '' as CANDATE, '' as REVDATE, '' as PARENTUNISCID, 'S' as ENTSIZE, '2016-01-05 10:00:00' as UPDATETIME,
  'I' as OPFLAG, '模拟数据' as DATAMARK
from range({firms}) t(n)
"""
ROWS = {
    "insured": """
select {code} as UNISCID, strftime(date '2023-01-01' + to_months(cast(m as integer)), '%Y%m') as "MONTH",
  cast(hash(i) % 50 + 1 as varchar) as INSURED, case when hash(i + 1) % 20 = 0 then '2' else '0' end as ARREARS_MONTHS,
  strftime(date '2023-02-10' + to_months(cast(m as integer)), '%Y-%m-%d 10:22:33') as UPDATETIME, 'I' as OPFLAG,
  '模拟数据' as DATAMARK
from (select i, i % {firms} as n, i // {firms} as m from range({rows}) t(i))
""",
    "annual_report": """
select concat('N', i) as ANCHEID, '1' as VERNO, concat('P', n) as PRIPID, {code} as UNISCID,
  cast(2013 + m as varchar) as ANCHEYEAR, day as ANCHEDATE, '开业' as BUSST,
  cast(hash(i) % 90 + 1 as varchar) as EMPNUM,
  concat(cast(l + e as varchar), '.75') as ASSGRO, concat(cast(l as varchar), '.50') as LIAGRO,
  concat(cast(e as varchar), '.25') as TOTEQU, concat(cast(hash(i + 4) % 9000 as varchar), '.10') as VENDINC,
  concat('-', cast(hash(i + 5) % 90 as varchar), '.75') as NETINC, '0.00' as GUARANTEEAM,
  cast(hash(i + 6) % 50 as varchar) as ENDOWMENTNUM, concat(day, ' 10:22:33') as LASTREPORTTIME, 'I' as OPFLAG,
  '模拟数据' as DATAMARK
from (
  select *, concat(cast(2014 + m as varchar), '-0', cast(i % 6 + 1 as varchar), '-', cast(i % 18 + 10 as varchar))
    as day
  from (
    select i, i % {firms} as n, cast(i // {firms} % 11 as integer) as m, hash(i + 2) % 5000 as l,
      hash(i + 3) % 4000 as e
    from range({rows}) t(i)))
""",
    "penalty": """
select concat('豫市监案', i) as CASENO, {code} as UNISCID, concat('郑州市第', n, '商贸有限公司') as ENTNAME,
  concat('豫市监罚〔2023〕', i, '号') as PENDECNO, '虚假宣传' as ILLEGACTTYPE,
  lpad(cast(i % 15 + 1 as varchar), 2, '0') as "DOMAIN", '01,03' as PENTYPE,
  concat(cast(hash(i) % 100000 as varchar), '.00') as PENAM, '0.00' as FORFAM, '郑州市市场监督管理局' as JUDAUTH,
  '2024-01-05' as PENDECISSDATE, '2024-01-20' as PERFORMDUE, '2024-01-18' as PERFORMDATE, '' as REPAIRDATE,
  '' as REVOKEDATE, concat('2024-02-', lpad(cast(i % 28 + 1 as varchar), 2, '0'), ' 10:22:33') as UPDATETIME,
  'I' as OPFLAG, '模拟数据' as DATAMARK
from (select i, cast(hash(i * 7) % {firms} as bigint) as n from range({rows}) t(i))
""",
}
FEED = {"annual_report": ("S-GSXT", "annual_report"), "insured": ("S-HRSS", "insured"), "penalty": ("S-PUN", "penalty")}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--feed", choices=sorted(FEED), default="annual_report")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="bench-intake-"))
    try:
        measure(folder, options.feed, options.rows, profile=options.profile)
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, feed: str, rows: int, *, profile: bool = False) -> None:
    """One file of `rows` records, read and written by DuckDB, then taken by the intake."""
    firms = max(rows // 12, 1)
    deployment = create(folder / "deployment")
    write_csv(FIRMS, deployment.inbox / "S-REG/reg_entity/reg_entity_000000.csv", firms, rows, "gb18030")
    run(deployment)
    source, name = FEED[feed]
    plain = folder / f"{feed}.csv"
    write_csv(ROWS[feed], plain, firms, rows, "utf-8")
    os.sync()  # the clock does not run for the disk taking in the files made here
    baseline = min(read_and_write(plain, folder / "baseline.parquet") for _ in range(2))
    target = deployment.inbox / source / name / f"{name}_000000.csv"
    write_csv(ROWS[feed], target, firms, rows, "gb18030" if feed == "penalty" else "utf-8")
    os.sync()
    seconds = run(deployment, profile=profile)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{feed}: {rows:,} rows, {plain.stat().st_size / 2**20:,.0f} MiB")
    wall, cpu = (seconds[i] / baseline[i] for i in (0, 1))
    print(f"DuckDB reads and writes: {baseline[0]:.2f} s ({baseline[1]:.2f} s of processor time)")
    print(f"intake:                  {seconds[0]:.2f} s ({seconds[1]:.2f} s of processor time), peak {peak:.1f} GiB")
    print(f"ratio {wall:.2f} (processor time {cpu:.2f})")


def write_csv(sql: str, path: Path, firms: int, rows: int, encoding: str) -> None:
    """The query's result as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    utf8 = path.with_suffix(".utf8")
    with duckdb.connect() as con:
        text = sql.format(code=CODE, firms=firms, rows=rows)
        con.execute(f"copy ({text}) to '{utf8}' (header, delimiter ',')")
    if encoding == "utf-8":
        utf8.rename(path)
        return
    with utf8.open(encoding="utf-8", newline="") as old, path.open("w", encoding=encoding, newline="") as new:
        shutil.copyfileobj(old, new, 1 << 24)
    utf8.unlink()


def clocks() -> tuple[float, float]:
    """Seconds by the wall clock, and of processor time spent by this process."""
    return time.perf_counter(), time.process_time()


def since(started: tuple[float, float]) -> tuple[float, float]:
    """Seconds spent since then, on both clocks."""
    now = clocks()
    return now[0] - started[0], now[1] - started[1]


def read_and_write(source: Path, target: Path) -> tuple[float, float]:
    """Seconds DuckDB takes to turn the file into Parquet, all cores."""
    started = clocks()
    with duckdb.connect() as con:
        con.execute(f"copy (select * from read_csv('{source}')) to '{target}' (format parquet, compression zstd)")
    return since(started)


def run(deployment: Deployment, *, profile: bool = False) -> tuple[float, float]:
    """Seconds of one intake run of everything in the inbox."""
    store = ContentStore.load()
    office = open_office(deployment.office_url, audit_key=KeyRing(deployment.master_key()).key("audit"))
    engine = connect(macros=store.macros, spill=deployment.work / "spill")
    started = clocks()
    marks: list[tuple[float, str]] = []

    def note(stage: str, done: int, total: int) -> None:
        marks.append((round(since(started)[0], 2), f"{stage} {done}/{total}"))

    report = intake.run(deployment, office, Lake(deployment.lake), engine, store, received=RECEIVED, progress=note)
    seconds = since(started)
    engine.close()
    office.close()
    if report.refused:
        raise SystemExit(f"refused: {report.refused}")
    if profile:
        print(marks, dict(report.counts))
    return seconds


if __name__ == "__main__":
    main()
