"""Food: dossiers of operators, producers, special food (S-FDA), restaurants, inspections, kitchens (S-KITCHEN)."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, YEAR
from yuheng.simulate.dirt import INSERT, Rows, take
from yuheng.simulate.events_base import anniversary, entered, flip, ints, record
from yuheng.simulate.events_samples import handlings, items
from yuheng.simulate.hazard import chance, occur, ordered
from yuheng.simulate.params import Array, Ints
from yuheng.simulate.rng import salt_of, uniform
from yuheng.simulate.safety_base import drawn, figure, lot, places, several, since, table, within

_SALE, _CATERING, _PRODUCTION = 0, 1, 2
_MET, _MOSTLY, _UNMET = 0, 1, 2
_GOOD, _FAIR, _PLAIN, _NONE = 0, 1, 2, 3


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feeds of S-FDA about food, S-KITCHEN, and S-SAMP beside the samples."""
    licences = current(block, done["food_license"], "food/told", figure(block, "food", "told"))
    shops = _restaurants(block, licences)
    return {
        "food_file": _dossiers(block, licences, shops),
        "food_producer": _producers(block, licences),
        "special_food": _special(block, licences),
        "restaurant": shops,
        "food_check": _checks(block, licences),
        "kitchen_event": _kitchen(block, shops),
        "sampling_item": items(block, done["food"]),
        "sampling_handling": handlings(block, done["food"]),
    }


def current(block: Block, licences: Rows, name: str, told: float) -> Rows:
    """Versions of the licences whose term reaches into the months; of some the end never becomes known."""
    keys = ints(licences["key"])
    chosen = ints(licences["to_day"]) >= block.clock.start
    chosen &= (licences.get("op", np.zeros(len(keys))) == INSERT) | lot(block, name, keys, told)
    return take(licences, np.flatnonzero(chosen))


def _dossiers(block: Block, licences: Rows, shops: Rows) -> Rows:
    """Of sellers a share; of caterers all, with the measures of their shop."""
    keys, form = ints(licences["key"]), ints(licences["format"])
    digital = (form == _CATERING) | lot(block, "food/digital", keys, figure(block, "volume", "dossier_share"))
    rows = take(licences, np.flatnonzero(digital & (form != _PRODUCTION)))
    keys, form = ints(rows["key"]), ints(rows["format"])
    place = _found(ints(shops["licence"]), keys)
    own = [_by_key(block, f"food/{name}", keys, bound) for name, bound in (("area", 385), ("items", 2), ("cater", 5))]
    low = int(block.params.safety.numbers("food", "sale_area")[0])
    area = np.where(place >= 0, _at(shops["area"], place), low + own[0])
    return rows | {
        "seats": np.where(place >= 0, _at(shops["seats"], place), 0), "area": area,
        "food_items": np.where(form == _CATERING, 2 + own[2], own[1]),
        "office": 1 + _by_key(block, "food/office", keys, int(figure(block, "food", "offices"))),
        "old": lot(block, "food/old", keys, figure(block, "food", "old_number")).astype(np.int64),
    }  # fmt: skip


def _by_key(block: Block, name: str, keys: Ints, bound: int) -> Ints:
    """A lasting whole number 0 … bound - 1 per key."""
    result: Ints = (uniform(keys, salt_of(f"{block.streams.seed}/{name}")) * bound).astype(np.int64)
    return result


def _found(known_keys: Ints, keys: Ints) -> Ints:
    """Place of each key among ascending ones, -1 where it is not."""
    if not len(known_keys):
        return np.full(len(keys), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(known_keys, keys), len(known_keys) - 1)
    return np.where(known_keys[at] == keys, at, -1)


def _at(column: Array, place: Ints) -> Ints:
    return ints(column)[np.maximum(place, 0)] if len(column) else np.zeros(len(place), dtype=np.int64)


def first_versions(licences: Rows) -> Rows:
    """One row per licence, by key."""
    first = np.flatnonzero(licences.get("op", np.zeros(len(licences["key"]))) == INSERT)
    rows = take(licences, first)
    return take(rows, np.argsort(ints(rows["key"]), kind="stable"))


def _living(block: Block, licences: Rows) -> Rows:
    """The newest licence of each firm that is in business at the end, by key."""
    rows = first_versions(licences)
    firm, issue = ints(rows["firm"]), ints(rows["issue_day"])
    order = np.lexsort((issue, firm))
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = firm[order][1:] != firm[order][:-1]
    chosen = np.sort(order[last])
    chosen = chosen[(issue[chosen] <= block.clock.end) & (block.exit_day[firm[chosen]] == MISSING)]
    return take(rows, chosen)


def _restaurants(block: Block, licences: Rows) -> Rows:
    """The feed restaurant: shops with a licence to cater."""
    rows = _living(block, licences)
    rows = take(rows, np.flatnonzero(ints(rows["format"]) == _CATERING))
    rng, n, firm = block.streams.of("restaurant"), len(rows["key"]), ints(rows["firm"])
    scale = drawn(block, rng, n, "food", "scales")
    seats, area = (_spread(rng, table(block, "food", name)[scale]) for name in ("seats", "areas"))
    staff = 1 + (area / figure(block, "food", "staff_area")).astype(np.int64)
    opened = np.maximum(ints(rows["issue_day"]), block.est_day[firm])
    graded = opened + within(block, rng, n, "food", "graded_days")
    day = np.minimum(graded, block.clock.end)
    stamp = np.where(graded <= block.clock.end, day, opened) + rng.integers(0, 4, n)
    out = record(
        block, "restaurant", firm, np.minimum(stamp, block.clock.end), licence=ints(rows["key"]), addr=rows["addr"],
        restaurant_scale=scale, seats=seats, area=area, staff=staff, opened_day=opened,
        healthy=staff - rng.binomial(staff, 1 - figure(block, "food", "healthy")),
        food_grade=ordered(block, "food_grade", firm, day),
        graded_day=np.where(graded <= block.clock.end, graded, MISSING),
        shop_suffix=rng.integers(0, len(block.params.words("shop_suffix")), n),
        **{x: flip(rng, n, figure(block, "food", x)).astype(np.int64) for x in ("officer", "camera", "online")},
    )  # fmt: skip
    lat, lon = places(block, block.county_row[firm], ints(out["key"]))
    return out | {"lat": lat, "lon": lon}


def _spread(rng: np.random.Generator, bounds: Array) -> Ints:
    low, high = bounds[:, 0].astype(np.int64), bounds[:, 1].astype(np.int64)
    return low + (rng.random(len(low)) ** 2 * (high - low + 1)).astype(np.int64)


def _producers(block: Block, licences: Rows) -> Rows:
    """A row per producer and class of food."""
    rows = take(licences, np.flatnonzero(ints(licences["format"]) == _PRODUCTION))
    keys = ints(rows["key"])
    more = lot(block, "food/classes", keys, figure(block, "food", "more_classes")).astype(np.int64)
    at, turn = several(1 + more)
    classes = len(block.params.words("food_class"))
    rows = take(rows, at)
    kind = (_by_key(block, "food/class", keys, classes)[at] + 3 * turn) % classes
    return rows | {"key": keys[at] * 2 + turn, "food_class": kind}


def _special(block: Block, licences: Rows) -> Rows:
    """Registrations of special food of some producers."""
    rows = first_versions(licences)
    chosen = (ints(rows["format"]) == _PRODUCTION) & lot(
        block, "food/special", ints(rows["key"]), figure(block, "food", "special")
    )
    rows = take(rows, np.flatnonzero(chosen))
    rng, firm = block.streams.of("special_food"), ints(rows["firm"])
    day = ints(rows["issue_day"]) + rng.integers(20, 300, len(firm))
    fine = np.flatnonzero((day <= block.clock.end) & (day < block.life_end[firm]))
    firm, day = firm[fine], day[fine]
    product = rng.integers(0, len(block.params.words("special_product")), len(fine))
    return record(
        block, "special_food", firm, entered(block, "special_food", day), reg_day=day, special_food_kind=product // 2,
        end_day=anniversary(day, int(figure(block, "food", "special_years"))) - 1,
        special_product=product,
    )  # fmt: skip


def _checks(block: Block, licences: Rows) -> Rows:
    """The feed food_check: visits to holders of a licence, by the sheet of their form."""
    rows = _living(block, licences)
    held = np.full(block.n, -1, dtype=np.int64)
    held[ints(rows["firm"])] = np.arange(len(rows["key"]))
    firm, day = occur(block, "food_check", where=held >= 0, since=since(block, "check_days"))
    rng, n, at = block.streams.of("food_check"), len(firm), held[firm]
    unfit = chance(block, "food_unfit", firm, day)
    items_ = within(block, rng, n, "food", "check_items")
    severe = unfit & flip(rng, n, figure(block, "food", "key_failed"))
    failed = np.where(unfit, 1 + rng.poisson(figure(block, "food", "failed_mean"), n), rng.integers(0, 2, n))
    score = np.clip(100 - 3 * failed - 12 * severe - rng.integers(0, 6, n), 0, 100)
    conclusion = np.where(severe, _UNMET, np.where(unfit, _MOSTLY, _MET))
    form = ints(rows["format"])[at]
    face = np.where(form == _CATERING, np.where(score >= 90, _GOOD, np.where(score >= 75, _FAIR, _PLAIN)), _NONE)
    due = day + within(block, rng, n, "food", "due_days")
    inspectors = {x: rng.integers(0, len(block.params.words(x)), n) for x in ("surname", "surname_second")}
    return record(
        block, "food_check", firm, entered(block, "food_check", day), check_day=day, licence=ints(rows["key"])[at],
        food_sheet=form, items=items_, key_failed=severe * rng.integers(1, 3, n), failed=failed, score=score,
        conclusion=conclusion, hygiene_face=face, due_day=np.where(unfit, due, MISSING), **inspectors,
    )  # fmt: skip


def _kitchen(block: Block, shops: Rows) -> Rows:
    """The feed kitchen_event: what cameras of kitchens believe to see; many alarms are false."""
    rng = block.streams.of("kitchen_event")
    seen = np.flatnonzero(ints(shops["camera"]) == 1)
    first = np.maximum(ints(shops["opened_day"])[seen], since(block, "kitchen_days"))
    days = np.maximum(block.clock.end + 1 - first, 0)
    rate = figure(block, "kitchen", "monthly") * 12 / YEAR
    at, _ = several(rng.poisson(rate * days))
    n, firm = len(at), ints(shops["firm"])[seen[at]]
    day = first[at] + (rng.random(n) * days[at]).astype(np.int64)
    wrong = flip(rng, n, figure(block, "kitchen", "mistaken"))
    judged = flip(rng, n, figure(block, "kitchen", "judged"))
    shop = ints(shops["key"])[seen[at]]
    return record(
        block, "kitchen_event", firm, day, camera=shop * 10 + 1 + rng.integers(0, 2, n), shop=shop, event_day=day,
        event_sec=rng.integers(6 * 3600, 22 * 3600, n), kitchen_event=drawn(block, rng, n, "kitchen", "kinds"),
        confidence=np.where(wrong, 0.45 + 0.35 * rng.random(n), 0.7 + 0.29 * rng.random(n)),
        confirmed=np.where(judged, (~wrong).astype(np.int64), -1), minutes=within(block, rng, n, "kitchen", "minutes"),
    )  # fmt: skip
