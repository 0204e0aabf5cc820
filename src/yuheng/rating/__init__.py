"""Rating: weights -> points -> score -> grade -> reasons; calibration and validation of the model."""

from yuheng.rating.ahp import AhpResult, ahp, expert_weights
from yuheng.rating.calibrate import Calibration, calibrate
from yuheng.rating.card import Card, Rule, card_of
from yuheng.rating.combine import CombinationResult, combine
from yuheng.rating.delphi import DelphiResult, delphi
from yuheng.rating.drift import (
    DriftReport,
    Migration,
    bands_sql,
    drift_report,
    migration,
    migration_sql,
    psi,
    shares_sql,
)
from yuheng.rating.explain import Explanation, Part, explain, written
from yuheng.rating.labels import horizon, label_sql, label_tables
from yuheng.rating.model import Knots, Model
from yuheng.rating.moments import Moments
from yuheng.rating.objective import ObjectiveOptions, ObjectiveResult
from yuheng.rating.points import ScoreInputs, calibration_sql, points_sql, sample_sql
from yuheng.rating.score import decided_sql, score_sql, shown_columns
from yuheng.rating.single import Cell, Rated, rate_one
from yuheng.rating.stability import StabilityReport, rank_stability
from yuheng.rating.supervised import SupervisedResult, fit_supervised
from yuheng.rating.validate import (
    Outcomes,
    Probability,
    Validation,
    auc,
    calibration_slope,
    fit_probability,
    grouped_outcomes,
    ks,
    outcome_sql,
    outcomes_of,
    top_lift,
    validate,
)
from yuheng.rating.weights import Labelled, WeightReport, fit_weights

__all__ = [
    "AhpResult",
    "Calibration",
    "Card",
    "Cell",
    "CombinationResult",
    "DelphiResult",
    "DriftReport",
    "Explanation",
    "Knots",
    "Labelled",
    "Migration",
    "Model",
    "Moments",
    "ObjectiveOptions",
    "ObjectiveResult",
    "Outcomes",
    "Part",
    "Probability",
    "Rated",
    "Rule",
    "ScoreInputs",
    "StabilityReport",
    "SupervisedResult",
    "Validation",
    "WeightReport",
    "ahp",
    "auc",
    "bands_sql",
    "calibrate",
    "calibration_slope",
    "calibration_sql",
    "card_of",
    "combine",
    "decided_sql",
    "delphi",
    "drift_report",
    "expert_weights",
    "explain",
    "fit_probability",
    "fit_supervised",
    "fit_weights",
    "grouped_outcomes",
    "horizon",
    "ks",
    "label_sql",
    "label_tables",
    "migration",
    "migration_sql",
    "outcome_sql",
    "outcomes_of",
    "points_sql",
    "psi",
    "rank_stability",
    "rate_one",
    "sample_sql",
    "score_sql",
    "shares_sql",
    "shown_columns",
    "top_lift",
    "validate",
    "written",
]
