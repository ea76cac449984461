"""The road of the design: imports go one way, and `import cybertriage` drags nothing heavy along."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cybertriage

ROOT = Path(cybertriage.__file__).parent
# Each layer may import those before it.
LAYERS = [
    "types",
    "errors",
    "extras",
    "taxonomy_form",
    "taxonomy",
    "text",
    "calibrate",
    "models",
    "policy",
    "capacity",
    "explain",
    "triage",
    "variation",
    "figures",
    "evaluate",
    "readers",
    "records",
    "audit",
    "runs",
    "review",
    "evidence",
    "integrations",
    "finetune",
    "cli",
    "__main__",
]
FILES = sorted(p for p in ROOT.rglob("*.py") if p.parent != ROOT / "bundles")


def layer(module: str) -> str:
    return [*module.split("."), "__init__"][1]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cybertriage."):
            assert LAYERS.index(layer(str(node.module))) <= LAYERS.index(own), f"{own} imports {node.module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_pickle_no_network_and_small_files(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    names = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert names.isdisjoint({"pickle", "joblib", "dill", "shelve", "socket", "urllib", "http", "requests", "ssl"})
    assert len(source.splitlines()) <= 300


def test_import_is_light() -> None:
    heavy = ("torch", "sklearn", "transformers", "onnxruntime", "numpy", "pyarrow")
    code = f"import sys, cybertriage; print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_scoring_needs_no_training_library() -> None:
    code = "import sys\nfrom cybertriage import Triage\nTriage.load().run(['сәлем'])\n" + (
        "print([m for m in ('torch', 'sklearn', 'transformers', 'scipy') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_every_public_name_is_there() -> None:
    for name in cybertriage.__all__:
        assert getattr(cybertriage, name)
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = cybertriage.nothing_here
