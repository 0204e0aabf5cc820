"""Records of simulated firms from five sources, none with a credit code, and what is wrong with them.

The noise model (shares of a source's records; `NOISE`; a record may have several faults):

| what | share |
| --- | --- |
| region in front of the name left out | 0.12 |
| region in front of the name in brackets behind the own name | 0.03 |
| 有限公司 written 有限责任公司 | 0.15 |
| legal form left out | 0.04 |
| one character of the own name wrong | 0.02 |
| trade word left out | 0.02 |
| full-width brackets, blanks inside | 0.05 |
| an old character for a new one (where there is one) | 0.02 |
| region missing / only the city | 0.06 / 0.05 |
| legal representative missing / former one / one character wrong | 0.15 / 0.04 / 0.02 |
| telephone missing / another one | 0.35 / 0.12 |
| address missing / another one | 0.10 / 0.08 |
| address without city / building as 幢 / without room / number in Chinese | 0.20 / 0.15 / 0.20 / 0.05 |

Every source holds a share of the firms (`COVERAGE`), so a firm has one to five records, 3.3 on average.
"""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from yuheng.simulate.clock import Clock
from yuheng.simulate.names import firm_texts
from yuheng.simulate.params import Params
from yuheng.simulate.places import phone_numbers
from yuheng.simulate.population import populate
from yuheng.simulate.rng import Streams

COVERAGE = {"S-A": 0.85, "S-B": 0.75, "S-C": 0.65, "S-D": 0.55, "S-E": 0.5}
END = date(2026, 10, 31)
MONTHS = 36


def firms(enterprises: int, seed: int) -> pa.Table:
    """The true firms: firm, name, short, trade words inside the name, region, person, phone, address."""
    params = Params(Path(str(files("yuheng.content") / "simulate")))
    clock = Clock(params, END, MONTHS)
    world = populate(params, clock, Streams(seed, 0), enterprises)
    block, texts = world.block, firm_texts(world)
    people, sites = world.people.texts(), world.places.texts()
    phones = phone_numbers(block.phone, 0)
    return pa.table(
        {
            "firm": pa.array(np.arange(block.n, dtype=np.int64)),
            "name": texts["name"],
            "short": texts["short"],
            "city_name": texts["city"],
            "county_name": texts["county"],
            "region": texts["region"],
            "person": people["name"].take(pa.array(block.person)),
            "other_person": people["name"].take(pa.array((block.person * 7919 + 13) % people.num_rows)),
            "phone": pa.array(phones.astype(str)) if isinstance(phones, np.ndarray) else phones,
            "address": sites["text"].take(pa.array(block.addr)),
            "other_address": sites["text"].take(pa.array((block.addr * 7919 + 31) % sites.num_rows)),
        }
    )


def records(enterprises: int, seed: int) -> pa.Table:
    """The records of all sources with the noise: the columns of `RECORD` and `firm`, the truth."""
    con = duckdb.connect()
    con.register("firms", firms(enterprises, seed))
    con.execute(f"create macro u(a, b, k) as (hash(a, b, k, {seed}) >> 11) / 9007199254740992.0")
    con.execute(
        "create macro spoilt(t, place) as substr(t, 1, place - 1) || '' "
        "|| chr(19968 + cast(hash(t, place) % 4000 as integer)) || substr(t, place + 1)"
    )
    parts = " union all ".join(
        f"select *, '{source}' as source, {place} as s from firms where u(firm, {place}, 0) < {share}"
        for place, (source, share) in enumerate(COVERAGE.items())
    )
    return con.sql(
        f"""
        with r as ({parts}),
        named as (select *,
            case when starts_with(name, '河南') then '河南' when starts_with(name, city_name) then city_name
                 when starts_with(name, replace(city_name, '市', '')) then replace(city_name, '市', '')
                 when starts_with(name, county_name) then county_name else '' end as front from r),
        bodies as (select *, substr(name, length(front) + 1) as body from named),
        wrong as (select *,
            case when u(firm, s, 1) < 0.02 and strpos(body, short) = 1
                 then spoilt(short, 1 + cast(hash(firm, s) % length(short) as integer))
                      || substr(body, length(short) + 1)
                 else body end as b1 from bodies),
        formed as (select *,
            case when u(firm, s, 2) < 0.15 then replace(b1, '有限公司', '有限责任公司')
                 when u(firm, s, 2) < 0.19 then regexp_replace(b1, '(有限公司|专业合作社)$', '')
                 else b1 end as b2 from wrong),
        whole as (select *,
            case when front = '' then b2 when u(firm, s, 3) < 0.12 then b2
                 when u(firm, s, 3) < 0.15 then short || '(' || front || ')' || substr(b2, length(short) + 1)
                 else front || b2 end as n1 from formed),
        dressed as (select *,
            case when u(firm, s, 4) < 0.05
                 then replace(replace(n1, '(', '（'), ')', '）') || '　' when u(firm, s, 4) < 0.07
                 then translate(n1, '兴华东农万丰泽', '興華東農萬豐澤') else n1 end as n2 from whole)
        select row_number() over (order by s, firm) as record, source, n2 as name, firm,
            case when u(firm, s, 5) < 0.06 then null when u(firm, s, 5) < 0.11 then substr(region, 1, 4) || '00'
                 else region end as region_code,
            case when u(firm, s, 6) < 0.15 then null when u(firm, s, 6) < 0.19 then other_person
                 when u(firm, s, 6) < 0.21 then spoilt(person, length(person)) else person end as person,
            case when u(firm, s, 7) < 0.35 then null
                 when u(firm, s, 7) < 0.47 then '1' || cast(3000000000 + hash(firm, s) % 6999999999 as varchar)
                 else phone end as phone,
            case when u(firm, s, 8) < 0.10 then null when u(firm, s, 8) < 0.18 then other_address
                 else regexp_replace(regexp_replace(
                    case when u(firm, s, 9) < 0.2 and starts_with(address, city_name)
                         then substr(address, length(city_name) + 1) else address end,
                    '([0-9]+)号楼', case when u(firm, s, 10) < 0.15 then '\\1幢' else '\\1号楼' end),
                    '[0-9]+(室|号)$', case when u(firm, s, 11) < 0.2 then '' else '\\0' end) end as address
        from dressed order by record
        """
    ).to_arrow_table()
