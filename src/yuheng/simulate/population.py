"""From founded firms to a block: leaders, rings, addresses, phones, latent risk, capital, size, revocation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import expit

from yuheng.simulate import hazard, places
from yuheng.simulate.block import COOPERATIVE, ENTERPRISE, REVOKED, SELF_EMPLOYED, STAYS, WITHDRAWN, Block
from yuheng.simulate.clock import MISSING, YEAR, Clock
from yuheng.simulate.founding import Founded, group_of, invented
from yuheng.simulate.params import Array, Floats, Ints, Params
from yuheng.simulate.people import People, groups
from yuheng.simulate.places import Places
from yuheng.simulate.rings import rings, share_out
from yuheng.simulate.risk import latent, pick
from yuheng.simulate.rng import Streams


@dataclass(frozen=True)
class Given:
    """What a real register prescribes per firm: `leader` and `address` (faked), `number` for its codes, `trade` for
    its name; no firm may get one of the names `taken`."""

    leader: Ints
    address: pa.StringArray
    number: Ints
    trade: Ints
    taken: pa.Array


@dataclass
class World:
    """A block with what still grows (persons, addresses) and what belongs to one step only."""

    block: Block
    people: People
    places: Places
    parent: Ints
    next_phone: int
    given: Given | None = None


def populate(params: Params, clock: Clock, streams: Streams, enterprises: int, *, others: float = 1.0) -> World:
    """The invented firms of a block with `enterprises` on the register at the end."""
    return settle(params, clock, streams, invented(params, clock, streams, enterprises, others))


def settle(params: Params, clock: Clock, streams: Streams, founded: Founded, given: Given | None = None) -> World:
    """Everything a firm has by itself; `founded` may be invented or taken from a real register."""
    ring = np.full(founded.n, -1, dtype=np.int64)
    first = founded.kind == ENTERPRISE
    if given is None:
        ring[first] = rings(streams.of("rings"), params, founded.est_day[first], founded.exit_day[first], clock.end)
        leader = _leaders(params, streams, founded, ring)
        addr, sites = _addresses(params, streams, founded, ring)
    else:
        leader = given.leader
        addr, sites = _given_addresses(params, streams, founded, given)
    phone, next_phone = _phones(params, streams, founded, ring)
    z = latent(streams.of("risk"), params, clock.cells, founded.industry_row, leader, ring)
    _strike_off(params, clock, streams, founded, z)
    capital = _capital(params, streams, founded)
    workers = places.employees(streams.of("employees"), params, capital)
    others = founded.kind != ENTERPRISE
    workers[others] = streams.of("workers").poisson(params.number("population", "other_workers"), int(others.sum()))
    active = streams.of("active").random(founded.n) < _active(params, z[:, -1], first)
    block = Block(
        number=streams.block, streams=streams, clock=clock, params=params, n=founded.n,
        kind=founded.kind, type_row=founded.type_row, industry_row=founded.industry_row, county_row=founded.county_row,
        group=group_of(params, founded.type_row), est_day=founded.est_day, exit_day=founded.exit_day,
        exit_kind=founded.exit_kind, cancel_day=founded.cancel_day, capital=capital, paid=np.zeros(founded.n),
        employees=workers, active=active & (founded.exit_day == MISSING), size=_size(params, workers),
        person=leader, addr=addr, phone=phone, ring=ring, z=z,
    )  # fmt: skip
    people = _people(block)
    block.paid = _paid(block)
    return World(block, people, sites, founded.parent, next_phone, given)


def _leaders(params: Params, streams: Streams, founded: Founded, ring: Ints) -> Ints:
    rng = streams.of("leaders")
    near = rng.permutation(founded.n)
    near = near[np.argsort(founded.county_row[near] + 1000 * founded.kind[near], kind="stable")]
    firm = near[founded.kind[near] == ENTERPRISE]
    place = np.full(founded.n, -1, dtype=np.int64)
    place[firm] = np.arange(len(firm))
    leader = np.empty(founded.n, dtype=np.int64)
    leader[firm] = groups(rng, params, founded.county_row[firm], np.arange(len(firm)))
    rest = founded.kind != ENTERPRISE
    top = int(leader[firm].max(initial=-1)) + 1
    leader[rest] = top + np.arange(int(rest.sum()))
    most = int(params.number("rings", "most_shared", "persons"))
    leader, _ = share_out(rng, ring, leader, most=most, first=top + int(rest.sum()))
    return np.unique(leader, return_inverse=True)[1].astype(np.int64)


def _addresses(params: Params, streams: Streams, founded: Founded, ring: Ints) -> tuple[Ints, Places]:
    """Address per firm; firms at one address are in one county, which is set here."""
    rng = streams.of("addresses")
    order = rng.permutation(founded.n)
    order = order[founded.kind[order] == ENTERPRISE]
    order = order[np.argsort(founded.county_row[order], kind="stable")]
    order = order[ring[order] < 0]
    share = params.number("persons", "cluster_address")
    cluster = places.gather(rng, order, share, params.number("persons", "cluster_size"), founded.n)
    rest = order[cluster[order] < 0]
    wanted = params.number("persons", "shared_address") / (1 - share)
    group = places.gather(rng, rest, wanted, params.number("persons", "shared_address_size"), founded.n)
    top = int(group.max(initial=-1)) + 1
    group = np.where(cluster >= 0, top + cluster, group)
    addr, unused = places.own_numbers(group, 0)
    most = int(params.number("rings", "most_shared", "addresses"))
    addr, _ = share_out(rng, ring, addr, most=most, first=unused)
    _, first, addr = np.unique(addr, return_index=True, return_inverse=True)
    founded.county_row = founded.county_row[first][addr]
    sites = Places(params, streams)
    sites.add(founded.county_row[first], cluster[first] >= 0)
    return addr.astype(np.int64), sites


def _given_addresses(params: Params, streams: Streams, founded: Founded, given: Given) -> tuple[Ints, Places]:
    marks = given.address.dictionary_encode()
    addr = marks.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    _, first = np.unique(addr, return_index=True)
    founded.county_row = founded.county_row[first][addr]
    sites = Places(params, streams, marks.dictionary)
    sites.add(founded.county_row[first])
    return addr, sites


def _phones(params: Params, streams: Streams, founded: Founded, ring: Ints) -> tuple[Ints, int]:
    rng = streams.of("phones")
    order = rng.permutation(np.flatnonzero((founded.kind == ENTERPRISE) & (ring < 0)))
    share, size = params.number("persons", "shared_phone"), params.number("persons", "shared_phone_size")
    number, unused = places.own_numbers(places.gather(rng, order, share, size, founded.n), 0)
    number, unused = share_out(
        rng, ring, number, most=int(params.number("rings", "most_shared", "phones")), first=unused
    )
    return places.phone_numbers(number, streams.block), unused


def _strike_off(params: Params, clock: Clock, streams: Streams, founded: Founded, z: Floats) -> None:
    """Revoked and withdrawn enterprises stay on the register: chosen among the stock, more likely with more risk."""
    rng = streams.of("strike")
    years = params.number("population", "revoked_history_years")
    weight = np.exp(params.number("population", "revoked_slope") * z[:, -1])
    stock = (founded.kind == ENTERPRISE) & (founded.exit_kind == STAYS) & (founded.est_day < clock.end - YEAR)
    for how, name in ((REVOKED, "revoked_per_year"), (WITHDRAWN, "withdrawn_per_year")):
        number = int(rng.poisson(params.number("population", name) * years * int(stock.sum())))
        rows = pick(rng, np.where(stock & (founded.exit_kind == STAYS), weight, 0.0), number)
        first = np.maximum(clock.end - int(years * YEAR), founded.est_day[rows] + 200)
        founded.exit_day[rows] = clock.sample(rng, first, np.full(len(rows), clock.end + 1, dtype=np.int64))
        founded.exit_kind[rows] = how


def _capital(params: Params, streams: Streams, founded: Founded) -> Floats:
    """Registered capital in 10,000 yuan, on usual amounts; NaN for those without (branches, most self-employed)."""
    rng = streams.of("capital")
    group = group_of(params, founded.type_row)
    median: Floats = np.full(founded.n, params.number("population", "capital_median"))
    median[founded.kind == SELF_EMPLOYED] = params.number("population", "self_capital_median")
    median[founded.kind == COOPERATIVE] = params.number("population", "coop_capital_median")
    median[np.isin(group, ["SOLE", "PARTNERSHIP"])] *= params.number("population", "sole_capital_share")
    amount = np.log(median) + params.number("population", "capital_sigma") * rng.standard_normal(founded.n)
    steps = params.numbers("population", "capital_steps")
    result: Floats = steps[np.searchsorted(np.log(steps[1:] * steps[:-1]) / 2, amount)]
    result[(group == "BRANCH") | (founded.kind == SELF_EMPLOYED)] = np.nan
    if founded.capital is not None:
        result = np.where(np.isnan(founded.capital), result, founded.capital)
    return result


def _paid(block: Block) -> Floats:
    rng = block.streams.of("paid")
    every = np.arange(block.n)
    nothing = hazard.chance(block, "paid_zero", every, np.full(block.n, block.clock.end))
    a, b = block.params.numbers("population", "paid_shape").tolist()
    part: Floats = np.round(rng.beta(a, b, block.n), 2).astype(np.float64)
    part[rng.random(block.n) < block.params.number("population", "paid_full")] = 1.0
    result: Floats = np.round(np.where(nothing, 0.0, block.capital * part), 2).astype(np.float64)
    return result


def _active(params: Params, z: Floats, enterprise: Array) -> Floats:
    slope, share = params.number("activity", "slope"), params.number("population", "active_share")
    score = slope * z
    low, high = -10.0, 10.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if float(expit(score[enterprise.astype(bool)] + middle).mean()) < share else (low, middle)
        )
    result: Floats = expit(score + low)
    return result


def _size(params: Params, workers: Ints) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    bounds = params.numbers("population", "size_bounds")
    return np.asarray(["X", "S", "M", "L"])[np.searchsorted(bounds, workers, side="right")]


def _people(block: Block) -> People:
    """The leaders as persons; `block.person` already numbers them from 0."""
    people = People(block.params, block.streams)
    _, first = np.unique(block.person, return_index=True)
    day = np.where(block.exit_day == MISSING, block.est_day, np.minimum(block.est_day, block.exit_day))[first]
    nominee = hazard.chance(block, "nominee", first, day)
    people.add("leaders", block.county_row[first], np.minimum.reduceat(*_sorted(block)), nominee=nominee)
    return people


def _sorted(block: Block) -> tuple[Ints, Ints]:
    """Founding days ordered by person, and where each person begins."""
    order = np.argsort(block.person, kind="stable")
    starts = np.flatnonzero(np.diff(block.person[order], prepend=-1))
    return block.est_day[order], starts
