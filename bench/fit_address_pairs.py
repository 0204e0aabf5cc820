"""Fit the trees behind `yuheng identity compare-addresses` on labelled pairs and measure them on pairs kept apart.

    python -m bench.fit_address_pairs PAIRS.tsv [--seed 7] [--write]

The pairs are split by their first address (a fifth is kept apart, see `held_out`), so no address stands on both sides.
Weights of the labels are chosen by cross-validation on the fitted part, grouped the same way. `--write` puts the model
into content/identity: numbers only, no text of the file. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold

from yuheng.content import ContentStore
from yuheng.content.files import ROOT
from yuheng.identity.compare import held_out, read_pairs, similarity
from yuheng.identity.pair_features import PairFeatures

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FOLDS = 5
SHAPES: tuple[dict[str, float], ...] = (  # ways of growing trees; several are averaged
    {"max_iter": 200, "learning_rate": 0.05, "max_leaf_nodes": 10, "min_samples_leaf": 25, "max_features": 0.3},
)


class Average:
    """Several boosted classifiers; the score of a label is the mean of theirs."""

    def __init__(self, seed: int) -> None:
        self.members = [
            HistGradientBoostingClassifier(l2_regularization=10, random_state=seed + place, **shape)
            for place, shape in enumerate(SHAPES)
        ]

    def fit(self, features: Floats, truth: Ints) -> Average:
        for member in self.members:
            member.fit(features, truth)
        return self

    def probabilities(self, features: Floats) -> Floats:
        score = np.mean([member.decision_function(features) for member in self.members], axis=0)
        score = np.exp(score - score.max(axis=1, keepdims=True))
        return np.asarray(score / score.sum(axis=1, keepdims=True))

    def base(self) -> list[float]:
        return [float(x) for x in np.mean([m._baseline_prediction.ravel() for m in self.members], axis=0)]

    def rows(self) -> list[str]:
        """The trees as lines of CSV; a leaf has feature −1."""
        out, tree = ["tree,label,feature,cut,left,right,value"], 0
        for member in self.members:
            for stage in member._predictors:
                for label, grown in enumerate(stage):
                    for node in grown.nodes:
                        leaf = bool(node["is_leaf"])
                        feature = -1 if leaf else int(node["feature_idx"])
                        cut = 0.0 if leaf else float(node["num_threshold"])
                        value = float(node["value"]) / len(self.members) if leaf else 0.0
                        out.append(f"{tree},{label},{feature},{cut:.9g},{node['left']},{node['right']},{value:.5g}")
                    tree += 1
        return out


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("pairs", type=Path)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    store = ContentStore.load()
    pairs, _ = read_pairs(given.pairs)
    take = PairFeatures(store)
    found = [take.of(pair.a, pair.b) for pair in pairs]
    names = list(found[0])
    features = np.asarray([[row[name] for name in names] for row in found])
    truth = np.asarray([pair.label for pair in pairs])
    apart = np.asarray([held_out(pair) for pair in pairs])
    groups = np.asarray([pair.a for pair in pairs])
    plain = similarity(store, pairs)

    inner = crossed(features[~apart], truth[~apart], groups[~apart], given.seed)
    weights, crossed_f1 = best_weights(inner, truth[~apart])
    cuts, _ = best_cuts(plain[~apart], truth[~apart])
    model = Average(given.seed).fit(features[~apart], truth[~apart])
    labels = (model.probabilities(features[apart]) * weights).argmax(axis=1)
    measured = {
        "pairs_fitted": float(np.sum(~apart)),
        "pairs_held_out": float(np.sum(apart)),
        "cross_validated_macro_f1": round(crossed_f1, 4),
        "held_out_macro_f1": round(float(f1_score(truth[apart], labels, average="macro")), 4),
        "held_out_baseline_macro_f1": round(
            float(f1_score(truth[apart], np.searchsorted(cuts, plain[apart], side="right"), average="macro")), 4
        ),
    }
    measured |= {
        f"held_out_f1_{k}": round(float(x), 4) for k, x in enumerate(f1_score(truth[apart], labels, average=None))
    }
    if given.write:
        write(model, names, weights, cuts, measured)
    print(json.dumps(measured, indent=2))


def crossed(features: Floats, truth: Ints, groups: npt.NDArray[np.str_], seed: int) -> Floats:
    """Probabilities of every row by models that did not see its group."""
    out = np.zeros((len(truth), 3))
    for fitted, rest in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(features, truth, groups):
        out[rest] = Average(seed).fit(features[fitted], truth[fitted]).probabilities(features[rest])
    return out


def best_weights(probabilities: Floats, truth: Ints) -> tuple[list[float], float]:
    """Weights of the labels with the best macro F1, smoothed: the mean of the best twenty."""
    tried = [
        (float(f1_score(truth, (probabilities * [1, w1, w2]).argmax(axis=1), average="macro")), w1, w2)
        for w1 in np.arange(0.7, 1.7, 0.1)
        for w2 in np.arange(0.8, 3.6, 0.1)
    ]
    top = sorted(tried, reverse=True)[:20]
    weights = [1.0, round(float(np.mean([w for _, w, _ in top])), 3), round(float(np.mean([w for _, _, w in top])), 3)]
    return weights, float(f1_score(truth, (probabilities * weights).argmax(axis=1), average="macro"))


def best_cuts(similarities: Floats, truth: Ints) -> tuple[list[float], float]:
    """The two cuts of the plain similarity with the best macro F1: the baseline at its best."""
    tried = []
    for low in range(5, 90, 2):
        for high in range(low + 2, 100, 2):
            labels = np.searchsorted([low, high], similarities, side="right")
            tried.append((float(f1_score(truth, labels, average="macro")), [float(low), float(high)]))
    score, cuts = max(tried)
    return cuts, score


def write(
    model: Average, names: list[str], weights: list[float], cuts: list[float], measured: dict[str, float]
) -> None:
    """The card and the trees into content."""
    folder = ROOT / "identity"
    (folder / "address_pairs.csv").write_text("\n".join(model.rows()) + "\n", encoding="utf-8")
    card = {
        "schema_version": 1,
        "features": names,
        "base": [round(x, 6) for x in model.base()],
        "weights": weights,
        "baseline_cuts": cuts,
        "measured": measured,
    }
    head = "# Fitted by bench/fit_address_pairs.py; the trees stand in address_pairs.csv. Numbers only.\n"
    text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
    (folder / "address_pairs.yaml").write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main()
