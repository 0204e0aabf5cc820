"""What is true about the simulated firms, for the eyes of tests alone: latent risk, later violations, the oracle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from yuheng.simulate.block import CANCELLED, MOVED, REVOKED_CANCELLED, Block
from yuheng.simulate.clock import MISSING, Clock, date_of, day_of, known, month_start
from yuheng.simulate.dirt import Rows
from yuheng.simulate.params import Flags, Floats, Ints, Params

BINS = 8001
_LIMIT = 4.0
_COLUMN_DATES = ("est_day", "exit_day")


def labelled_ends(params: Params, clock: Clock) -> list[int]:
    """Month ends whose whole label window lies within the simulated time, and the last day of each window."""
    months = params.integer("window_months")
    ends = clock.month_ends()
    return [day for day in ends if window_end(day, months) <= clock.end]


def window_end(day: int, months: int) -> int:
    """The month end so many months after the month end `day`."""
    last = date_of(day)
    return day_of(month_start(last.year, last.month + months + 1)) - 1


def later_violations(block: Block, rows: dict[str, Rows], day: int) -> Flags:
    """Firms with an event of the label in the window after the month end `day`."""
    until = window_end(day, block.params.integer("window_months"))
    bad = np.zeros(block.n, dtype=np.bool_)
    for name in block.params.names("label"):
        feed = block.params.texts("label", name, "feed")[0]
        firm, when = _events(block, rows[feed], name)
        bad[firm[(when > day) & (when <= until)]] = True
    return bad


def _events(block: Block, rows: Rows, name: str) -> tuple[Ints, Ints]:
    params = block.params
    when = rows[params.texts("label", name, "day")[0]].astype(np.int64)
    keep = known(when)
    for how in ("equal", "unlike"):
        for column in params.names("label", name, how) if how in params.names("label", name) else []:
            keep &= _listed(block, rows, column, params.texts("label", name, how, column)) == (how == "equal")
    return rows["firm"].astype(np.int64)[keep], when[keep]


def _listed(block: Block, rows: Rows, column: str, wanted: list[str]) -> Flags:
    values = rows[column].astype(np.int64)
    words = block.lookups.get(f"w_{column}")
    if words is None:
        return np.isin(values, np.asarray([int(x) for x in wanted]))
    texts = np.asarray(words["text"].to_pylist())
    return np.isin(texts, wanted)[values]


def population(block: Block, day: int) -> Flags:
    """Enterprises that a rating at `day` covers: founded, and neither cancelled nor moved away."""
    gone = np.where(block.exit_kind == REVOKED_CANCELLED, block.cancel_day, block.exit_day)
    left = np.isin(block.exit_kind, [CANCELLED, MOVED, REVOKED_CANCELLED]) & (gone != MISSING) & (gone <= day)
    covered: Flags = block.enterprise & (block.est_day <= day) & ~left
    return covered


def observed(block: Block, rows: dict[str, Rows]) -> tuple[pa.Table, pa.Table, Ints]:
    """Tables `firms` and `labels` of a block, and its share of the oracle: counts [month end, y, bin of the risk]."""
    clock = block.clock
    ends = clock.month_ends()
    every = np.arange(block.n)
    firms: dict[str, pa.Array] = {name: block.lookups["f"][name] for name in ("pripid", "uscc")}
    firms["kind"] = pa.array(block.kind.astype(np.int8))
    for name in _COLUMN_DATES:
        days: Ints = getattr(block, name)
        firms[name] = pa.array(days.astype(np.int32), mask=days == MISSING).cast(pa.date32())
    firms |= {"exit_kind": pa.array(block.exit_kind.astype(np.int8)), "ring": pa.array(block.ring)}
    firms["active"] = pa.array(block.active)
    labels: dict[str, pa.Array] = {"pripid": firms["pripid"], "uscc": firms["uscc"]}
    counts = np.zeros((len(labelled_ends(block.params, clock)), 2, BINS), dtype=np.int64)
    for place, day in enumerate(ends):
        risk = block.risk(every, np.full(block.n, day))
        firms[f"risk_{date_of(day):%Y%m}"] = pa.array(risk.astype(np.float32))
        if place < len(counts):
            covered, bad = population(block, day), later_violations(block, rows, day)
            labels[f"y_{date_of(day):%Y%m}"] = pa.array(bad.astype(np.int8), mask=~covered)
            for y in (0, 1):
                counts[place, y] = np.bincount(_bin(risk[covered & (bad == bool(y))]), minlength=BINS)
    return pa.table(firms), pa.table(labels), counts


def _bin(risk: Floats) -> Ints:
    place = np.round((risk + _LIMIT) / (2 * _LIMIT) * (BINS - 1)).astype(np.int64)
    return np.clip(place, 0, BINS - 1)


def auc(counts: Ints) -> float | None:
    """Area under the curve of the bins [y, bin]; None where one class is empty."""
    good, bad = counts[0].astype(np.float64), counts[1].astype(np.float64)
    if not good.sum() or not bad.sum():
        return None
    below = np.cumsum(good) - good
    return float((bad * (below + good / 2)).sum() / (good.sum() * bad.sum()))


def oracle(params: Params, clock: Clock, counts: Ints) -> dict[str, object]:
    """How well the latent risk itself foretells the violations of each window: what no rating can beat."""
    months: list[dict[str, Any]] = []
    for day, cells in zip(labelled_ends(params, clock), counts, strict=True):
        area = auc(cells)
        total, bad = int(cells.sum()), int(cells[1].sum())
        months.append({"as_of": date_of(day).isoformat(), "firms": total, "bad": bad, "auc": area and round(area, 6)})
    found = [month["auc"] for month in months if month["auc"] is not None]
    return {
        "window_months": params.integer("window_months"),
        "low": params.number("oracle", "low"),
        "high": params.number("oracle", "high"),
        "auc_low": min(found, default=None),
        "auc_high": max(found, default=None),
        "months": months,
    }


def gather(parts: list[Path], target: Path) -> None:
    """Parquet files one below the other, row group by row group."""
    with pq.ParquetFile(parts[0]) as first, pq.ParquetWriter(target, first.schema_arrow, compression="zstd") as out:
        for path in parts:
            with pq.ParquetFile(path) as part:
                for group in range(part.num_row_groups):
                    out.write_table(part.read_row_group(group))
