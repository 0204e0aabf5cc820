"""A real register as the population: its firms keep kind, type, date, capital, industry, place, but no name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yuheng.crypto.keys import derive
from yuheng.errors import DataError
from yuheng.simulate.block import CANCELLED, COOPERATIVE, ENTERPRISE, SELF_EMPLOYED, STAYS
from yuheng.simulate.clock import MISSING, YEAR, Clock
from yuheng.simulate.cohorts import draw, weights_of
from yuheng.simulate.fakes import Permutation, fake_digits
from yuheng.simulate.founding import Founded, adopt
from yuheng.simulate.names import CODES, trade_space
from yuheng.simulate.params import Flags, Floats, Ints, Params
from yuheng.simulate.population import Given, World, settle
from yuheng.simulate.rng import Streams, salt_of, uniform

BLOCK_ROWS = 250_000
_DATES = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"]


@dataclass(frozen=True)
class Register:
    """Firms of a real register, one block of them; `address` is faked already, `leader` numbers persons of one mark."""

    founded: Founded
    row: Ints
    address: pa.StringArray
    leader: Ints


def read_register(folder: Path, params: Params, target: Path, *, limit: int, seed: int) -> int:
    """Read the extracts `*.csv.gz` (or `*.csv`) of a folder into one Parquet file; returns the number of firms.

    The columns are those of registry.yaml; rows without a name or a date that can be read are left out. A `limit`
    above 0 takes so many of them, by lot of the seed.
    """
    files = sorted([*folder.glob("*.csv.gz"), *folder.glob("*.csv")])
    if not files:
        raise DataError(f"There is no *.csv.gz in {folder}.", todo="Name the folder of the register's extracts.")
    names = params.registry.names("columns")
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    missing = ", ".join(f"'{text}'" for text in params.registry.texts("missing"))
    columns = ", ".join(
        f"""case when trim("{params.registry.text("columns", name)}") not in ({missing})
            then trim("{params.registry.text("columns", name)}") end as {name}"""
        for name in names
    )
    formats = ", ".join(f"'{text}'" for text in _DATES)
    with duckdb.connect(config={"threads": 1}) as db:
        db.execute("set enable_progress_bar = false")
        rows = db.sql(
            f"""select row_number() over () - 1 as row, parse_filename(filename) as source_file, * exclude (filename),
                  cast(try_strptime(date, [{formats}]) as date) as est
                from (select {columns}, filename from read_csv([{listed}], all_varchar = true, header = true,
                  filename = true, strict_mode = false, null_padding = true, ignore_errors = true))
                where name is not null and try_strptime(date, [{formats}]) is not null
                order by row"""
        ).to_arrow_table()
    if 0 < limit < rows.num_rows:
        lot = uniform(np.arange(rows.num_rows), salt_of(f"{seed}/register"))
        rows = rows.take(pa.array(np.sort(np.argsort(lot, kind="stable")[:limit])))
    pq.write_table(rows, target, compression="zstd")
    return int(rows.num_rows)


def register_block(path: Path, key: bytes, params: Params, clock: Clock, streams: Streams, size: int) -> Register:
    """The firms of one block of the Parquet file of `read_register`."""
    table = pq.read_table(path).slice(streams.block * BLOCK_ROWS, size)
    rng = streams.of("register")
    both = pc.binary_join_element_wise(*(pc.fill_null(table[name], "") for name in ("type", "name")), "")
    subject = pc.binary_join_element_wise(*(pc.fill_null(table[name], "") for name in ("name", "scope")), "")
    kind = _kinds(params, table, both)
    type_row = _types(params, rng, both, kind)
    est = table["est"].cast(pa.int32()).to_numpy().astype(np.int64)
    est = np.clip(est, clock.origin + 366, clock.end)
    gone = _leave(params, clock, rng, kind, est)
    founded = Founded(
        kind=kind,
        est_day=est,
        exit_day=gone,
        exit_kind=np.where(gone == MISSING, STAYS, CANCELLED),
        cancel_day=gone.copy(),
        type_row=type_row,
        industry_row=_industries(params, rng, subject, kind),
        county_row=_counties(params, rng, table),
        parent=np.full(len(kind), -1, dtype=np.int64),
        capital=_capital(table),
    )
    adopt(params, rng, founded)
    row = table["row"].to_numpy().astype(np.int64)
    return Register(founded, row, _addresses(params, table, key), _leaders(table))


def world_of(path: Path, key: bytes, params: Params, clock: Clock, streams: Streams, size: int) -> World:
    """The world of one block of a real register: its names, codes and persons are made up, its structure is kept."""
    register = register_block(path, derive(key, b"addresses"), params, clock, streams, size)
    given = Given(
        leader=register.leader,
        address=register.address,
        number=Permutation(derive(key, b"codes"), CODES, "codes").forward(register.row),
        trade=Permutation(derive(key, b"names"), trade_space(params), "names").forward(
            register.row % trade_space(params)
        ),
        taken=pq.read_table(path, columns=["name"])["name"].combine_chunks(),
    )
    return settle(params, clock, streams, register.founded, given)


def key_to_originals(path: Path, world: World, size: int) -> pa.Table:
    """Which original row stands behind each fake: kept with the truth alone."""
    block = world.block
    table = pq.read_table(path).slice(block.number * BLOCK_ROWS, size)
    fakes = {f"fake_{name}": block.lookups["f"][name] for name in ("pripid", "uscc", "name", "short")}
    fakes["fake_leader"] = block.lookups["p"]["name"].take(pa.array(block.person))
    fakes["fake_address"] = block.lookups["a"]["text"].take(pa.array(block.addr))
    return pa.table(fakes | {name: table[name] for name in table.column_names})


def first_match(params: Params, what: str, code: str, texts: pa.ChunkedArray) -> Ints:
    """Row in the table of `code` (types, industries) of the first pattern that fits each text, -1 where none does."""
    table = {"type": "types", "industry": "industries"}[what]
    codes = params.column(table, "code")
    result = np.full(len(texts), -1, dtype=np.int64)
    for rule in params.registry.rules(what):
        fits = pc.match_substring_regex(texts, rule["pattern"]).to_numpy(zero_copy_only=False).astype(np.bool_)
        result[fits & (result < 0)] = codes.index(rule[code])
    return result


def _kinds(params: Params, table: pa.Table, both: pa.ChunkedArray) -> Ints:
    head = pc.fill_null(pc.utf8_slice_codeunits(table["uscc"], 0, 2), "")
    kind = np.full(table.num_rows, ENTERPRISE, dtype=np.int64)
    known = pc.is_in(head, pa.array(["91", "92", "93"])).to_numpy(zero_copy_only=False).astype(np.bool_)
    for number, code, name in ((SELF_EMPLOYED, "92", "self_employed"), (COOPERATIVE, "93", "cooperative")):
        pattern = params.registry.text("kind", name)
        named = pc.match_substring_regex(both, pattern).to_numpy(zero_copy_only=False).astype(np.bool_)
        coded = pc.equal(head, code).to_numpy(zero_copy_only=False).astype(np.bool_)
        kind[coded | (named & ~known)] = number
    return kind


def _types(params: Params, rng: np.random.Generator, both: pa.ChunkedArray, kind: Ints) -> Ints:
    group = np.asarray(params.column("types", "group"))
    other = np.isin(group, ["SELF", "COOP"])
    found = first_match(params, "type", "type", both)
    drawn = draw(rng, np.where(other, 0.0, params.figures("types", "weight")), len(kind))
    result = np.where((found < 0) | other[np.maximum(found, 0)], drawn, found)
    result[kind == SELF_EMPLOYED] = int(np.flatnonzero(group == "SELF")[0])
    result[kind == COOPERATIVE] = int(np.flatnonzero(group == "COOP")[0])
    return result


def _industries(params: Params, rng: np.random.Generator, subject: pa.ChunkedArray, kind: Ints) -> Ints:
    found = first_match(params, "industry", "industry", subject)
    for number in (ENTERPRISE, SELF_EMPLOYED, COOPERATIVE):
        open_ = np.flatnonzero((found < 0) & (kind == number))
        found[open_] = draw(rng, weights_of(params, "industries", number), len(open_))
    return found


def _counties(params: Params, rng: np.random.Generator, table: pa.Table) -> Ints:
    """By the county's name at the beginning of the address, else a county of the city, else any."""
    counties = params.rows("counties")
    address, city = pc.fill_null(table["address"], ""), pc.fill_null(table["city"], "")
    result = np.full(table.num_rows, -1, dtype=np.int64)
    weight = params.figures("counties", "enterprise_weight")
    for place in sorted(range(len(counties)), key=lambda i: -len(counties[i]["name"])):
        row = counties[place]
        named = pc.match_substring(pc.utf8_slice_codeunits(address, 0, 16), row["name"])
        inside = pc.or_(pc.starts_with(city, row["city_name"].removesuffix("市")), pc.equal(city, ""))
        fits = pc.and_(named, inside).to_numpy(zero_copy_only=False).astype(np.bool_)
        result[fits & (result < 0)] = place
    for name in sorted({row["city_name"] for row in counties}):
        fits = pc.starts_with(city, name.removesuffix("市")).to_numpy(zero_copy_only=False).astype(np.bool_)
        open_ = np.flatnonzero(fits & (result < 0))
        of_city = np.asarray([row["city_name"] == name for row in counties])
        result[open_] = draw(rng, np.where(of_city, weight, 0.0), len(open_))
    open_ = np.flatnonzero(result < 0)
    result[open_] = draw(rng, weight, len(open_))
    return result


def _capital(table: pa.Table) -> Floats:
    """10,000 yuan; NaN where none is given."""
    text = pc.replace_substring(pc.fill_null(table["capital"], ""), ",", "")
    number = pc.struct_field(pc.extract_regex(text, r"^[^0-9]*(?P<n>[0-9]+(?:\.[0-9]+)?)"), "n")
    values = pc.cast(number, pa.float64()).combine_chunks().to_numpy(zero_copy_only=False).astype(np.float64)
    values = np.where(values <= 0, np.nan, values)
    result: Floats = np.where(values > 1e8, values / 1e4, values)
    return result


def _addresses(params: Params, table: pa.Table, key: bytes) -> pa.StringArray:
    """Cut before the part that names another body, then every number replaced."""
    body, keep = (params.registry.text("address", name) for name in ("body", "keep"))
    city = pc.binary_join_element_wise(pc.fill_null(table["city"], ""), "市", "")
    text = pc.fill_null(table["address"], "")
    head = pc.struct_field(pc.extract_regex(text, f"^(?P<head>.*?)(?:{body})"), "head")
    named = pc.is_valid(head)
    kept = pc.struct_field(pc.extract_regex(pc.coalesce(head, text), f"(?P<kept>{keep})"), "kept")
    result = pc.if_else(named, pc.coalesce(kept, city), pc.if_else(pc.equal(text, ""), city, text))
    return fake_digits(result.combine_chunks(), key)


def _leaders(table: pa.Table) -> Ints:
    """A number per leader; equal marks are one person, a missing one is a person of its own."""
    marks = pc.fill_null(table["leader"], "").combine_chunks().dictionary_encode()
    number = marks.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    none: Flags = pc.equal(marks.dictionary, "").to_numpy(zero_copy_only=False).astype(np.bool_)
    number = np.where(none[number], len(none) + np.arange(len(number)), number)
    return np.unique(number, return_inverse=True)[1].astype(np.int64)


def _leave(params: Params, clock: Clock, rng: np.random.Generator, kind: Ints, est: Ints) -> Ints:
    """Days of cancellation within the history of exits, at the rates of an invented register."""
    history = params.number("population", "exit_history_years")
    first = clock.start - int(history * YEAR)
    rates = [params.number("population", name) for name in ("exit_per_stock_year", "other_exit_per_stock_year")]
    rate = np.where(kind == ENTERPRISE, rates[0], rates[1])
    low = np.maximum(est + 30, first)
    left = rng.random(len(kind)) < 1 - np.exp(-rate * np.maximum(clock.end - low, 0) / YEAR)
    day = clock.sample(rng, low, np.full(len(kind), clock.end + 1, dtype=np.int64))
    return np.where(left, day, MISSING)
