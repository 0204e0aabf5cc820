"""Rating: weights -> points -> score -> grade -> reasons; calibration and validation of the model."""

from yuheng.rating.ahp import AhpResult, ahp, expert_weights
from yuheng.rating.calibrate import Calibration, calibrate
from yuheng.rating.card import Card, Rule, card_of
from yuheng.rating.combine import CombinationResult, combine
from yuheng.rating.delphi import DelphiResult, delphi
from yuheng.rating.model import Knots, Model
from yuheng.rating.moments import Moments
from yuheng.rating.objective import ObjectiveOptions, ObjectiveResult
from yuheng.rating.points import ScoreInputs, calibration_sql, points_sql
from yuheng.rating.score import score_sql
from yuheng.rating.single import Cell, Rated, rate_one
from yuheng.rating.supervised import SupervisedResult, fit_supervised
from yuheng.rating.weights import Labelled, WeightReport, fit_weights

__all__ = [
    "AhpResult",
    "Calibration",
    "Card",
    "Cell",
    "CombinationResult",
    "DelphiResult",
    "Knots",
    "Labelled",
    "Model",
    "Moments",
    "ObjectiveOptions",
    "ObjectiveResult",
    "Rated",
    "Rule",
    "ScoreInputs",
    "SupervisedResult",
    "WeightReport",
    "ahp",
    "calibrate",
    "calibration_sql",
    "card_of",
    "combine",
    "delphi",
    "expert_weights",
    "fit_supervised",
    "fit_weights",
    "points_sql",
    "rate_one",
    "score_sql",
]
