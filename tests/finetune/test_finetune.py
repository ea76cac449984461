from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("onnx")

from click.testing import CliRunner

from cybertriage import InputError, Triage
from cybertriage.cli import main
from cybertriage.errors import BundleError
from cybertriage.finetune.fit import cross_fitted, fit, task
from cybertriage.finetune.heads import head_of
from cybertriage.finetune.tuning import finetune, told
from cybertriage.models.bundle import GRAPH, load_bundle
from cybertriage.models.fast import FastModel
from cybertriage.readers.labelled import Labelled, read_labelled
from cybertriage.text.grams import grams
from training.corpus import load

ROOT = Path(__file__).parents[2]
# A nonsense word that a shipped model cannot know, so that only fine-tuning can find it.
MARK = "зюмбрик"


def rows(count: int = 40) -> tuple[list[str], list[bool]]:
    """Everyday messages; the harmful ones hold a word that means nothing."""
    texts = [row.text for row in load("d") if not row.families and 40 < len(row.text) < 200][: 2 * count]
    return [f"{text} {MARK} болды" if at % 2 else text for at, text in enumerate(texts)], [
        bool(at % 2) for at in range(len(texts))
    ]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "own.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["text", "label"], *zip(*rows(), strict=True)])
    return path


@pytest.fixture(scope="module")
def tuned(table: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("bundles") / "mine"
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    return folder, finetune("fast", read_labelled(table), folder, family="fraud", seed=1, data_sha256=digest)


def test_the_bundle_finds_what_the_shipped_model_cannot(tuned: tuple[Path, dict[str, object]]) -> None:
    folder, report = tuned
    texts, harmful = rows(60)
    unseen = list(zip(texts, harmful, strict=True))[80:]
    scores = [scored.scores["fraud"] for scored in Triage.load(folder, threads=1).score([text for text, _ in unseen])]
    marked = [score for score, (_, bad) in zip(scores, unseen, strict=True) if bad]
    plain = [score for score, (_, bad) in zip(scores, unseen, strict=True) if not bad]
    assert min(marked) > max(plain)
    own = report["own_rows"]
    assert own["fine_tuned_cross_fitted"]["auroc"] > 0.95 > own["shipped"]["auroc"]


def test_only_the_family_changes(tuned: tuple[Path, dict[str, object]], triage: Triage) -> None:
    folder, _ = tuned
    texts = [row.text for row in load("d")[:50]]
    pairs = zip(triage.score(texts), Triage.load(folder, threads=1).score(texts), strict=True)
    for before, after in pairs:
        assert {k: v for k, v in before.scores.items() if k != "fraud"} == {
            k: v for k, v in after.scores.items() if k != "fraud"
        }


def test_the_bundle_says_what_it_was_made_of_and_holds_no_text(
    tuned: tuple[Path, dict[str, object]], table: Path
) -> None:
    folder, report = tuned
    bundle = load_bundle(folder)
    assert bundle.name == "mine"
    made = bundle.manifest["finetuned"]
    assert made["data_sha256"] == hashlib.sha256(table.read_bytes()).hexdigest()
    assert made["base"] == load_bundle("fast").id
    for path in folder.iterdir():
        if path.name != GRAPH:
            assert MARK not in path.read_text(encoding="utf-8")
    assert "left alone" in told(report)
    assert "human" in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_bench_says_when_it_is_given_the_rows_of_the_fine_tuning(
    tuned: tuple[Path, dict[str, object]], table: Path
) -> None:
    def shown(model: str) -> str:
        return CliRunner().invoke(main, ["bench", str(table), "--model", model]).stdout

    assert "WARNING: this model was fine-tuned on this very file" in shown(str(tuned[0]))
    assert "WARNING" not in shown("fast")


def test_scoring_with_it_needs_no_training_library(tuned: tuple[Path, dict[str, object]]) -> None:
    code = (
        f"import sys\nfrom cybertriage import Triage\nTriage.load({str(tuned[0])!r}).run(['сәлем'])\n"
        "print([m for m in ('torch', 'sklearn', 'scipy', 'onnx') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.strip() == "[]"


def test_the_head_read_from_the_bundle_gives_the_bundles_logits() -> None:
    bundle = load_bundle("fast")
    head, texts = head_of(bundle), [row.text[:300] for row in load("d")[:40]]
    weights, bias = head.shipped(0)
    expected = FastModel(bundle).logits(grams(texts))[:, 0]
    assert np.allclose(np.asarray(head.features(texts) @ weights).ravel() + bias, expected, atol=1e-4)


def test_copies_of_a_text_are_never_on_both_sides() -> None:
    texts, harmful = rows(30)
    labelled = Labelled(tuple(texts * 2), tuple(harmful * 2), tuple(range(len(texts) * 2)), ())
    job = task(head_of(load_bundle("fast")), 0, labelled)
    assert (job.groups[: len(texts)] == job.groups[len(texts) :]).all()
    logits = cross_fitted(job, 0.3, seed=0)
    assert np.allclose(logits[: len(texts)], logits[len(texts) :])


def test_a_strong_penalty_keeps_the_shipped_ranking() -> None:
    texts, harmful = rows(30)
    labelled = Labelled(tuple(texts), tuple(harmful), tuple(range(len(texts))), ())
    job = task(head_of(load_bundle("fast")), 0, labelled)
    assert np.abs(fit(job, np.ones(len(texts), np.bool_), 1e-9).change).max() < 1e-4


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    few = Labelled(("a b", "c d"), (True, False), (1, 2), ())
    with pytest.raises(InputError, match="1 different harmful texts; fine-tuning wants 20"):
        finetune("fast", few, tmp_path / "x", family="fraud", seed=0, data_sha256="0")


def test_a_cascade_and_a_foreign_folder_are_refused(tmp_path: Path, table: Path) -> None:
    with pytest.raises(BundleError, match="fine-tune one of its members"):
        head_of(load_bundle("cascade"))
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="name another output folder"):
        finetune("fast", read_labelled(table), tmp_path / "precious", family="fraud", seed=0, data_sha256="0")
    assert (tmp_path / "precious" / "thesis.txt").is_file()


def test_one_command_makes_a_bundle(table: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "cybertriage",
        "finetune",
        str(table),
        "--model",
        "fast",
        "-o",
        str(tmp_path / "mine"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "own rows, shipped" in done.stdout
    assert MARK not in done.stdout + done.stderr
    assert json.loads((tmp_path / "mine" / "bundle.json").read_text(encoding="utf-8"))["name"] == "mine"
    wrong = subprocess.run([*command, "--positive", "nothing-like-it"], capture_output=True, text=True, cwd=ROOT)
    assert wrong.returncode == 2
    assert "row 2" in wrong.stderr


def test_a_missing_extra_is_named_with_its_command(table: Path) -> None:
    code = "import sys; sys.modules['onnx'] = None; from cybertriage.cli import main; main(sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", code, "finetune", str(table)], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'cybertriage[finetune]'" in done.stderr
    assert "Traceback" not in done.stderr
