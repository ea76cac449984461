"""Check writers' batch files against their plan, row by row, and name what to mend.

In: the plan (`<writer>.json`) and `<batch>.tsv` files. Out: a list of problems, exit code 1 if any.
Messages are named by id only; the text is never printed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

KAZAKH = re.compile("[әғқңөұүһі]", re.I)
CYRILLIC = re.compile("[а-яёәғқңөұүһі]", re.I)
LATIN = re.compile("[a-z]", re.I)
PHONE = re.compile(r"(?<!\d)(?:\+7|8)[\s(\-]*\d(?:[\s()\-]*\d){9}(?!\d)")
DOMAIN = re.compile(
    r"\b[a-z0-9][a-z0-9\-]*(?:\.[a-z0-9\-]+)*\.(?:com|kz|ru|org|net|io|me|info|link|top|xyz|app|site|online|shop)\b",
    re.I,
)
CARD = re.compile(r"(?<![\d*])\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}(?!\d)")
ASKS = {f"A{i:02d}" for i in range(12)}


def form_problem(form: str, text: str) -> str | None:
    kazakh, cyrillic = len(KAZAKH.findall(text)), len(CYRILLIC.findall(text))
    if form == "kk" and not kazakh and cyrillic > 12:
        return "form kk but no Kazakh letter"
    if form == "ru" and kazakh > 3:
        return "form ru but Kazakh letters"
    if form == "kk-plain" and kazakh:
        return "form kk-plain but Kazakh letters present"
    if form in ("kk-latn", "ru-latn") and cyrillic > 2:
        return f"form {form} but Cyrillic present"
    if form in ("kk", "ru", "mixed", "kk-plain") and not cyrillic and LATIN.search(text):
        return f"form {form} but no Cyrillic"
    return None


def text_problems(slot: dict[str, object], text: str) -> Iterator[str]:
    words, aim = len(text.replace("⏎", " ").split()), int(str(slot["words"]))
    if not text.strip():
        yield "empty text"
    if problem := form_problem(str(slot["form"]), text):
        yield problem
    if words > max(aim * 2, aim + 6) or words * 2.5 < aim - 3:
        yield f"{words} words, wanted about {aim}"
    for match in PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if digits[1:7] != "700000":
            yield "phone outside +7 700 000 xx xx"
    if DOMAIN.search(text):
        yield "web address outside .example"
    if CARD.search(text):
        yield "unmasked card number"


def check_batch(slots: list[dict[str, object]], path: Path) -> Iterator[str]:
    wanted = {str(s["id"]): s for s in slots}
    seen: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) != 4:
            yield f"{path.name}:{number}: {len(fields)} tab-separated fields, wanted 4"
            continue
        row_id, ask, severity, text = fields
        if row_id not in wanted or row_id in seen:
            yield f"{path.name}:{number}: id {row_id} unknown or repeated"
            continue
        seen.add(row_id)
        if ask not in ASKS or severity not in {"0", "1", "2", "3", "4"}:
            yield f"{row_id}: ask or severity not in the list"
        for problem in text_problems(wanted[row_id], text):
            yield f"{row_id}: {problem}"
    for row_id in wanted.keys() - seen:
        yield f"{row_id}: missing"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", type=Path, help="<writer>.json")
    parser.add_argument("out", type=Path, help="folder of the batch files")
    args = parser.parse_args()
    batches: dict[str, list[dict[str, object]]] = {}
    for slot in json.loads(args.plan.read_text(encoding="utf-8")):
        batches.setdefault(str(slot["id"]).rsplit("-", 1)[0], []).append(slot)
    problems: list[str] = []
    done = 0
    for batch, slots in batches.items():
        path = args.out / f"{batch}.tsv"
        if path.exists():
            done += 1
            problems += check_batch(slots, path)
    print("\n".join(problems) or "no problems", f"\n{done} of {len(batches)} batches written")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
