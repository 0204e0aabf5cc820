"""S-EQUIP: devices and their units, lifts, maintenance companies and their contracts."""

from __future__ import annotations

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, YEAR, known
from yuheng.simulate.dirt import INSERT, UPDATE, Rows, stack, take
from yuheng.simulate.events_base import anniversary, entered, flip, ints, record
from yuheng.simulate.lifts import Park, car, lift_kinds, rescue_codes
from yuheng.simulate.params import Ints
from yuheng.simulate.safety_base import engage, figure, lot, several, since, within

_USED, _SCRAPPED = 0, 2


def equipment(block: Block, fleet: Park, reports: Rows) -> dict[str, Rows]:
    """The feeds equipment and elevator. `reports`: inspections renew the date of the next one."""
    every = np.arange(len(fleet.number))
    common = _versions(block, fleet, every)
    renewed = _renewed(block, fleet, reports, common)
    devices = _described(block, fleet, stack([common, renewed]))
    lifts = take(common, np.flatnonzero(ints(common["row"]) < fleet.lifts))
    return {"equipment": _keyed(devices), "elevator": _keyed(_lifts(block, fleet, _described(block, fleet, lifts)))}


def _versions(block: Block, fleet: Park, row: Ints) -> Rows:
    """The entry of each device, the change of its unit, the end of its use where it is told."""
    base = record(
        block, "equipment/entry", fleet.unit[row], entered(block, "equipment", fleet.begin[row]), row=row,
        begin_day=fleet.begin[row], state=np.full(len(row), _USED), state_day=np.full(len(row), MISSING),
        op=np.full(len(row), INSERT),
    )  # fmt: skip
    new = np.flatnonzero(known(fleet.switch))
    handed = take(base, new) | {"firm": fleet.next_unit[new], "begin_day": fleet.switch[new]}
    handed |= {"stamp": entered(block, "equipment/unit", fleet.switch[new]), "op": np.full(len(new), UPDATE)}
    gap = np.where(known(fleet.switch), fleet.stop - fleet.switch, YEAR)
    told = (
        known(fleet.stop) & (gap > 10) & lot(block, "equipment/told", fleet.number, figure(block, "equipment", "told"))
    )
    end = np.flatnonzero(told)
    over = take(base, end)
    after = known(fleet.switch[end])
    over["firm"] = np.where(after, fleet.next_unit[end], fleet.unit[end])
    over["begin_day"] = np.where(after, fleet.switch[end], fleet.begin[end])
    over |= {"state": np.full(len(end), _SCRAPPED), "state_day": fleet.stop[end]}
    over |= {"stamp": entered(block, "equipment/end", fleet.stop[end]), "op": np.full(len(end), UPDATE)}
    return stack([base, handed, over])


def _renewed(block: Block, fleet: Park, reports: Rows, common: Rows) -> Rows:
    """A version after the last inspection, for devices without any other change."""
    row, stamp = reports["row"].astype(np.int64), reports["stamp"].astype(np.int64)
    last = np.full(len(fleet.number), MISSING, dtype=np.int64)
    np.maximum.at(last, row, stamp)
    plain = np.bincount(common["row"].astype(np.int64), minlength=len(last)) == 1
    chosen = np.flatnonzero(plain & (last > fleet.begin + 10))
    rows = take(common, chosen)  # the entries stand first, by device
    return rows | {"stamp": last[chosen] + 1, "op": np.full(len(chosen), UPDATE)}


def _described(block: Block, fleet: Park, rows: Rows) -> Rows:
    row = rows["row"].astype(np.int64)
    periods = np.asarray(block.params.safety.numbers("equipment", "periods"), dtype=np.int64)
    period, accept = periods[fleet.kind[row]], fleet.accept[row]
    still = np.where(known(fleet.stop[row]), np.minimum(fleet.stop[row], rows["stamp"]), rows["stamp"])
    turns = np.maximum((still - accept) // (YEAR * period) + 1, 1)
    plates = [x["plate"] for x in block.params.rows("cities")]
    letters = {x["code"]: x["plate"] for x in block.params.rows("cities")}
    plate = np.asarray([plates.index(letters[c]) for c in block.params.column("counties", "city_code")])
    return rows | {
        "number": fleet.number[row], "equipment_kind": fleet.kind[row], "cert_prefix": fleet.kind[row],
        "equipment_code": fleet.kind[row],
        "plate": plate[fleet.county[row]], "county_code": fleet.county[row], "make_day": fleet.make[row],
        "accept_day": accept, "reg_day": fleet.register[row], "due_day": anniversary(accept, turns * period),
    }  # fmt: skip


def _lifts(block: Block, fleet: Park, rows: Rows) -> Rows:
    row = rows["row"].astype(np.int64)
    fitted = lot(block, "device", fleet.number, figure(block, "volume", "device_share"))
    own = {"rescue": rescue_codes(block, fleet), "lift_kind": lift_kinds(block, fleet), **car(block, fleet)}
    brands = len(block.params.words("lift_brand"))
    return rows | {name: values[row] for name, values in own.items()} | {
        "owner": fleet.owner[row], "holder": fleet.company[row], "maker": fleet.maker[row],
        "lift_brand": fleet.maker[row] % brands, "lift_place": fleet.place[row], "lat": fleet.lat[row],
        "lon": fleet.lon[row], "fitted": fitted[row].astype(np.int64),
    }  # fmt: skip


def _keyed(rows: Rows) -> Rows:
    """Keys by device, so that the versions of one belong together."""
    return rows | {"key": rows["number"]}


def units(block: Block, fleet: Park) -> dict[str, Rows]:
    """The feeds use_unit, maint_unit and maint_contract."""
    return {
        "use_unit": _use_units(block, fleet),
        "maint_unit": _maintainers(block, fleet),
        "maint_contract": _contracts(block, fleet),
    }


def _use_units(block: Block, fleet: Park) -> Rows:
    devices = np.bincount(fleet.unit, minlength=block.n)
    lifts = np.bincount(fleet.unit[: fleet.lifts], minlength=block.n)
    first = np.full(block.n, np.iinfo(np.int64).max)
    np.minimum.at(first, fleet.unit, fleet.begin)
    firm = np.flatnonzero(devices)
    officer = engage(block, "k", block.county_row[firm], first[firm], room=0)
    return record(
        block, "use_unit", firm, entered(block, "use_unit", first[firm]), filed_day=first[firm], devices=devices[firm],
        lifts=lifts[firm], worker=officer,
    )  # fmt: skip


def _maintainers(block: Block, fleet: Park) -> Rows:
    rng = block.streams.of("maint_unit")
    lifts = np.bincount(fleet.company[: fleet.lifts], minlength=block.n)
    firm = np.flatnonzero(lifts)
    n = len(firm)
    filed = block.est_day[firm] + within(block, rng, n, "maintenance", "filed_days")
    workers = crew_sizes(block, fleet)[firm]
    end = anniversary(block.clock.end - rng.integers(0, 4 * YEAR, n), 4)
    return record(
        block, "maint_unit", firm, entered(block, "maint_unit", filed), filed_day=filed, lifts=lifts[firm],
        workers=workers, end_day=end, maint_grade=rng.integers(0, len(block.params.words("maint_grade")), n),
    )  # fmt: skip


def crew_sizes(block: Block, fleet: Park) -> Ints:
    """Mechanics of each firm of the block."""
    lifts = np.bincount(fleet.company[: fleet.lifts], minlength=block.n)
    sizes = np.ceil(lifts / figure(block, "maintenance", "lifts_per_worker")).astype(np.int64)
    return np.where(lifts > 0, np.maximum(sizes, 2), 0)


def _contracts(block: Block, fleet: Park) -> Rows:
    """One contract after the other for each lift, seldom with a gap, from the first day rescues are told of."""
    rng = block.streams.of("maint_contract")
    row, begin, parts = fleet.lift, np.maximum(fleet.begin[: fleet.lifts], since(block, "rescue_days")), []
    begin = np.maximum(begin, block.est_day[np.maximum(fleet.company[row], 0)] + 1)
    while len(row):
        years = within(block, rng, len(row), "maintenance", "contract_years")
        end = anniversary(begin, years) - 1
        parts.append((row, begin, end))
        gap = np.where(
            flip(rng, len(row), figure(block, "maintenance", "lapsed")),
            within(block, rng, len(row), "maintenance", "lapsed_days"),
            0,
        )
        begin = end + 1 + gap
        on = (begin <= block.clock.end) & ~(known(fleet.stop[row]) & (begin >= fleet.stop[row]))
        row, begin = row[on], begin[on]
    row, begin, end = (np.concatenate([p[i] for p in parts]) if parts else row for i in range(3))
    fine = np.flatnonzero((begin <= block.clock.end) & (begin < block.life_end[fleet.company[row]]))
    row, begin, end = row[fine], begin[fine], end[fine]
    return record(
        block, "maint_contract", fleet.company[row], entered(block, "maint_contract", begin), owner=fleet.unit[row],
        number=fleet.number[row], equipment_code=fleet.kind[row], from_day=begin, end_day=end,
        sublet=flip(rng, len(row), figure(block, "maintenance", "sublet")).astype(np.int64),
    )  # fmt: skip


def mechanics(block: Block, fleet: Park) -> tuple[Ints, Ints]:
    """First mechanic of each firm (row of the lookup k) and their number; they are engaged here."""
    sizes = crew_sizes(block, fleet)
    at, _ = several(sizes)
    rows = engage(block, "k", block.county_row[at], np.full(len(at), block.clock.history), room=1)
    start = int(rows[0]) if len(rows) else 0
    return start + np.cumsum(sizes) - sizes, sizes
