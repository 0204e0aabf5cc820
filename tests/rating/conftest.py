"""Content as it ships, read straight from the package, and random firms to rate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import yaml

import yuheng.content
from yuheng.content.schema import Grading, Indicator, IndicatorL2, Weighting
from yuheng.rating.card import Card, card_of
from yuheng.rating.model import Knots, Model
from yuheng.rating.single import Cell
from yuheng.rating.units import to_units

CONTENT = Path(yuheng.content.__file__).parent
AS_OF = dt.date(2025, 6, 30)


@dataclass(frozen=True)
class Catalogue:
    indicators: dict[str, Indicator]
    l2: dict[str, IndicatorL2]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    files = sorted((CONTENT / "indicators").glob("[!_]*.yaml"))
    found = [Indicator(**i) for f in files for i in yaml.safe_load(f.read_text("utf-8"))["indicators"]]
    tree = yaml.safe_load((CONTENT / "indicators" / "_tree.yaml").read_text("utf-8"))
    return Catalogue(
        {i.id: i for i in sorted(found, key=lambda i: i.no)}, {n["id"]: IndicatorL2(**n) for n in tree["l2"]}
    )


@pytest.fixture(scope="session")
def weighting() -> Weighting:
    return Weighting(**yaml.safe_load((CONTENT / "weighting" / "standard.yaml").read_text("utf-8")))


@pytest.fixture(scope="session")
def grading() -> Grading:
    return read_grading("enterprise")


def read_grading(name: str) -> Grading:
    return Grading(**yaml.safe_load((CONTENT / "gradings" / f"{name}.yaml").read_text("utf-8")))


@pytest.fixture(scope="session")
def card(grading: Grading, catalogue: Catalogue) -> Card:
    return card_of(grading, catalogue.indicators)


@pytest.fixture(scope="session")
def model(card: Card, catalogue: Catalogue) -> Model:
    return make_model(card, {i: catalogue.indicators[i].expert_weight for i in card.ids})


def make_model(card: Card, weights: dict[str, float], knots: Knots | None = None) -> Model:
    fitted = knots or Knots((0.0, 118.123456, 190.5, 260.000001, 1000.0), (0.0, 200.0, 500.0, 750.0, 1000.0))
    return Model(card.grading, to_units(weights), fitted, "c0ffee", card.digest, AS_OF)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("create macro round9(x) as case when abs(x) < 1e6 then floor(x * 1e9 + 0.5) / 1e9 else x end")
    yield connection
    connection.close()


def random_cells(card: Card, firms: int, seed: int) -> list[dict[str, Cell]]:
    """Firms with values at, just beside and far from the bounds, and every case."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Cell]] = []
    for _ in range(firms):
        share = rng.random() ** 2
        row: dict[str, Cell] = {}
        for rule in card.rules:
            case = int(rng.choice(6, p=[0.55, 0.3, 0.05, 0.03, 0.05, 0.02]))
            value: float | None = None
            if case == 0:
                bad = rng.random() < (share if rule.trigger is None else 0.04)
                bound = float(rng.choice(rule.bounds))
                noise = [0.0, 0.0, 1e-9, -1e-9, 1e-11, 1.0, 1 / 3, -0.7, 1e7]
                value = bound + float(rng.choice(noise)) if bad else min(rule.bounds[0], 0.0)
            elif case == 1:
                value = 0.0
            row[rule.id] = (value, case)
        rows.append(row)
    return rows


def values_table(card: Card, rows: list[dict[str, Cell]]) -> pa.Table:
    columns: dict[str, pa.Array] = {"ent_id": pa.array(range(1, len(rows) + 1), pa.int64())}
    for name in card.ids:
        columns[f"v_{name}"] = pa.array([r[name][0] for r in rows], pa.float64())
        columns[f"c_{name}"] = pa.array([r[name][1] for r in rows], pa.int8())
    return pa.table(columns)
