"""The texts of the firms: names, codes, scope. The codes are well formed (GB 32100, GB 11714, old register number)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yuheng.simulate.block import ENTERPRISE, SELF_EMPLOYED, Block
from yuheng.simulate.clock import day_of, month_start
from yuheng.simulate.params import Flags, Ints, Params
from yuheng.simulate.population import World
from yuheng.simulate.texts import Bytes, chosen, digits, fixed, joined, letters, numbered, without

_ALPHABET = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", dtype=np.uint8)
_WIDE = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)
_POOL = b"YH"  # no authority gives out codes of this pool, so no real firm has a simulated code
CODES = 31**6
_STEP = 387_420_489
_PER_BLOCK = 1_000_000
_SYLLABLES = 3
_TRIES = 9
_AWAY = 7919
_CODES_SINCE = day_of(month_start(2015, 10))


def firm_texts(world: World) -> pa.Table:
    """The lookup `f`: one row per firm of the block."""
    block, params = world.block, world.block.params
    counties = params.rows("counties")
    region = letters([row["code"] for row in counties], block.county_row)
    number = world.given.number if world.given else global_numbers(block)
    code = credit_codes(block.kind, region, number)
    uscc = fixed(code)
    full, short = firm_names(world)
    rng = block.streams.of("names/details")
    foreign = (block.group == "FOREIGN") & (rng.random(block.n) < params.number("population", "foreign_currency"))
    currencies = params.words("currency")
    currency = np.where(foreign, rng.integers(0, len(currencies), block.n), len(currencies))
    parent = pa.array(np.where(world.parent < 0, 0, world.parent))
    industries = params.rows("industries")
    return pa.table(
        {
            "pripid": numbered(41 * 10**14 + number),
            "uscc": uscc,
            "regno": without(fixed(register_numbers(region, number)), block.est_day >= _CODES_SINCE),
            "name": full,
            "short": short,
            "type": chosen(params.column("types", "code"), block.type_row),
            "certype": chosen(["1", "5"], led_by_organisation(block).astype(np.int64)),
            "currency": chosen([*currencies, "156"], currency),
            "section": chosen([row["section"] for row in industries], block.industry_row),
            "industry": chosen([row["code"] for row in industries], block.industry_row),
            "scope": chosen([row["scope"] for row in industries], block.industry_row),
            "employees": numbered(block.employees),
            "parent": without(uscc.take(parent), world.parent < 0),
            "size": chosen(["X", "S", "M", "L"], _place(block.size, ["X", "S", "M", "L"])),
            "county": chosen([row["name"] for row in counties], block.county_row),
            "city": chosen([row["city_name"] for row in counties], block.county_row),
            "region": fixed(region),
        }
    )


def word_texts(world: World) -> dict[str, pa.Table]:
    """The lookups `w_<name>`: every word list, and the words that follow from other tables."""
    params = world.block.params
    lists = {name: params.words(name) for name in params.word_lists()}
    industries = params.rows("industries")
    codes = [f"{row['section']}{row['code']}" for row in industries]
    scopes = [row["scope"] for row in industries]
    lists |= {"industry_before": codes, "industry_after": codes, "scope_before": scopes, "scope_after": scopes}
    lists |= {"tax_level": params.texts("ordered", "tax_level", "letters")}
    lists |= {"grade": params.texts("ordered", "grade", "letters")}
    lists |= {"county_code": params.column("counties", "code")}
    lists |= {"licence_name": params.column("licences", "name"), "licence_prefix": params.column("licences", "prefix")}
    return {f"w_{name}": pa.table({"text": pa.array(words, pa.string())}) for name, words in lists.items()}


def led_by_organisation(block: Block) -> Flags:
    """Firms whose executive partner or head is an organisation."""
    draw = block.streams.of("names/organisation").random(block.n)
    led = np.zeros(block.n, dtype=np.bool_)
    for group in block.params.names("persons", "organisation_leads"):
        led |= (block.group == group) & (draw < block.params.number("persons", "organisation_leads", group))
    return led


def global_numbers(block: Block) -> Ints:
    """A number per firm, unlike over all blocks."""
    return block.number * _PER_BLOCK + np.arange(block.n, dtype=np.int64)


def firm_names(world: World) -> tuple[pa.StringArray, pa.StringArray]:
    """Full names and trade names. A branch carries its parent's name."""
    block, params = world.block, world.block.params
    rng = block.streams.of("names/firms")
    prefix, word = _prefix(block, rng), _word(block, rng)
    suffix = np.asarray(params.column("types", "suffix"), dtype=np.str_)[block.type_row]
    own = rng.integers(0, len(params.words("self_suffix")), block.n)
    ending = pc.if_else(
        pa.array(block.kind == SELF_EMPLOYED), chosen(params.words("self_suffix"), own), pa.array(suffix, pa.string())
    )
    trade = world.given.trade if world.given else _drawn_trade(block)
    for _ in range(_TRIES):
        short = trade_names(block, trade)
        names = _with_parents(world, joined(prefix, short, word, ending), pa.array(suffix, pa.string()))
        taken = _taken(world, names)
        if not taken.any():
            break
        trade = np.where(taken, (trade + _AWAY) % trade_space(params), trade)
    return names, short


def trade_space(params: Params) -> int:
    """How many trade names there are."""
    return int(len(params.words("trade")) ** _SYLLABLES)


def trade_names(block: Block, trade: Ints) -> pa.StringArray:
    """Three syllables per number: of two, a region would soon have each name in truth."""
    stones = block.params.words("trade")
    parts = []
    for _ in range(_SYLLABLES):
        trade, stone = np.divmod(trade, len(stones))
        parts.append(chosen(stones, stone))
    return joined(*parts)


def _drawn_trade(block: Block) -> Ints:
    return block.streams.of("names/trade").integers(0, trade_space(block.params), block.n)


def _with_parents(world: World, names: pa.StringArray, suffix: pa.StringArray) -> pa.StringArray:
    branch = world.parent >= 0
    county = chosen(world.block.params.column("counties", "name"), world.block.county_row)
    parent = names.take(pa.array(np.where(branch, world.parent, 0)))
    return pc.if_else(pa.array(branch), joined(parent, county, suffix), names)


def _taken(world: World, names: pa.StringArray) -> Flags:
    if world.given is None:
        return np.zeros(len(names), dtype=np.bool_)
    known: Flags = pc.is_in(names, world.given.taken).to_numpy(zero_copy_only=False).astype(np.bool_)
    own = world.parent < 0
    known[world.parent[~own]] |= known[~own]
    return known


def credit_codes(kind: Ints, region: Bytes, number: Ints) -> Bytes:
    """Unified social credit codes (GB 32100-2015): valid, and unlike for unlike numbers."""
    head = np.full((len(kind), 2), ord("9"), dtype=np.uint8)
    head[:, 1] = np.asarray([ord("1"), ord("2"), ord("3")], dtype=np.uint8)[kind]
    serial = (number % CODES) * _STEP % CODES
    body = np.empty((len(kind), 8), dtype=np.uint8)
    body[:, 0], body[:, 1] = _POOL[0], _POOL[1]
    for place in range(7, 1, -1):
        serial, digit = np.divmod(serial, 31)
        body[:, place] = _ALPHABET[digit]
    weights = np.asarray([3, 7, 9, 10, 5, 8, 4, 2])
    inner = (11 - (_values(_WIDE)[body] @ weights) % 11) % 11
    ninth = np.where(inner == 10, ord("X"), inner + ord("0")).astype(np.uint8)
    code = np.concatenate([head, region, body, ninth[:, None]], axis=1)
    powers = np.asarray([pow(3, i, 31) for i in range(17)])
    check = (31 - (_values(_ALPHABET)[code] @ powers) % 31) % 31
    return np.concatenate([code, _ALPHABET[check][:, None]], axis=1)


def register_numbers(region: Bytes, number: Ints) -> Bytes:
    """The 15-place numbers used before the credit codes, with their check digit (ISO 7064 MOD 11,10)."""
    body = np.concatenate([region, digits(number % 100_000_000, 8)], axis=1)
    rest = np.full(len(number), 10, dtype=np.int64)
    for place in range(14):
        total = (rest + body[:, place] - ord("0")) % 10
        rest = np.where(total == 0, 10, total) * 2 % 11
    check = (11 - rest) % 10 + ord("0")
    return np.concatenate([body, check.astype(np.uint8)[:, None]], axis=1)


def _values(alphabet: Bytes) -> Ints:
    table = np.zeros(256, dtype=np.int64)
    table[alphabet] = np.arange(len(alphabet))
    return table


def _prefix(block: Block, rng: np.random.Generator) -> pa.StringArray:
    params = block.params
    draw = rng.random(block.n)
    city, province = params.number("names", "city"), params.number("names", "province")
    which = np.where(draw < city, 0, np.where(draw < city + province, 1, 2))
    which[block.kind != ENTERPRISE] = 2
    cities = [name.removesuffix("市") for name in params.column("counties", "city_name")]
    counties = params.column("counties", "name")
    words = [*cities, *params.words("province") * len(cities), *counties]
    return chosen(words, which * len(cities) + block.county_row)


def _word(block: Block, rng: np.random.Generator) -> pa.StringArray:
    words = [row["words"].split("|") for row in block.params.rows("industries")]
    width = max(len(options) for options in words)
    flat = [options[i % len(options)] for options in words for i in range(width)]
    return chosen(flat, block.industry_row * width + rng.integers(0, width, block.n))


def _place(values: np.ndarray[tuple[int], np.dtype[np.str_]], names: list[str]) -> Ints:
    order = np.argsort(np.asarray(names))
    return order[np.searchsorted(np.asarray(names)[order], values)].astype(np.int64)
