"""Scores of pairs of records by the linking rules of content: Splink with fixed shares, nothing is trained in a run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from yuheng.content.schema import Comparison, LinkingRules
from yuheng.errors import DataError
from yuheng.lake import Engine

if TYPE_CHECKING:
    import duckdb


NEVER = 1e-12
"""Stands for the share of the pairs of one firm with an outcome that speaks against it."""


def settings(
    rules: LinkingRules, link_type: str, *, evidence: bool = False, prior: float | None = None
) -> dict[str, object]:
    """Splink's settings for the rules; `link_type` is dedupe_only or link_only. `evidence`: keep each outcome.

    `prior` stands for the rules' own.
    """
    return {
        "link_type": link_type,
        "unique_id_column_name": "record",
        "probability_two_random_records_match": prior or rules.prior,
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": " and ".join(f"l.{c} = r.{c}" for c in columns), "sql_dialect": "duckdb"}
            for columns in rules.blocking
        ],
        "comparisons": [_comparison(one) for one in rules.comparisons],
        "retain_matching_columns": evidence,
        "retain_intermediate_calculation_columns": evidence,
    }


def score(engine: Engine, rules: LinkingRules, tables: Sequence[str], *, least: float, evidence: bool = False) -> str:
    """Scores the pairs of the relations `tables` (one: within it; two: between them) that score at least `least`.

    Gives the name of the relation with record_l, record_r, match_probability, and with `evidence` a column
    gamma_<comparison> (see `outcome`). Raises DataError where Splink is missing or the engine is not DuckDB.
    """
    try:
        from splink import DuckDBAPI, Linker
    except ImportError as error:
        raise DataError("likely links need Splink.", todo="Run `pip install 'yuheng[identity]'`.") from error
    con = connection(engine)
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=con)
    frames = [api.register(name, dataset_display_name=name) for name in tables]
    kind = "dedupe_only" if len(tables) == 1 else "link_only"
    # Among few firms two records are more often one, as values there are less rare than in a province.
    most = max(engine.query(f"select count(*) as n from {name}")["n"][0].as_py() for name in tables)
    declared = settings(rules, kind, evidence=evidence, prior=max(rules.prior, 1 / max(most, 2)))
    linker = Linker(frames if len(frames) > 1 else frames[0], declared, log_level=logging.ERROR)
    found = linker.inference.predict(threshold_match_probability=least)
    return str(found.physical_name)


def outcome(one: Comparison, gamma: int) -> str:
    """The Chinese word of an outcome as Splink numbers them: −1 unknown, 0 the last level, upwards to the first."""
    return "未知" if gamma < 0 else one.levels[len(one.levels) - 1 - gamma].name_zh


def connection(engine: Engine) -> duckdb.DuckDBPyConnection:
    """The engine's connection. Raises DataError for another engine than DuckDB."""
    from yuheng.lake import DuckEngine

    if not isinstance(engine, DuckEngine):
        raise DataError(f"likely links are computed with DuckDB, not with {engine.name}.", todo="Use that engine here.")
    return engine.connection


def _comparison(one: Comparison) -> dict[str, object]:
    levels: list[dict[str, object]] = [
        {"sql_condition": one.unknown, "label_for_charts": "unknown", "is_null_level": True}
    ]
    for level in one.levels:
        made: dict[str, object] = {
            "sql_condition": level.when or "ELSE",
            "label_for_charts": level.id,
            "m_probability": NEVER if level.against else level.same,
            "u_probability": level.chance,
        }
        if level.rare:
            made |= {"tf_adjustment_column": level.rare, "tf_adjustment_weight": 1.0}
        levels.append(made)
    return {"output_column_name": one.id, "comparison_levels": levels}
