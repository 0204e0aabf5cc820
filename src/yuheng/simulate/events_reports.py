"""S-GSXT annual reports: the duty of every year, on time, late or never; money that follows the risk; revisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from yuheng.simulate.block import Block
from yuheng.simulate.clock import MISSING, date_of, day_of, known, year_of
from yuheng.simulate.dirt import Rows, stack, take
from yuheng.simulate.events_base import flip, opening, share, shares, steady, tilted
from yuheng.simulate.events_insured import headcount
from yuheng.simulate.hazard import chance, duration
from yuheng.simulate.params import Floats, Ints

_STANDING, _REST = 1, 2
_MOST_REVISIONS = 4


@dataclass(frozen=True)
class Duties:
    """One row per firm and report year due: `missed` by the deadline; `filed_day` MISSING when never filed."""

    firm: Ints
    year: Ints
    due_day: Ints
    filed_day: Ints
    missed: Ints


def duties(block: Block) -> Duties:
    """All duties to report that fall due in the simulated time, up to the deadline after its end."""
    years = _years(block)
    due = np.asarray([_deadline(block, year) for year in years], dtype=np.int64)
    founded = year_of(block.est_day)
    gone = np.where(block.exit_day == MISSING, due[-1] + 1, block.exit_day)
    firm, at = np.nonzero((founded[:, None] <= np.asarray(years)[None, :]) & (gone[:, None] > due[None, :]))
    year, due_day = np.asarray(years, dtype=np.int64)[at], due[at]
    target = block.params.number("chances", "report_missed", "target")
    goal = tilted(block, firm, target, np.where(block.active[firm], 1.0, share(block, "report", "inactive_missed")))
    missed = steady(block, "report_missed", firm, due_day, goal)
    late = missed & chance(block, "filed_late", firm, due_day)
    rng = block.streams.of("reports/filed")
    filed = np.where(missed, MISSING, _on_time(block, rng, due_day))
    delayed = due_day + duration(block, "late_filing", rng, len(firm))
    filed = np.where(late & (delayed < gone[firm]), delayed, filed)
    return Duties(firm, year, due_day, filed, missed.astype(np.int64))


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feed annual_report."""
    owed = duties(block)
    use = np.flatnonzero(known(owed.filed_day) & (owed.due_day >= opening(block, "report_years")))
    firm, year, filed = owed.firm[use], owed.year[use], owed.filed_day[use]
    number = block.keys("annual_report", len(firm))
    zero = _zero(block, firm, owed.due_day[use])
    rows: Rows = {
        "key": number,
        "report": number,
        "version": np.ones(len(firm), dtype=np.int64),
        "firm": firm,
        "stamp": filed,
        "year": year,
        "first_day": filed,
        **_people(block, firm, zero),
        **_money(block, firm, year - _years(block)[0], zero),
    }
    return {"annual_report": stack([rows, *_revised(block, rows, owed.due_day[use])])}


def _years(block: Block) -> list[int]:
    first = date_of(block.clock.history).year - 1
    last = date_of(block.clock.end).year - 1
    return [year for year in range(first, last + 1) if _deadline(block, year) >= block.clock.history]


def _deadline(block: Block, year: int) -> int:
    month, day = block.params.texts("calendar", "report_due")[0].split("-")
    return day_of(date(year + 1, int(month), int(day)))


def _on_time(block: Block, rng: np.random.Generator, due: Ints) -> Ints:
    """A business day from 1 January to the deadline, most of them late in the period."""
    low, high = shares(block, "report", "peak")
    before = (rng.beta(low, high, len(due)) * 174).astype(np.int64)
    return block.clock.sample(rng, due - before - 6, due - before + 1)


def _zero(block: Block, firm: Ints, day: Ints) -> Ints:
    """Reports with nothing but zeros, three times as frequent among inactive firms."""
    target = block.params.number("chances", "report_zero", "target")
    goal = tilted(block, firm, target, np.where(block.active[firm], 1.0, share(block, "report", "inactive_zero")))
    return steady(block, "report_zero", firm, day, goal).astype(np.int64)


def _people(block: Block, firm: Ints, zero: Ints) -> Rows:
    rng = block.streams.of("reports/people")
    moved = np.exp(rng.normal(0.0, 0.12, len(firm)))
    staff = np.maximum(np.round(block.employees[firm] * moved), 1).astype(np.int64)
    resting = ~block.active[firm] & flip(rng, len(firm), share(block, "report", "closed_inactive"))
    insured = np.minimum(headcount(block)[firm], staff)
    return {
        "busst": np.where(resting, _REST, _STANDING).astype(np.int64),
        "employees": np.where(zero == 1, 0, staff),
        "insured": np.where(zero == 1, 0, insured),
    }


def _money(block: Block, firm: Ints, at: Ints, zero: Ints) -> Rows:
    """万元. Assets and revenue grow from year to year, the less the higher the risk; debt rises, the margin falls."""
    rng = block.streams.of("reports/money")
    cells = np.minimum(np.arange(len(_years(block))), block.clock.cells - 1)
    growth = (
        block.params.number("money", "growth_mean") + block.params.number("money", "growth_slope") * block.z[:, cells]
    )
    size = share(block, "report", "share_of_capital") * np.nan_to_num(block.capital)
    size = np.log(size + share(block, "report", "assets_per_employee") * np.maximum(block.employees, 1))
    size = size + rng.normal(0.0, block.params.number("money", "asset_sigma"), block.n)
    noise = block.params.number("money", "growth_sigma")
    assets = size[:, None] + np.cumsum(growth + rng.normal(0.0, noise / 2, growth.shape), axis=1)
    turned = share(block, "report", "turnover_mean") + rng.normal(
        0.0, share(block, "report", "turnover_sigma"), block.n
    )
    sales = (size + turned)[:, None] + np.cumsum(growth + rng.normal(0.0, noise, growth.shape), axis=1)
    asset, revenue = np.exp(assets[firm, at]), np.exp(sales[firm, at])
    return _derived(block, rng, block.z[firm, cells[at]], asset, revenue, zero)


def _derived(block: Block, rng: np.random.Generator, z: Floats, asset: Floats, revenue: Floats, zero: Ints) -> Rows:
    def noisy(name: str) -> Floats:
        mean, slope = block.params.number("money", f"{name}_mean"), block.params.number("money", f"{name}_slope")
        return mean + slope * z + rng.normal(0.0, block.params.number("money", f"{name}_sigma"), len(z))

    liability = asset * np.exp(noisy("debt"))
    profit = revenue * noisy("margin")
    mean, sigma = share(block, "report", "guarantee_mean"), share(block, "report", "guarantee_sigma")
    backed = flip(rng, len(z), block.params.number("money", "guarantee"))
    guarantee = np.where(backed, asset * np.exp(rng.normal(mean, sigma, len(z))), 0.0)
    money = {"asset": asset, "liability": liability, "revenue": revenue, "profit": profit, "guarantee": guarantee}
    return {name: np.round(np.where(zero == 1, 0.0, value), 2) for name, value in money.items()}


def _revised(block: Block, rows: Rows, due: Ints) -> list[Rows]:
    """Later versions: each is a record of its own, filed after the one before, mostly by the deadline."""
    firm, day = rows["firm"].astype(np.int64), rows["stamp"].astype(np.int64)
    rng = block.streams.of("reports/revised")
    chosen = np.flatnonzero(chance(block, "report_revised", firm, day))
    parts: list[Rows] = []
    for version in range(2, _MOST_REVISIONS + 1):
        later = take(rows, chosen)
        before = later["stamp"].astype(np.int64)
        until = np.maximum(due[chosen] + 1, before + 20)
        stamp = block.clock.sample(rng, before + 1, until)
        factor = np.exp(rng.normal(0.0, share(block, "report", "revision_sigma"), len(chosen)))
        for name in ("asset", "liability", "revenue", "profit"):
            later[name] = np.round(later[name].astype(np.float64) * factor, 2)
        alive = stamp < block.life_end[later["firm"].astype(np.int64)]
        later.update(stamp=stamp, key=block.keys("annual_report", len(chosen)), version=np.full(len(chosen), version))
        rows = take(later, alive)
        parts.append(rows)
        again = flip(rng, int(alive.sum()), share(block, "report", "late_repeat"))
        due = due[chosen][alive]
        chosen = np.flatnonzero(again)
    return parts
