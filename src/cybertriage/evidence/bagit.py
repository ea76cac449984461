"""Sealed packages: BagIt 1.0 (RFC 8493), with sha256 and sha512 of every file.

In: files by the name they get in the package. Out: a folder that any BagIt tool can check, and what is wrong with one.
Invariants: a package is whole or not there; files are copied, never moved; nothing outside the package is read when it
is verified, no link is followed and nothing is fetched. Written here because the library of the Library of Congress
(1.9) makes packages of version 0.97 and moves what it packs; tests check ours with it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from cybertriage.errors import InputError, OutputError

ALGORITHMS = ("sha256", "sha512")
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_BLOCK = 1 << 20
_LINE = re.compile(r"([0-9a-fA-F]+)[ \t]+\*?(.+)")
_OXUM = re.compile(r"^Payload-Oxum: (\d+)\.(\d+)$", re.MULTILINE)
_ESCAPED = {"%": "%25", "\n": "%0A", "\r": "%0D"}
Sums = dict[str, str]  # hex digests by algorithm


def make_bag(folder: Path, payload: Mapping[str, Path], info: Mapping[str, str]) -> None:
    """Copy `payload` (files by their path in the package) into a new package at `folder`.

    `info` goes into bag-info.txt. Raises `OutputError` where `folder` exists or cannot be written, `InputError` for a
    file that cannot be read or a path that leads out of the package.
    """
    if folder.exists():
        raise OutputError(f"{folder} is there already; name a new folder, since a package is never changed")
    part = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        (part / "data").mkdir(parents=True)
        sums, size = {}, 0
        for name, path in sorted(payload.items()):
            inside = _inside(f"data/{name}")
            if inside is None:
                raise InputError(f"{name!r} leads out of the package; name a path inside it")
            sums[inside], length = _copied(path, part / inside)
            size += length
        _write_tags(part, sums, {**info, "Payload-Oxum": f"{size}.{len(sums)}"})
        os.rename(part, folder)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def problems_of(folder: Path) -> list[str]:
    """What is wrong with a package, by the names of its files; an empty list where it is whole and unchanged."""
    if not (folder / "bagit.txt").is_file():
        raise InputError(f"{folder} is no BagIt package: it has no bagit.txt")
    links = [name for name, path in _walk(folder) if path.is_symlink()]
    if links:
        return [f"{name}: is a link" for name in links]
    problems = []
    if (folder / "bagit.txt").read_bytes() != _DECLARATION.encode():
        problems.append("bagit.txt: is not of BagIt 1.0 in UTF-8")
    if (folder / "fetch.txt").exists():
        problems.append("fetch.txt: parts of the package are elsewhere")
    return problems + _payload_problems(folder) + _tag_problems(folder)


def _payload_problems(folder: Path) -> list[str]:
    payload = {name for name, _ in _walk(folder) if name.startswith("data/")}
    manifests = _manifests(folder, "manifest")
    if not manifests:
        return [f"there is no payload manifest of {' or '.join(ALGORITHMS)}"]
    problems = []
    for algorithm, manifest in manifests.items():
        listed, wrong = _listed(manifest)
        problems += wrong + [f"{name}: is not in {manifest.name}" for name in sorted(payload - set(listed))]
        problems += [f"{name}: is no payload" for name in listed if not name.startswith("data/")]
        problems += _differences(folder, listed, algorithm, manifest.name)
    return problems + _oxum_problems(folder, payload)


def _tag_problems(folder: Path) -> list[str]:
    problems = []
    for algorithm, manifest in _manifests(folder, "tagmanifest").items():
        listed, wrong = _listed(manifest)
        problems += [*wrong, *_differences(folder, listed, algorithm, manifest.name)]
    return problems


def _oxum_problems(folder: Path, payload: set[str]) -> list[str]:
    info = folder / "bag-info.txt"
    found = _OXUM.search(info.read_text(encoding="utf-8", errors="replace")) if info.is_file() else None
    size = sum((folder / name).stat().st_size for name in payload)
    if found and (int(found[1]), int(found[2])) != (size, len(payload)):
        return [f"bag-info.txt: the payload has {size} bytes in {len(payload)} files, not {found[1]} in {found[2]}"]
    return []


def _differences(folder: Path, listed: Mapping[str, str], algorithm: str, manifest: str) -> Iterator[str]:
    for name, digest in listed.items():
        path = folder / name
        if not path.is_file():
            yield f"{name}: is in {manifest} and not there"
        elif _sums(path)[algorithm] != digest:
            yield f"{name}: was changed: its {algorithm} is not that of {manifest}"


def _listed(manifest: Path) -> tuple[dict[str, str], list[str]]:
    """Digests by name; and lines that name nothing inside the package, or a name again."""
    listed: dict[str, str] = {}
    wrong = []
    lines = manifest.read_text(encoding="utf-8", errors="replace").split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip("\r"):
            continue
        match = _LINE.fullmatch(line.rstrip("\r"))
        name = _inside(_unescaped(match[2])) if match else None
        if match is None or name is None or name in listed:
            wrong.append(f"{manifest.name}, line {number}: names no file of the package, or one again")
        else:
            listed[name] = match[1].lower()
    return listed, wrong


def _inside(name: str) -> str | None:
    """The name where it is one of a file inside the package, without a step up or a root."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or str(path) != name.removeprefix("./"):
        return None
    return str(path)


def _write_tags(folder: Path, sums: Mapping[str, Sums], info: Mapping[str, str]) -> None:
    tags = {
        "bagit.txt": _DECLARATION,
        "bag-info.txt": "".join(f"{name}: {_folded(value)}\n" for name, value in sorted(info.items())),
    }
    for algorithm in ALGORITHMS:
        tags[f"manifest-{algorithm}.txt"] = _manifest(sums, algorithm)
    for name, text in tags.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    tag_sums = {name: _sums(folder / name) for name in tags}
    for algorithm in ALGORITHMS:
        text = _manifest(tag_sums, algorithm)
        (folder / f"tagmanifest-{algorithm}.txt").write_text(text, encoding="utf-8", newline="\n")


def _manifest(sums: Mapping[str, Sums], algorithm: str) -> str:
    return "".join(f"{sums[name][algorithm]}  {_escaped(name)}\n" for name in sorted(sums))


def _folded(value: str) -> str:
    """A value whose further lines are indented, as RFC 8493 wants it; a blank line would end it."""
    return "\n  ".join(line for line in value.splitlines() if line.strip())


def _escaped(name: str) -> str:
    return re.sub(r"[%\n\r]", lambda match: _ESCAPED[match.group()], name)


def _unescaped(name: str) -> str:
    return re.sub(r"%(25|0[AaDd])", lambda match: chr(int(match[1], 16)), name)


def _manifests(folder: Path, kind: str) -> dict[str, Path]:
    paths = {algorithm: folder / f"{kind}-{algorithm}.txt" for algorithm in ALGORITHMS}
    return {algorithm: path for algorithm, path in paths.items() if path.is_file()}


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file and link of a package with its name; links are not followed."""
    for place, folders, files in os.walk(folder):
        here = Path(place)
        for name in sorted([*files, *(f for f in folders if (here / f).is_symlink())]):
            yield (here / name).relative_to(folder).as_posix(), here / name


def _copied(source: Path, target: Path) -> tuple[Sums, int]:
    try:
        stream = source.open("rb")
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}") from error
    target.parent.mkdir(parents=True, exist_ok=True)
    digests, size = [hashlib.new(algorithm) for algorithm in ALGORITHMS], 0
    with stream, target.open("xb") as out:
        while block := stream.read(_BLOCK):
            out.write(block)
            size += len(block)
            for digest in digests:
                digest.update(block)
        out.flush()
        os.fsync(out.fileno())
    return {digest.name: digest.hexdigest() for digest in digests}, size


def _sums(path: Path) -> Sums:
    digests = [hashlib.new(algorithm) for algorithm in ALGORITHMS]
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            for digest in digests:
                digest.update(block)
    return {digest.name: digest.hexdigest() for digest in digests}
