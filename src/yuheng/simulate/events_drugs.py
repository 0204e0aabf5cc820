"""Drugs: dossiers, pharmacies and their inspections, devices (S-FDA), and the running of some pharmacies (S-PHARM)."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, YEAR
from yuheng.simulate.dirt import Rows, take
from yuheng.simulate.events_base import entered, flip, ints, record
from yuheng.simulate.events_food import current, first_versions
from yuheng.simulate.events_pharmacies import duties, points, prescriptions, readings
from yuheng.simulate.hazard import chance
from yuheng.simulate.params import Ints
from yuheng.simulate.safety_base import (
    engage,
    figure,
    lot,
    of_industries,
    places,
    settled,
    several,
    since,
    within,
)

_CHAIN, _SINGLE = 0, 1
_MET, _RECTIFY, _UNMET = 0, 1, 2
_DEVICE = "DEVICE_SALE"


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """drug_file, pharmacy, gsp_check, device_file, pharmacist_duty, rx_record, temp_point, temp_reading."""
    licences = current(block, done["drug_license"], "drug/told", figure(block, "pharmacy", "told"))
    first = first_versions(licences)
    lead = _leads(block, first)
    stores = _stores(block, first)
    measured = points(block, stores)
    return {
        "drug_file": _dossiers(block, licences, first, lead),
        "pharmacy": stores,
        "gsp_check": _checks(block, stores),
        "device_file": _devices(block, done["license"]),
        "pharmacist_duty": duties(block, stores),
        "rx_record": prescriptions(block, stores),
        "temp_point": measured,
        "temp_reading": readings(block, stores, measured),
    }


def _leads(block: Block, first: Rows) -> Ints:
    firm = ints(first["firm"])
    return engage(block, "k", block.county_row[firm], np.full(len(firm), block.clock.history), room=3)


def _chains(block: Block, firm: Ints, mode: Ints) -> Ints:
    """The chain a store belongs to, -1 for single ones."""
    trade = of_industries(block, block.params.safety.texts("pharmacy", "chain_industries"))
    heads = settled(block, trade, YEAR)[: int(figure(block, "pharmacy", "chains"))]
    return np.where(mode == _CHAIN, heads[firm % len(heads)], -1) if len(heads) else np.full(len(firm), -1)


def _pharmacists(block: Block, key: Ints) -> Ints:
    """Pharmacists of each store by its licence."""
    low, high = (int(x) for x in block.params.safety.numbers("pharmacy", "pharmacists"))
    none = lot(block, "pharmacy/none", key, figure(block, "pharmacy", "none"))
    return np.where(none, 0, low + key % (high - low + 1))


def _dossiers(block: Block, licences: Rows, first: Rows, lead: Ints) -> Rows:
    keys, firm, mode = ints(licences["key"]), ints(licences["firm"]), ints(licences["drug_mode"])
    worker = lead[np.searchsorted(ints(first["key"]), keys)] if len(lead) else keys
    scopes = len(block.params.words("drug_scope"))
    return licences | {
        "drug_scope": keys % scopes, "worker": worker, "pharmacists": _pharmacists(block, keys),
        "medicare": lot(block, "pharmacy/medicare", keys, figure(block, "pharmacy", "medicare")).astype(np.int64),
        "holder": _chains(block, firm, mode),
    }  # fmt: skip


def _stores(block: Block, first: Rows) -> Rows:
    """The feed pharmacy: retailers in business at the end; `crew` and `crew_size` tell their pharmacists."""
    firm, mode = ints(first["firm"]), ints(first["drug_mode"])
    fine = (block.exit_day[firm] == MISSING) & ((mode == _CHAIN) | (mode == _SINGLE))
    order = np.lexsort((-ints(first["issue_day"]), firm))
    newest = np.zeros(len(firm), dtype=np.bool_)
    newest[order] = np.diff(firm[order], prepend=-1) != 0
    rows = take(first, np.flatnonzero(fine & newest))
    firm, licence = ints(rows["firm"]), ints(rows["key"])
    rng, n = block.streams.of("pharmacy"), len(licence)
    opened = np.maximum(ints(rows["issue_day"]), block.est_day[firm])
    people = _pharmacists(block, licence)
    at, _ = several(people)
    crew = engage(block, "k", block.county_row[firm[at]], np.full(len(at), block.clock.history), room=4)
    start = int(crew[0]) if len(crew) else 0
    out = record(
        block, "pharmacy", firm, entered(block, "pharmacy", opened), licence=licence, addr=rows["addr"],
        holder=_chains(block, firm, ints(rows["drug_mode"])), area=within(block, rng, n, "pharmacy", "areas"),
        pharmacists=people, opened_day=opened, cold=flip(rng, n, figure(block, "pharmacy", "cold")).astype(np.int64),
        medicare=lot(block, "pharmacy/medicare", licence, figure(block, "pharmacy", "medicare")).astype(np.int64),
        crew=start + np.cumsum(people) - people,
    )  # fmt: skip
    lat, lon = places(block, block.county_row[firm], ints(out["key"]))
    return out | {"lat": lat, "lon": lon}


def _checks(block: Block, stores: Rows) -> Rows:
    """The feed gsp_check."""
    rng = block.streams.of("gsp_check")
    first = np.maximum(ints(stores["opened_day"]) + 30, since(block, "gsp_days"))
    days = np.maximum(block.clock.end + 1 - first, 0)
    at, _ = several(rng.poisson(figure(block, "pharmacy", "gsp_rate") * days / YEAR))
    day = block.clock.working(first[at] + (rng.random(len(at)) * days[at]).astype(np.int64))
    at, day = at[day <= block.clock.end], day[day <= block.clock.end]
    n, firm = len(at), ints(stores["firm"])[at]
    unfit = chance(block, "gsp_unfit", firm, day)
    critical = (unfit & flip(rng, n, figure(block, "pharmacy", "critical"))).astype(np.int64)
    mean = figure(block, "pharmacy", "defects")
    result = np.where(critical > 0, _UNMET, np.where(unfit, _RECTIFY, _MET))
    due = day + within(block, rng, n, "pharmacy", "due_days")
    return record(
        block, "gsp_check", firm, entered(block, "gsp_check", day), store=ints(stores["key"])[at], check_day=day,
        critical=critical, major=np.where(unfit, rng.poisson(mean, n), 0), minor=rng.poisson(mean, n), result=result,
        due_day=np.where(unfit, due, MISSING),
    )  # fmt: skip


def _devices(block: Block, licences: Rows) -> Rows:
    """The feed device_file: licences to sell devices, with their class."""
    code = block.params.column("licences", "code").index(_DEVICE)
    mine = (ints(licences["licence_name"]) == code) & (ints(licences["to_day"]) >= block.clock.start)
    rows = take(licences, np.flatnonzero(mine))
    return rows | {"device_class": ints(rows["key"]) % len(block.params.words("device_class"))}
