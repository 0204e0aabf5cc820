"""Weighting methods against the test vector of the specification, and the guard rails against random inputs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuheng.content.schema import AhpMatrix, Grading, Weighting
from yuheng.errors import RatingError
from yuheng.rating.ahp import ahp, expert_weights
from yuheng.rating.card import Card, card_of
from yuheng.rating.combine import combine
from yuheng.rating.delphi import delphi, kendall_w
from yuheng.rating.guards import Bounds, bounds_of, project
from yuheng.rating.moments import Moments
from yuheng.rating.objective import METHODS, ObjectiveOptions, critic, entropy
from yuheng.rating.supervised import fit_supervised, information_value, weight_of_evidence
from yuheng.rating.weights import Labelled, fit_weights

from .conftest import Catalogue, read_grading

IDS = ("a", "b", "c", "d")
X = np.array([[10, 0, 20, 5], [35, 30, 15, 40], [60, 45, 40, 20], [5, 0, 0, 10], [80, 75, 60, 90], [20, 15, 45, 0]])
VECTOR = {
    "entropy": [0.2431, 0.2916, 0.1553, 0.3100],
    "critic": [0.1746, 0.1496, 0.3680, 0.3078],
    "cv": [0.2190, 0.2735, 0.1906, 0.3169],
    "pca": [0.2415, 0.2494, 0.2533, 0.2558],
    "independence": [0.2382, 0.2377, 0.2766, 0.2474],
}


@pytest.mark.parametrize("method", list(VECTOR))
def test_objective_methods_on_the_test_vector(method: str) -> None:
    result = METHODS[method](Moments.from_matrix(IDS, X), ObjectiveOptions())
    assert result.weights == pytest.approx(VECTOR[method], abs=5.1e-5)
    assert sum(result.weights) == pytest.approx(1)


def test_game_theory_on_the_test_vector() -> None:
    m = Moments.from_matrix(IDS, X)
    options = ObjectiveOptions()
    vectors = {"expert": (0.30, 0.35, 0.20, 0.15), "e": entropy(m, options).weights, "c": critic(m, options).weights}
    plain, nnls = combine(vectors, "game_abs"), combine(vectors, "game_nnls")
    assert plain.alpha == pytest.approx([0.7375, -0.3317, 0.6947], abs=5e-5)
    assert plain.weights == pytest.approx([0.2399, 0.2601, 0.2577, 0.2423], abs=5e-5)
    assert nnls.shares == pytest.approx([0.4569, 0, 0.5431], abs=5e-5)
    assert nnls.weights == pytest.approx([0.2319, 0.2411, 0.2912, 0.2357], abs=5e-5)
    assert combine(vectors, "mean").shares == pytest.approx([1 / 3] * 3)


def test_moments_are_those_of_the_matrix_with_column_means() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 101, (500, 5)).astype(float)
    x[rng.random(x.shape) < 0.2] = np.nan
    m = Moments.from_matrix("abcde", x)
    filled = np.where(np.isnan(x), np.nanmean(x, axis=0), x)
    assert np.allclose(m.mean, np.nanmean(x, axis=0))
    assert np.allclose(m.covariance, np.cov(filled.T), atol=1e-8)
    assert np.allclose(m.correlation, np.corrcoef(filled.T), atol=1e-10)
    assert m.minimum.tolist() == np.nanmin(x, axis=0).tolist()
    assert m.maximum.tolist() == np.nanmax(x, axis=0).tolist()
    z = (filled - np.nanmin(x, axis=0)) / (np.nanmax(x, axis=0) - np.nanmin(x, axis=0))
    p = z / z.sum(axis=0)
    e = -np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0), axis=0) / np.log(500)
    assert entropy(m, ObjectiveOptions()).extra["E"] == pytest.approx(e)


def test_moments_of_batches_add_up_exactly() -> None:
    x = np.random.default_rng(2).integers(0, 101, (1000, 3)).astype(float)
    table = pa.table({f"p_{i}": pa.array(x[:, j].astype("int8"), mask=x[:, j] > 90) for j, i in enumerate("abc")})
    x[x > 90] = np.nan
    whole, parts = Moments.from_matrix("abc", x), Moments.from_batches("abc", table.to_batches(max_chunksize=77))
    for name in ("histogram", "cross", "partial", "pairs"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
    assert parts.rows == 1000


def test_rare_and_constant_indicators_do_not_break_a_method() -> None:
    x = np.zeros((1000, 4))
    x[:, 0] = np.arange(1000) % 101
    x[:, 1] = (np.arange(1000) * 37) % 101
    x[:3, 2] = 100
    m = Moments.from_matrix(IDS, x)
    for method in METHODS.values():
        weights = method(m, ObjectiveOptions(winsor=0.99, independence_floor=0.1)).weights
        assert np.all(np.isfinite(weights))
        assert weights[3] == 0
    assert entropy(m, ObjectiveOptions(winsor=1.0)).weights[2] > 0.9
    assert entropy(m, ObjectiveOptions(winsor=0.99)).weights[2] == 0


def test_no_spread_at_all_is_an_error() -> None:
    with pytest.raises(RatingError, match="no spread"):
        entropy(Moments.from_matrix(IDS, np.ones((5, 4))), ObjectiveOptions())


def test_points_must_be_whole_numbers() -> None:
    with pytest.raises(RatingError, match="whole numbers"):
        Moments.from_matrix("a", [[0.5]])


def test_expert_matrices_give_the_catalogue(weighting: Weighting, catalogue: Catalogue) -> None:
    weights, nodes = expert_weights(weighting, catalogue.indicators, catalogue.l2)
    for name, weight in weights.items():
        assert weight == pytest.approx(catalogue.indicators[name].expert_weight, abs=1e-12)
    assert sum(weights.values()) == pytest.approx(1, abs=1e-9)
    assert {n.node: round(n.cr, 4) for n in nodes} == {
        "root": 0.0119,
        "enterprise_attributes": 0.0216,
        "operating_capability": 0.0318,
        "compliance": 0.0628,
        "related_enterprises": 0.0437,
        "internet_related": 0.0462,
    }


def judgement(expert: str, ab: float, ac: float, bc: float) -> AhpMatrix:
    rows = [[1, ab, ac], [1 / ab, 1, bc], [1 / ac, 1 / bc, 1]]
    return AhpMatrix(expert=expert, order=["a", "b", "c"], matrix=rows)


def test_inconsistent_experts_are_refused_by_name(weighting: Weighting) -> None:
    good, bad = judgement("甲", 2, 4, 2), judgement("乙", 5, 1 / 5, 5)
    result = ahp("root", [good, bad], weighting)
    assert result.weights == pytest.approx([4 / 7, 2 / 7, 1 / 7], abs=1e-6)
    assert sum(result.weights) == 1
    assert [r.expert for r in result.refused] == ["乙"]
    with pytest.raises(RatingError, match=r"reconsider a, b, c"):
        ahp("root", [bad], weighting)


def test_group_judgement_is_the_geometric_mean(weighting: Weighting) -> None:
    result = ahp("root", [judgement("甲", 2, 4, 2), judgement("乙", 2, 2, 1)], weighting)
    ratio = np.array([[1, 2, 8**0.5], [0.5, 1, 2**0.5], [8**-0.5, 2**-0.5, 1]])
    expected = (ratio.prod(axis=1)) ** (1 / 3)
    assert result.weights == pytest.approx(expected / expected.sum(), abs=1e-6)


def test_the_worst_triple_is_named_among_many(weighting: Weighting) -> None:
    rows = [[1, 2, 4, 8], [0.5, 1, 2, 9], [0.25, 0.5, 1, 1 / 9], [1 / 8, 1 / 9, 9, 1]]
    bad = AhpMatrix(expert="丙", order=["a", "b", "c", "d"], matrix=rows)
    with pytest.raises(RatingError, match="reconsider b, c, d"):
        ahp("root", [bad], weighting)


def test_a_matrix_must_be_reciprocal(weighting: Weighting) -> None:
    bad = AhpMatrix(expert="丁", order=["a", "b"], matrix=[[1, 2], [2, 1]])
    with pytest.raises(RatingError, match="not reciprocal"):
        ahp("root", [bad], weighting)


def test_kendall_w_by_hand() -> None:
    same = np.array([[1.0, 2, 3], [2, 4, 9]])
    assert kendall_w(same)[0] == pytest.approx(1)
    opposite = np.array([[1.0, 2, 3], [3, 2, 1]])
    assert kendall_w(opposite)[0] == pytest.approx(0)
    # Siegel's form with a tie: ranks (1, 2.5, 2.5), (1, 2, 3): S = 9.5 - ... = 12·S/(m²(n³-n) - mT), T = 6
    tied = np.array([[1.0, 5, 5], [1, 2, 3]])
    totals = np.array([2, 4.5, 5.5])
    assert kendall_w(tied)[0] == pytest.approx(12 * ((totals - 4) ** 2).sum() / (4 * 24 - 2 * 6))


def test_delphi_stops_at_agreement(weighting: Weighting) -> None:
    result = delphi("root", weighting.delphi["root"], weighting.delphi_stop)
    assert [r.agreed for r in result.rounds] == [False, True]
    assert result.items[int(np.argmax(result.weights))] == "compliance"
    assert sum(result.weights) == pytest.approx(1)
    assert result.to_dict()["agreed"] is True


unit = st.floats(0, 1)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), n=st.integers(4, 20), k=st.integers(1, 4))
def test_projection_keeps_every_bound_or_says_infeasible(data: st.DataObject, n: int, k: int) -> None:
    raw = np.array(data.draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))) + 1e-9
    expert = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=n, max_size=n)))
    expert /= expert.sum()
    lower, upper = data.draw(st.floats(0, 1.2 / n)), data.draw(st.floats(0.8 / n, 1))
    ids = tuple(f"i{j}" for j in range(n))
    hard = frozenset(data.draw(st.lists(st.sampled_from(ids), max_size=3)))
    groups = {name: f"g{j % k}" for j, name in enumerate(ids)}
    own = dict(zip(ids, expert.tolist(), strict=True))
    bounds = bounds_of(own, groups, hard, lower=lower, upper=upper, move=data.draw(st.floats(0, 0.5)))
    if feasible(bounds):
        assert not bounds.violations(project(raw / raw.sum(), bounds, ids), ids)
    else:
        with pytest.raises(RatingError, match="no weight"):
            project(raw / raw.sum(), bounds, ids)


def feasible(bounds: Bounds) -> bool:
    """The same question to a linear programme."""
    from scipy.optimize import linprog

    n = len(bounds.lower)
    rows, right = [], []
    for members, low, high in bounds.groups.values():
        row = np.isin(np.arange(n), members).astype(float)
        rows += [row, -row]
        right += [high + 1e-10, -low + 1e-10]
    if np.any(bounds.lower > bounds.upper):
        return False
    box = list(zip(bounds.lower, bounds.upper, strict=True))
    found = linprog(np.zeros(n), A_ub=np.array(rows), b_ub=right, A_eq=np.ones((1, n)), b_eq=[1.0], bounds=box)
    return bool(found.status == 0)


def test_projection_is_the_nearest_point() -> None:
    rng = np.random.default_rng(3)
    ids = tuple("abcdef")
    expert = dict(zip(ids, [0.1, 0.2, 0.15, 0.15, 0.3, 0.1], strict=True))
    groups = dict(zip(ids, "xxyyzz", strict=True))
    bounds = bounds_of(expert, groups, frozenset("e"), lower=0.05, upper=0.4, move=0.2)
    from scipy.optimize import minimize

    for _ in range(20):
        v = rng.dirichlet(np.ones(6))
        ours = project(v, bounds, ids)
        cons = [{"type": "eq", "fun": lambda w: w.sum() - 1}]
        for members, low, high in bounds.groups.values():
            m = list(members)
            cons.append({"type": "ineq", "fun": lambda w, m=m, low=low: w[m].sum() - low})
            cons.append({"type": "ineq", "fun": lambda w, m=m, high=high: high - w[m].sum()})
        box = list(zip(bounds.lower, bounds.upper, strict=True))
        solved = minimize(
            lambda w, v=v: ((w - v) ** 2).sum(), list(expert.values()), bounds=box, constraints=cons, tol=1e-12
        )
        assert ours == pytest.approx(solved.x, abs=1e-5)


def test_infeasible_bounds_name_the_culprit() -> None:
    expert = {"a": 0.5, "b": 0.5}
    bounds = bounds_of(expert, {"a": "g", "b": "g"}, frozenset("a"), lower=0.0, upper=0.4, move=0.3)
    with pytest.raises(RatingError, match="no weight for a"):
        project(np.array([0.5, 0.5]), bounds, ("a", "b"))


def sample(card: Card, firms: int = 4000) -> Labelled:
    rng = np.random.default_rng(5)
    risk = rng.normal(size=firms)
    points = np.zeros((firms, len(card.rules)))
    for j, rule in enumerate(card.rules):
        load = 0.8 if j % 2 else 0.0
        latent = load * risk + rng.normal(size=firms)
        levels = np.array(sorted(rule.points))
        points[:, j] = levels[np.searchsorted([1.0, 1.8, 2.4, 3.0, 3.4, 3.8][: len(levels) - 1], latent)]
    points[rng.random(points.shape) < 0.05] = np.nan
    y = (risk + rng.normal(size=firms) > 2).astype(float)
    return Labelled(points, y)


def test_mixed_weights_of_the_real_card_keep_the_guard_rails(
    card: Card, grading: Grading, weighting: Weighting, catalogue: Catalogue
) -> None:
    labelled = sample(card)
    moments = Moments.from_matrix(card.ids, labelled.points)
    report = fit_weights(card, grading, weighting, catalogue, moments=moments, labelled=labelled)
    assert sum(report.units.values()) == 10**12
    weights, expert = report.weights, report.expert
    assert all(weighting.lower - 1e-9 <= w <= weighting.upper + 1e-9 for w in weights.values())
    assert all(weights[i] >= expert[i] - 1e-9 for i in card.hard)
    for l1 in {i.l1 for i in catalogue.indicators.values()}:
        ours, theirs = (sum(w[i] for i in card.ids if catalogue.indicators[i].l1 == l1) for w in (weights, expert))
        assert abs(ours / theirs - 1) <= weighting.l1_move + 1e-9
    assert report.supervised is not None
    assert report.supervised.converged
    assert set(report.to_dict()) >= {"weights", "expert", "objective", "supervised", "combination"}
    again = fit_weights(card, grading, weighting, catalogue, moments=moments, labelled=labelled)
    assert again.units == report.units


def test_without_labels_the_spread_of_the_points_stands_in(
    card: Card, grading: Grading, weighting: Weighting, catalogue: Catalogue
) -> None:
    moments = Moments.from_matrix(card.ids, sample(card).points)
    own = weighting.model_copy(update={"methods": ["critic", "supervised"], "methods_unlabelled": ["entropy", "cv"]})
    report = fit_weights(card, grading, own, catalogue, moments=moments)
    assert [r.method for r in report.objective] == ["entropy", "cv"]
    assert report.supervised is None
    assert report.skipped == ("supervised: no labelled sample at this date",)
    none = own.model_copy(update={"methods_unlabelled": []})
    assert [r.method for r in fit_weights(card, grading, none, catalogue, moments=moments).objective] == ["critic"]


def test_a_single_draw_cannot_outweigh_the_rest(
    card: Card, grading: Grading, weighting: Weighting, catalogue: Catalogue
) -> None:
    given = sample(card)
    heavy = np.where(np.arange(len(given.y)) == np.flatnonzero(given.y)[0], 500.0, 1.0)
    moments = Moments.from_matrix(card.ids, given.points)

    def supervised(most: float, weight: np.ndarray) -> tuple[float, ...]:
        own = weighting.model_copy(update={"draw_weight_max": most})
        labelled = Labelled(given.points, given.y, weight)
        report = fit_weights(card, grading, own, catalogue, moments=moments, labelled=labelled)
        assert report.supervised is not None
        return report.supervised.weights

    assert supervised(1, heavy) == supervised(500, np.ones(len(heavy)))
    assert supervised(500, heavy) != supervised(1, heavy)


def test_without_data_the_weights_are_the_experts(
    card: Card, grading: Grading, weighting: Weighting, catalogue: Catalogue
) -> None:
    report = fit_weights(card, grading, weighting, catalogue)
    for name, weight in report.weights.items():
        assert weight == pytest.approx(catalogue.indicators[name].expert_weight, abs=2e-12)


def test_the_lighter_card_has_its_own_points(catalogue: Catalogue) -> None:
    grading = read_grading("self_employed")
    card = card_of(grading, catalogue.indicators)
    report = fit_weights(card, grading, None, catalogue)
    assert len(card.ids) == 33
    assert report.weights["abnormal_list_current"] == pytest.approx(3 * report.weights["operating_years"])


def test_supervised_weights_are_not_negative_and_find_what_matters() -> None:
    rng = np.random.default_rng(6)
    points = rng.integers(0, 101, (20_000, 3)).astype(float)
    logit = -4 + 0.04 * points[:, 0] + 0.02 * points[:, 1] - 0.03 * points[:, 2]
    y = (rng.random(20_000) < 1 / (1 + np.exp(-logit))).astype(float)
    result = fit_supervised("abc", points, y, ridge=1e-9)
    assert result.weights[2] == 0
    assert result.weights[0] / result.weights[1] == pytest.approx(2, rel=0.1)
    assert result.information[0] > result.information[1] > 0.02


def test_supervised_needs_both_outcomes() -> None:
    with pytest.raises(RatingError, match="both outcomes"):
        fit_supervised("a", [[1.0], [2.0]], [0, 0])


def test_weight_of_evidence_by_hand() -> None:
    points, y = [0, 0, 0, 50, 50, np.nan], [0, 0, 1, 1, 1, 0]
    woe = weight_of_evidence(points, y)
    b, g = np.array([1.5, 2.5]) / 4, np.array([2.5, 0.5]) / 3
    assert list(woe.values()) == pytest.approx(np.log(b / g))
    assert information_value(points, y) == pytest.approx(((b - g) * np.log(b / g)).sum())
