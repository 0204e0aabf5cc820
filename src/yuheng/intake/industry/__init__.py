"""Industry from name and scope: a class of GB/T 4754-2017 with a confidence for firms whose record lacks it."""

from yuheng.intake.industry.learn import Weights, learn
from yuheng.intake.industry.measure import Agreement, agreement, level_of, of_labels, trade_words
from yuheng.intake.industry.model import LIST, Logistic, Model, empty_of, fit_logistic
from yuheng.intake.industry.predict import PREDICTED, Best, Classifier, Told
from yuheng.intake.industry.terms import Lexicon, Tree
from yuheng.intake.industry.votes import Premises, Votes, name_terms, scope_votes

__all__ = [
    "LIST",
    "PREDICTED",
    "Agreement",
    "Best",
    "Classifier",
    "Lexicon",
    "Logistic",
    "Model",
    "Premises",
    "Told",
    "Tree",
    "Votes",
    "Weights",
    "agreement",
    "empty_of",
    "fit_logistic",
    "learn",
    "level_of",
    "name_terms",
    "of_labels",
    "scope_votes",
    "trade_words",
]
