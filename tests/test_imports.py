"""The road of the design: imports go one way, and `import cybertriage` drags nothing heavy along."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Collection, Mapping
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


MODULES = {
    ".".join(("cybertriage", *p.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): p for p in FILES
}
CHECKOUT_ONLY = {"training", "benchmarks", "tests", "docs"}  # a wheel does not have them


def imports(path: Path) -> set[str]:
    """Every module that a file imports: `import`, `from`, and by name through `import_module` or `need`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports from a relative place"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = inner & MODULES.keys()
            found |= modules | ({str(node.module)} if len(modules) < len(inner) else set())
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "need"):
            found |= {str(n.value) for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return found


def room(module: str) -> str:
    """The file or folder right below the package that a module lies in."""
    return [*module.split("."), "__init__"][1]


def circle(arrows: Mapping[str, Collection[str]]) -> list[str]:
    """The nodes of one circle of a graph, in order; none where there is no circle."""
    done: set[str] = set()

    def visit(node: str, road: list[str]) -> list[str]:
        if node in road:
            return [*road[road.index(node) :], node]
        if node in done:
            return []
        found = next((way for to in sorted(arrows.get(node, ())) if (way := visit(to, [*road, node]))), [])
        done.add(node)
        return found

    return next((way for node in sorted(arrows) if (way := visit(node, []))), [])


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    found = imports(path)
    assert not {name for name in found if name.split(".")[0] in CHECKOUT_ONLY}, f"{own} imports what no wheel has"
    if own == "__init__":
        return
    for module in (name for name in found if name.startswith("cybertriage.")):
        assert LAYERS.index(room(module)) <= LAYERS.index(own), f"{own} imports {module}"


def test_no_module_and_no_room_is_part_of_a_circle() -> None:
    modules = {name: imports(path) & MODULES.keys() for name, path in MODULES.items() if name != "cybertriage"}
    assert " -> ".join(circle(modules)) == ""
    rooms: dict[str, set[str]] = {}
    for name, found in modules.items():
        rooms.setdefault(room(name), set()).update(room(to) for to in found if room(to) not in ("__init__", room(name)))
    assert " -> ".join(circle(rooms)) == ""


def test_a_circle_and_every_kind_of_import_are_seen(tmp_path: Path) -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []
    code = "import training.corpus\nfrom cybertriage import types\nfrom cybertriage.policy import Policy\n"
    (tmp_path / "x.py").write_text(code + "importlib.import_module('benchmarks.run')\n", encoding="utf-8")
    assert imports(tmp_path / "x.py") == {
        "training.corpus",
        "cybertriage.types",
        "cybertriage.policy",
        "benchmarks.run",
    }


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
