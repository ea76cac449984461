"""Group measures against scikit-learn, fairlearn and loops written out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cybertriage.evaluate import bias_metrics as measure
from cybertriage.evaluate.bias_metrics import Layout
from cybertriage.figures.metrics import Estimate, expected_calibration_error
from cybertriage.figures.resample import Sampled, TooFew, cluster_weights, interval, ratio_of_sums

CLUSTERS, GROUPS, DRAWS = 24, 3, 40


class Rows:
    """Random rows: every third cluster is of positives; groups and scores at random, with ties."""

    def __init__(self, seed: int = 0, n: int = 900) -> None:
        rng = np.random.default_rng(seed)
        self.cluster = rng.integers(0, CLUSTERS, n)
        self.group = rng.integers(0, GROUPS, n)
        self.truth = self.cluster % 3 == 0
        self.scores = np.round(np.clip(rng.normal(0.3 + 0.3 * self.truth + 0.05 * self.group, 0.2), 0, 1), 2)
        self.weights = cluster_weights([str(c % 3 == 0) for c in range(CLUSTERS)], draws=DRAWS, seed=1)
        self.layout = Layout(self.cluster, self.group, self.weights, GROUPS)

    def repeated(self, draw: int) -> np.ndarray:
        """Row indices of one draw, every row as often as its cluster was drawn."""
        return np.repeat(np.arange(len(self.cluster)), self.weights[draw, self.cluster].astype(int))


def test_weights_draw_as_many_clusters_of_each_stratum_as_there_are() -> None:
    weights = cluster_weights(["a", "b", "a", "b", "b"], draws=50, seed=3)
    assert weights.shape == (50, 5)
    assert (weights[:, [0, 2]].sum(1) == 2).all()
    assert (weights[:, [1, 3, 4]].sum(1) == 3).all()
    assert (weights == cluster_weights(["a", "b", "a", "b", "b"], draws=50, seed=3)).all()


def test_shares_and_their_draws_equal_a_loop_over_draws() -> None:
    rows = Rows()
    hit = rows.scores >= 0.5
    shares = rows.layout.share(hit, ~rows.truth)
    for group in range(GROUPS):
        mask = (rows.group == group) & ~rows.truth
        assert shares.values[group] == pytest.approx(hit[mask].mean())
        assert shares.rows[group] == mask.sum()
        for draw in range(DRAWS):
            drawn = [at for at in rows.repeated(draw) if mask[at]]
            assert shares.draws[draw, group] == pytest.approx(hit[drawn].mean())
    figure = shares.figures()[0]
    assert isinstance(figure, Estimate)
    assert (figure.low, figure.high) == interval(shares.draws[:, 0])


def test_rates_by_group_agree_with_fairlearn() -> None:
    fairlearn = pytest.importorskip("fairlearn.metrics")
    rows = Rows(2)
    hit = rows.scores >= 0.5
    frame = fairlearn.MetricFrame(
        metrics={"fpr": fairlearn.false_positive_rate, "tpr": fairlearn.true_positive_rate,
                 "fnr": fairlearn.false_negative_rate, "share": fairlearn.selection_rate},
        y_true=rows.truth, y_pred=hit, sensitive_features=rows.group,
    )  # fmt: skip
    anything = np.ones(len(hit), bool)
    alarms, recall = rows.layout.share(hit, ~rows.truth), rows.layout.share(hit, rows.truth)
    np.testing.assert_allclose(alarms.values, frame.by_group["fpr"])
    np.testing.assert_allclose(recall.values, frame.by_group["tpr"])
    np.testing.assert_allclose(rows.layout.share(hit, anything).values, frame.by_group["share"])
    assert value(measure.gap(alarms)) == pytest.approx(frame.difference()["fpr"])
    ratio = measure.ratio(alarms)
    assert ratio is not None
    assert value(ratio) == pytest.approx(1 / frame.ratio()["fpr"])
    assert value(measure.worst_low(recall)) == pytest.approx(frame.group_min()["tpr"])
    whole = rows.layout.whole()
    fped = measure.equality_difference(alarms, whole.share(hit, ~rows.truth))
    assert value(fped) == pytest.approx(np.abs(frame.by_group["fpr"] - frame.overall["fpr"]).sum())
    fned = measure.equality_difference(rows.layout.share(~hit, rows.truth), whole.share(~hit, rows.truth))
    assert value(fned) == pytest.approx(np.abs(frame.by_group["fnr"] - frame.overall["fnr"]).sum())


def test_group_aucs_agree_with_scikit_learn_in_value_and_in_every_draw() -> None:
    rows = Rows(4)
    found = measure.aucs(rows.scores, rows.truth, rows.layout)
    for group in range(GROUPS):
        own = rows.group == group
        masks = {"subgroup": own, "bpsn": (rows.truth & ~own) | (~rows.truth & own),
                 "bnsp": (rows.truth & own) | (~rows.truth & ~own)}  # fmt: skip
        for name, mask in masks.items():
            sampled: Sampled = getattr(found, name)
            assert sampled.values[group] == pytest.approx(roc_auc_score(rows.truth[mask], rows.scores[mask]))
            for draw in (0, 7, 31):
                drawn = np.array([at for at in rows.repeated(draw) if mask[at]])
                assert sampled.draws[draw, group] == pytest.approx(roc_auc_score(rows.truth[drawn], rows.scores[drawn]))
    overall = measure.aucs(rows.scores, rows.truth, rows.layout.whole()).subgroup
    assert overall.values[0] == pytest.approx(roc_auc_score(rows.truth, rows.scores))


def test_a_single_group_has_no_others_to_be_ranked_against() -> None:
    rows = Rows(5)
    found = measure.aucs(rows.scores, rows.truth, rows.layout.whole())
    assert isinstance(found.subgroup.figures()[0], Estimate)
    assert isinstance(found.bpsn.figures()[0], TooFew)
    assert isinstance(found.bnsp.figures()[0], TooFew)


def test_calibration_error_is_that_of_the_group_alone() -> None:
    rows = Rows(6)
    found = measure.calibration_error(rows.scores, rows.truth, rows.layout)
    for group in range(GROUPS):
        own = rows.group == group
        assert found.values[group] == pytest.approx(expected_calibration_error(rows.scores[own], rows.truth[own]))
    assert (found.draws >= 0).all()


def test_risk_coverage_of_perfect_and_of_useless_confidence() -> None:
    n = 200
    cluster, group = np.arange(n) % 20, np.zeros(n, np.int64)
    layout = Layout(cluster, group, cluster_weights(["a"] * 20, draws=30, seed=0), 1)
    truth = np.arange(n) % 2 == 0
    area, curve = measure.risk_coverage(np.where(truth, 0.9, 0.1), truth, 0.5, layout)
    assert area.values[0] == 0
    assert (curve == 0).all()
    wrong = np.arange(n) < 50  # a quarter wrong, all equally sure: risk is a quarter at every coverage
    area, curve = measure.risk_coverage(np.where(truth ^ wrong, 0.9, 0.1), truth, 0.5, layout)
    assert area.values[0] == pytest.approx(0.25)
    np.testing.assert_allclose(curve, 0.25)
    unsure = np.where(truth ^ wrong, 0.9, 0.1)
    unsure[wrong] = np.where(unsure[wrong] > 0.5, 0.51, 0.49)  # the wrong ones are the least sure
    area, curve = measure.risk_coverage(unsure, truth, 0.5, layout)
    assert curve[0, 6] == 0  # at 70 % coverage nothing wrong is answered
    assert curve[0, 9] == pytest.approx(0.25)
    assert 0 < area.values[0] < 0.25
    assert (area.draws <= 1).all()


def test_the_counterfactual_gap_is_the_mean_over_pairs() -> None:
    rng = np.random.default_rng(1)
    sets, per = 12, 5
    swap = np.repeat(np.arange(sets), per)
    scores = rng.random(sets * per)
    weights = cluster_weights(["a"] * sets, draws=25, seed=2)
    figure, worst, spread = measure.counterfactual_gap(scores, swap, np.arange(sets), weights)
    pairs = [itertools.combinations(scores[swap == s], 2) for s in range(sets)]
    by_set = [np.mean([abs(a - b) for a, b in of]) for of in pairs]
    assert value(figure) == pytest.approx(np.mean(by_set))
    ranges = [np.ptp(scores[swap == s]) for s in range(sets)]
    assert worst == int(np.argmax(ranges))
    assert spread == pytest.approx(max(ranges))


def test_sets_of_one_row_say_nothing_about_swaps() -> None:
    weights = cluster_weights(["a"] * 40, draws=10, seed=0)
    figure, _, spread = measure.counterfactual_gap(np.linspace(0, 1, 40), np.arange(40), np.arange(40), weights)
    assert figure == TooFew(0, 0)
    assert spread == 0


def test_a_small_group_gets_no_figure_and_takes_no_part_in_the_gap() -> None:
    cluster = np.concatenate([np.arange(60) % 10, np.arange(60) % 10, np.arange(12) % 10])
    group = np.repeat([0, 1, 2], [60, 60, 12])
    hit = group == 2  # the small group is always hit
    layout = Layout(cluster, group, cluster_weights(["a"] * 10, draws=20, seed=0), 3)
    shares = layout.share(hit, np.ones(len(hit), bool))
    assert shares.shares()[2] == TooFew(12, 10)
    assert value(measure.gap(shares)) == 0
    one_cluster = Layout(np.zeros(60, np.int64), np.zeros(60, np.int64), np.ones((5, 1)), 1)
    assert one_cluster.share(np.ones(60, bool), np.ones(60, bool)).figures()[0] == TooFew(60, 1)
    lonely = Layout(cluster[:60], group[:60], layout.weights, 3).share(hit[:60], np.ones(60, bool))
    assert measure.gap(lonely) == TooFew(60, 10)


def test_nothing_seen_has_an_interval_as_wide_as_its_clusters_allow_and_no_ratio() -> None:
    cluster = np.arange(200) % 20
    layout = Layout(cluster, np.arange(200) % 2, cluster_weights(["a"] * 20, draws=20, seed=0), 2)
    shares = layout.share(np.zeros(200, bool), np.ones(200, bool))
    none = shares.shares()[0]
    assert isinstance(none, Estimate)
    assert none.value == none.low == 0
    assert none.high > 0.1  # 10 clusters, not 100 rows
    assert measure.ratio(shares) is None


def test_rows_that_are_not_counted_leave_no_group_empty_handed() -> None:
    found = ratio_of_sums(np.ones(4), np.zeros(4), np.arange(4), np.zeros(4, np.int64), np.ones((2, 4)), groups=1)
    assert found.figures()[0] == TooFew(0, 0)
    assert np.isnan(interval(np.array([np.nan, np.nan]))).all()


def value(figure: object) -> float:
    assert isinstance(figure, Estimate), figure
    return figure.value
