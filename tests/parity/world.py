"""A small world for both engines: rows made up for every standard table, dense enough that every branch meets some.

Texts are the very literals content SQL compares a column with; days lie around D and on the bounds of its windows.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
from sqlglot import exp

from yuheng.content import ContentStore
from yuheng.content.schema import StandardTable
from yuheng.library.shape import SYSTEM, standard_schema
from yuheng.sql import parse

AS_OF = date(2025, 6, 30)
FIRMS = 120
Cell = str | int | Decimal | date | datetime | None

_AGES = (0, 1, 29, 30, 31, 89, 90, 91, 180, 209, 210, 364, 365, 366, 400, 729, 730, 731, 1094, 1095, 1096)
_SHARED = {
    "uscc": [f"91410100MA{n:08d}" for n in range(40)],
    "token": [f"token-{n}" for n in range(40)],
    "addr_norm": [f"郑州市金水区{n}号" for n in range(25)],
    "reg_state": ["1", "1", "1", "1", "1", "2", "3", "4", "5"],
    "region_code": ["410102", "410105", "410302", "411726", "419001", "420106"],
    "industry_sec": ["C", "F", "H", "I"],
    "industry_div": ["13", "52", "62", "64"],
    "key": [f"key-{n}" for n in range(30)],
}
_ENDINGS = {"token": "token", "_no": "key", "_key": "key", "_id": "key", "uscc": "uscc"}


def rows(store: ContentStore, *, seed: int = 7, firms: int = FIRMS) -> dict[str, pa.Table]:
    """Versions of every standard table."""
    words = literals(store)
    return {
        name: _table(table, words, random.Random(f"{seed}/{name}"), firms) for name, table in store.standard.items()
    }


def literals(store: ContentStore) -> Mapping[str, Sequence[str]]:
    """Column name -> texts that derived tables, libraries, indicators and the columns of code lists hold for it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    texts = [d.sql for d in (*store.derived.values(), *store.libraries.values()) if d.sql]
    texts += [text for i in store.indicators.values() for text in (i.measure, i.filter, i.applies_to)]
    for text in texts:
        for node in parse(text).find_all(exp.EQ, exp.NEQ, exp.In, exp.Like):
            column = next(node.this.find_all(exp.Column), None)
            if column is not None:
                for literal in node.find_all(exp.Literal):
                    if literal.is_string:
                        found[column.name].add(literal.name.strip("%,"))
    for name, codes in store.code_lists.items():
        for column in ("industry_code", "ent_type"):
            if name == column and "code" in codes.column_names:
                found[column] |= set(codes["code"].drop_null().to_pylist()[:40])
        if "industry_prefix" in codes.column_names:
            found["industry_code"] |= {f"{p}99"[:4] for p in codes["industry_prefix"].drop_null().to_pylist()}
            found["op_scope"] |= set(codes["scope_keyword"].drop_null().to_pylist())
    return {name: sorted(values) for name, values in found.items()}


def _table(table: StandardTable, words: Mapping[str, Sequence[str]], chance: random.Random, firms: int) -> pa.Table:
    schema = standard_schema(table)
    count = firms if table.id == "ent_registration" else 3 * firms
    made = [_row(table, number, schema, words, chance, firms) for number in range(count)]
    return pa.table([pa.array([row[f.name] for row in made], f.type) for f in schema], schema=schema)


def _row(
    table: StandardTable,
    number: int,
    schema: pa.Schema,
    words: Mapping[str, Sequence[str]],
    chance: random.Random,
    firms: int,
) -> dict[str, Cell]:
    business = [f for f in schema if f.name not in SYSTEM.names]
    row: dict[str, Cell] = {f.name: _cell(f.name, f.type, words, chance) for f in business}
    first = table.id == "ent_registration"
    happened = row[table.event_date] or AS_OF - timedelta(days=chance.choice(_AGES) + 400 * first)
    assert isinstance(happened, date)
    if table.event_date in row:
        row[table.event_date] = happened
    known = happened + timedelta(days=chance.choice((0, 0, 1, 40)))
    replaced = known + timedelta(days=200) if chance.random() < 0.1 else date(9999, 12, 31)
    return row | {
        "ent_id": None if chance.random() < 0.03 and not first else (number if first else chance.randrange(firms)),
        "link_basis": chance.choice(("USCC", "PRIPID", "NAME_REGION_LR", None)),
        "source": f"S-{chance.choice('AB')}",
        "source_key": f"{number}",
        "event_date": happened,
        "known_from": known,
        "known_to": replaced,
        "op": "withdraw" if chance.random() < 0.03 else "upsert",
        "known_basis": "SOURCE_DATE",
        "is_simulated": 0,
        "batch_id": "batch",
        "src_file": "file",
        "src_row": number,
        "row_hash": number * 7919,
        "quality_flag": None,
    }


def _cell(name: str, kind: pa.DataType, words: Mapping[str, Sequence[str]], chance: random.Random) -> Cell:
    if chance.random() < 0.08:
        return None
    if pa.types.is_date(kind):
        ahead = chance.random() < 0.1
        return AS_OF + timedelta(
            days=chance.randrange(1, 400) if ahead else -chance.choice((*_AGES, chance.randrange(2000)))
        )
    if pa.types.is_timestamp(kind):
        return datetime.combine(AS_OF, time.min) - timedelta(minutes=chance.randrange(60 * 24 * 400))
    if pa.types.is_decimal(kind):
        digits = kind.scale
        whole = 10 ** min(kind.precision - digits, chance.choice((0, 1, 2, 4)))
        return Decimal(chance.randrange(whole * 10**digits)).scaleb(-digits)
    if name == "rating_cnt":
        return chance.randrange(200)
    if name == "report_year":
        return AS_OF.year - chance.randrange(6)
    if pa.types.is_integer(kind):
        return chance.randrange(2) if pa.types.is_int16(kind) else chance.randrange(6)
    return chance.choice(_texts(name, words))


def _texts(name: str, words: Mapping[str, Sequence[str]]) -> Sequence[str]:
    ending = next((pool for end, pool in _ENDINGS.items() if name.endswith(end)), "")
    pool = _SHARED.get(name) or _SHARED.get(ending)
    if name == "inv_token":
        return [*_SHARED["token"], *_SHARED["uscc"]]
    return pool or [*words.get(name, ()), f"{name} 甲", "乙"]
