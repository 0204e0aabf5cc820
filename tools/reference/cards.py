"""The gradings (scorecards) and the weightings behind them."""

from __future__ import annotations

from tools.reference.markdown import code, facts, number, page, percent, table
from yuheng.content import ContentStore
from yuheng.content.schema import Grading, Weighting
from yuheng.rating import ahp


def page_of(store: ContentStore) -> str:
    """gradings.md."""
    intro = "Scorecards and the way their weights come about; [How the rating works](../rating.md) says what they mean."
    cards = [_grading(store, g) for g in store.gradings.values()]
    return page("Gradings and weightings", intro, *cards, *(_weighting(w) for w in store.weightings.values()))


def _grading(store: ContentStore, g: Grading) -> str:
    count = len(store.indicators) if g.indicators == "all" else len(g.indicators)
    listed = facts(
        [
            ("Population", code(g.population)),
            ("Indicators", f"{count}" + (" (all)" if g.indicators == "all" else "")),
            ("Weights", f"weighting {code(g.weighting)}" if g.weighting else "the card's own points, below"),
            ("Too little data", f"coverage below {percent(g.coverage_min)}"),
            ("Hysteresis", f"{number(g.hysteresis)} points" if g.hysteresis else "off"),
            ("Merge with the national grade", g.national_merge),
            ("Longest manual adjustment", f"{g.manual_months} months"),
            ("Reasons shown", str(g.reasons)),
            ("Label", f"an event within {g.label.months} months: {'; '.join(_label(g))}"),
            ("Standards", _standards(g)),
        ]
    )
    cuts = table(
        ("Grade", "", "Score", "Share wanted at the fit"),
        [(c.grade, c.name_zh, f"[{number(c.lower)}, {number(c.upper)})", percent(g.targets[c.grade])) for c in g.cuts],
    )
    return "\n\n".join(p for p in (f"## {g.id} {g.name_zh}", listed, cuts, _points(store, g)) if p)


def _label(g: Grading) -> list[str]:
    where = {e.id: f", {code(e.where)}" if e.where != "true" else "" for e in g.label.events}
    return [f"{e.name_zh} ({e.table}.{e.date}{where[e.id]})" for e in g.label.events]


def _standards(g: Grading) -> str:
    s = g.standards
    return (
        f"AUC ≥ {number(s.auc)}, KS ≥ {number(s.ks)}, lift of the worst tenth ≥ {number(s.lift)}, "
        f"calibration slope {number(s.slope[0])}–{number(s.slope[1])}, "
        f"worst over best grade ≥ {number(s.worst_to_best)}, "
        f"PSI in bands of {number(s.band)}: watch above {number(s.psi_watch)}, alarm above {number(s.psi_alarm)}; "
        f"release: too little data ≤ {percent(s.insufficient_max)}, firms changed ≤ {percent(s.firms_change_max)}"
    )


def _points(store: ContentStore, g: Grading) -> str:
    if g.weights is None:
        return ""
    total = sum(g.weights.values())
    rows = [(code(i), store.indicators[i].name_zh, number(p), percent(p / total)) for i, p in g.weights.items()]
    return table(("Indicator", "", "Points", "Weight"), rows)


def _weighting(w: Weighting) -> str:
    found = [ahp(node, judgements, w) for node, judgements in w.ahp.items()]
    nodes = table(
        ("Node", "Children and weights", "CR", "Experts"),
        [
            (
                code(r.node),
                ", ".join(f"{item} {number(x)}" for item, x in zip(r.items, r.weights, strict=True)),
                f"{r.cr:.4f}",
                ", ".join(r.experts),
            )
            for r in found
        ],
    )
    listed = facts(
        [
            ("Objective methods", ", ".join(w.methods)),
            ("Combination", w.combination),
            ("Shrinkage λ", number(w.shrinkage)),
            ("Each weight", f"{percent(w.lower)} to {percent(w.upper)}"),
            ("A first-level total moves at most", f"± {percent(w.l1_move)} of the experts' total"),
            ("AHP is refused from", f"CR {number(w.cr_max)}"),
            ("Entropy", f"points above the {percent(w.winsor)} quantile count as the quantile"),
            ("PCA", f"components up to {percent(w.pca_share)} of the variance"),
            ("Independence", f"a multiple correlation below {number(w.independence_floor)} counts as it"),
            ("Without a labelled sample", ", ".join(w.methods_unlabelled)),
            ("Supervised", f"snapshots: {w.training_days}, {w.training_step} months apart; firms: {w.training_sample}; "
             f"ridge {number(w.ridge)}; a finding of a draw counts at most {number(w.draw_weight_max)} times"),
            ("Rank stability", f"{w.redraws} redraws within ± {percent(w.redraw_range)} on {w.redraw_sample} firms, "
             f"≥ {percent(w.stability_min)} keep their grade"),
        ]
    )  # fmt: skip
    return f"## Weighting {w.id} {w.name_zh}\n\n{listed}\n\n{nodes}"
