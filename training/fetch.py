"""Fetch the public data sets by their pinned URLs, for a machine that has a network and no copy of them.

In: a registry (`sources.tsv`). Out: a folder laid out as the registry says, every file checked against its sha256.
Only this script ever reaches a network, and only when it is run; the library never does. Needs `pip install pooch`.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from pathlib import Path


def fetch(registry: Path, target: Path) -> int:
    """Download every file of `registry` that `target` lacks; returns how many were fetched."""
    import pooch

    with registry.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    fetched = 0
    for row in rows:
        path = target / row["path"]
        if not path.is_file():
            got = pooch.retrieve(
                row["url"], known_hash=f"sha256:{row['sha256']}", fname=path.name, path=path.parent, progressbar=True
            )
            fetched += Path(got).is_file()
    if registry.resolve() != (target / "sources.tsv").resolve():
        shutil.copyfile(registry, target / "sources.tsv")
    return fetched


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("registry", type=Path, help="sources.tsv")
    parser.add_argument("target", type=Path, help="folder to fill; name it in CYBERTRIAGE_DATA afterwards")
    args = parser.parse_args()
    args.target.mkdir(parents=True, exist_ok=True)
    print(f"{fetch(args.registry, args.target)} files fetched into {args.target}")


if __name__ == "__main__":
    main()
