"""scikit-learn: the estimators keep its contract and live in its machinery."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks
from sklearn.utils.validation import validate_data

from cybertriage import BundleError, InputError, Triage
from cybertriage.integrations.sklearn import TriageClassifier, TriageScores

SCAMS = [
    "Банктен хабарласып тұрмыз, SMS-кодты айтыңыз", "Это служба безопасности банка, назовите код из SMS",
    "Сіз 500 000 теңге ұтып алдыңыз, алдымен комиссия төлеңіз", "Переведите деньги на безопасный счёт прямо сейчас",
    "Картаңыз бұғатталды, нөмірін осы сілтемеге жазыңыз", "Мама, я попал в аварию, срочно скинь деньги на этот номер",
]  # fmt: skip
EVERYDAY = [
    "Апа, кешке нан ала кел", "Завтра собрание в школе в семь вечера", "Бүгін ауа райы жақсы, серуендейік",
    "Спасибо за подарок, очень понравилось", "Дәрігерге сағат тоғызда жазылдым", "Купил билеты в театр на субботу",
]  # fmt: skip
TEXTS, LABELS = SCAMS + EVERYDAY, ["scam"] * len(SCAMS) + ["everyday"] * len(EVERYDAY)

# Neutral words and cue words by turns: numbers become texts that the model can tell apart.
_WORDS = ("нан", "банк", "мектеп", "код", "дала", "срочно", "жауын", "карта", "күн", "аударыңыз")


class _NumbersAsTexts:
    """Lets scikit-learn's own checks, which feed tables of numbers, drive the estimators: a row becomes a text."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.no_validation = False, True, False
        return tags

    def fit(self, X: Any, y: Any = None, **kwargs: Any) -> Any:
        if y is None:
            validate_data(self, X)
        else:
            validate_data(self, X, y)
        return super().fit(X, y, **kwargs)

    def _texts(self, X: Any) -> list[str]:
        table: NDArray[np.float64] = validate_data(self, X, reset=False, dtype="numeric").astype(float)
        bins = np.clip(np.rint(table * 2).astype(int) + 5, 0, len(_WORDS) - 1)
        return [" ".join(_WORDS[(at + b) % len(_WORDS)] for b in row for at in range(3)) for row in bins]


class NumericScores(_NumbersAsTexts, TriageScores):
    def transform(self, X: Any) -> NDArray[np.float64]:
        return self._scores(X, self.scale)


class NumericClassifier(_NumbersAsTexts, TriageClassifier):
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        return super().fit(X, y, sample_weight=sample_weight)


@parametrize_with_checks([NumericScores("fast"), NumericClassifier("fast")])
def test_scikit_learn_checks_on_rows_turned_into_texts(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("estimator", [TriageScores("fast"), TriageClassifier("fast")])
def test_scikit_learn_checks_as_declared(estimator: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it has few checks for texts
        check_estimator(estimator)


def test_scores_are_those_of_triage(triage: Triage) -> None:
    scores = TriageScores("fast")
    table = scores.fit_transform(TEXTS)
    names = list(scores.get_feature_names_out())
    for row, scored in zip(table, triage.score(TEXTS), strict=True):
        assert dict(zip(names, row.tolist(), strict=True)) == dict(scored.scores)
    odds = TriageScores("fast", scale="log_odds").transform(TEXTS)
    np.testing.assert_allclose(1 / (1 + np.exp(-odds)), np.clip(table, 1e-5, 1 - 1e-5))


def test_a_head_learns_other_labels_than_the_models() -> None:
    """The labels here are the languages of the texts, of which the model has no output."""
    other = [("fraud" in x.lower() or at % 2 == 0) for at, x in enumerate(TEXTS)]
    head = TriageClassifier("fast", C=1000.0).fit(TEXTS, other)
    assert head.score(TEXTS, other) == 1.0
    proba = head.predict_proba(TEXTS)
    assert proba.shape == (len(TEXTS), 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_in_a_grid_search_with_workers() -> None:
    pipeline = make_pipeline(TriageScores("fast", scale="log_odds"), LogisticRegression(max_iter=1000))
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1.0]}, cv=2, n_jobs=2)
    assert search.fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0
    heads = GridSearchCV(TriageClassifier("fast"), {"C": [0.1, 1.0]}, cv=2).fit(TEXTS, LABELS)
    assert list(heads.predict(["Назовите код из SMS, это банк"])) == ["scam"]
    assert cross_val_score(TriageClassifier("fast"), TEXTS, LABELS, cv=3).mean() > 0.8


def test_in_a_calibrated_classifier() -> None:
    calibrated = CalibratedClassifierCV(TriageClassifier("fast"), cv=3).fit(TEXTS, LABELS)
    assert calibrated.predict_proba(TEXTS)[:, list(calibrated.classes_).index("scam")][: len(SCAMS)].min() > 0.5


def test_clone_and_copy_carry_no_model() -> None:
    fitted = TriageClassifier("fast", C=3.0).fit(TEXTS, LABELS)
    assert clone(fitted).get_params() == fitted.get_params()
    assert list(copy.deepcopy(fitted).predict(TEXTS)) == list(fitted.predict(TEXTS))
    assert not any(isinstance(value, Triage) for value in vars(fitted).values())


def test_a_head_of_another_bundle_is_refused() -> None:
    fitted = TriageClassifier("fast").fit(TEXTS, LABELS)
    fitted.model_ = "fast@0.0.1+000000000000"
    with pytest.raises(InputError, match="fit it again"):
        fitted.predict(TEXTS)


@pytest.mark.parametrize("shape", ["list", "array", "column"])
def test_texts_in_any_usual_shape(shape: str) -> None:
    given = {"list": TEXTS, "array": np.array(TEXTS), "column": np.array(TEXTS, dtype=object)[:, None]}[shape]
    np.testing.assert_array_equal(TriageScores("fast").transform(given), TriageScores("fast").transform(TEXTS))


def test_a_pandas_column_keeps_its_index() -> None:
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(TEXTS, index=range(100, 100 + len(TEXTS)))
    frame = TriageScores("fast").set_output(transform="pandas").fit_transform(column)
    assert list(frame.index) == list(column.index)
    assert {"fraud", "radical"} <= set(frame.columns)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("one text", "shape"),
        ([], "shape"),
        ([["a", "b"]], "shape"),
        (["a", None], r"texts\[1\]"),
        ([1.0], r"texts\[0\]"),
    ],
)
def test_what_is_no_texts_is_named(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        TriageScores("fast").transform(given)


def test_bad_settings_are_named() -> None:
    with pytest.raises(InputError, match="scale must be one of probability, log_odds"):
        TriageScores("fast", scale="logit").fit(TEXTS)
    with pytest.raises(BundleError):
        TriageScores("no-such-model").transform(TEXTS)
    with pytest.raises(NotFittedError):
        TriageClassifier("fast").predict(TEXTS)
