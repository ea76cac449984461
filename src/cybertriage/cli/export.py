"""`cybertriage export`: what leaves the house on request, each time written down in the audit log."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cybertriage.cli.audit import AUDIT, trail_of
from cybertriage.cli.shared import PATH, fail, options, refuse_same
from cybertriage.errors import CybertriageError, InputError

if TYPE_CHECKING:
    from cybertriage.audit.log import Trail
    from cybertriage.evidence.indicators import Collected
    from cybertriage.evidence.sharing import Sharing

EXIT_BROKEN = 1
_TLP = ["clear", "green", "amber", "amber+strict", "red"]
_KINDS = ["url", "domain", "email", "phone", "iban"]


@click.group()
def export() -> None:
    """Hand out indicators of confirmed fraud, or a sealed package of a case. A human decides."""


@export.command()
@click.argument("source", type=PATH)
@options(
    click.option("-o", "--output", type=PATH, required=True, help="The file to write."),
    click.option("--format", "format_", required=True, type=click.Choice(["stix", "misp", "text"]), help="Its format."),
    click.option("--queue", type=PATH, help="Review queue: its items that were settled as fraud."),
    click.option("--confirmed", type=PATH, metavar="FILE", help="Instead: uids a reviewer confirmed, one a line."),
    click.option("--records", type=PATH, help="With --confirmed: the records that `score` wrote of SOURCE."),
    click.option("--producer", required=True, help="The organisation that shares."),
    click.option("--tlp", default="amber", show_default=True, type=click.Choice(_TLP), help="How far it may go."),
    click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only this kind; may be repeated."),
    click.option(
        "--leave-out", type=PATH, metavar="FILE", help="Hosts, numbers, accounts known to be genuine, one a line."
    ),
    click.option("--text-column", help="As `score` was given it."),
    click.option("--id-column", help="As `score` was given it."),
    click.option("--input-format", help="As `score` was given it."),
    AUDIT,
)
def indicators(
    source: Path, output: Path, format_: str, queue: Path | None, confirmed: Path | None, records: Path | None,
    producer: str, tlp: str, kinds: Sequence[str], leave_out: Path | None, text_column: str | None,
    id_column: str | None, input_format: str | None, audit: Path | None, purpose: str, case: str, operator: str,
) -> None:  # fmt: skip
    """Write the URLs, domains, e-mail addresses, phones and accounts named in confirmed fraud messages of SOURCE.

    Only messages that a person confirmed as fraud are read; radical content is refused. Genuine hosts are never
    written, look-alikes of them are. Look at --format text before you send anything.
    """
    from cybertriage.evidence.confirmed import Choice, messages_of
    from cybertriage.evidence.indicators import IndicatorKind, collect
    from cybertriage.evidence.sharing import Sharing, Tlp
    from cybertriage.readers import open_source
    from cybertriage.records.writers import write_text

    try:
        trail = _wanted(trail_of(audit, purpose, case, operator), "indicators are not masked")
        for path in (source, queue, confirmed, records, leave_out):
            if path is not None:
                refuse_same(path, output)
        sharing = Sharing(producer, datetime.datetime.now(datetime.UTC), Tlp(tlp))
        opened = open_source(source, format=input_format, text_column=text_column, id_column=id_column)
        messages, hashes = messages_of(opened, Choice(queue, confirmed, records))
        unwanted = _lines(leave_out) if leave_out else []
        asked = [IndicatorKind(kind) for kind in kinds] or list(IndicatorKind)
        found = collect(messages, kinds=asked, leave_out=unwanted)
        counts = {"messages": found.messages, "indicators": len(found.indicators)}
        trail.log.append(f"export.indicators-{format_}", trail.stated, hashes=hashes, counts=counts)
        write_text(output, _written(format_, found, sharing))
    except CybertriageError as error:
        fail(error)
    _tell(found, output)


def _written(format_: str, found: Collected, sharing: Sharing) -> str:
    from cybertriage.evidence.listing import listing
    from cybertriage.evidence.misp import misp_event
    from cybertriage.evidence.stix import stix_bundle

    if format_ == "text":
        return listing(found, sharing)
    make = stix_bundle if format_ == "stix" else misp_event
    return json.dumps(make(found.indicators, sharing), ensure_ascii=False, indent=1) + "\n"


def _tell(found: Collected, output: Path) -> None:
    from cybertriage.evidence.indicators import notices

    click.echo(f"{len(found.indicators)} indicators of {found.messages} confirmed messages -> {output}", err=True)
    for reason, n in found.left_out.items():
        click.echo(f"  left out: {n} {reason}", err=True)
    click.echo(notices(), err=True)


@export.command()
@click.argument("folder", metavar="OUT", type=PATH)
@options(
    click.option("--records", type=PATH, multiple=True, required=True, help="Records of `score`; may be repeated."),
    click.option("--manifest", type=PATH, multiple=True, help="Their manifests; those beside them by default."),
    click.option("--input", "inputs", type=PATH, multiple=True, help="Scored inputs to pack too; they hold text."),
    click.option("--producer", default="", help="The organisation that packs."),
    AUDIT,
)
def bag(
    folder: Path, records: Sequence[Path], manifest: Sequence[Path], inputs: Sequence[Path], producer: str,
    audit: Path | None, purpose: str, case: str, operator: str,
) -> None:  # fmt: skip
    """Pack records, manifests and the audit log of a case into the new folder OUT: BagIt 1.0, sha256 and sha512."""
    from cybertriage.evidence.bagit import make_bag
    from cybertriage.evidence.package import Package, package_info, payload_of

    try:
        trail = _wanted(trail_of(audit, purpose, case, operator), "the log goes into the package")
        package = Package(tuple(records), tuple(manifest), tuple(inputs), audit)
        payload, hashes = payload_of(package)
        trail.log.append("export.bag", trail.stated, hashes=hashes, counts={"files": len(payload)})
        make_bag(folder, payload, package_info(case, producer))
    except CybertriageError as error:
        fail(error)
    click.echo(f"{len(payload)} files -> {folder}; `cybertriage export verify {folder}` checks them", err=True)


@export.command()
@click.argument("folder", type=PATH)
def verify(folder: Path) -> None:
    """Check a BagIt package: is every file there, unchanged, and nothing else?"""
    from cybertriage.evidence.bagit import problems_of

    try:
        problems = problems_of(folder)
    except CybertriageError as error:
        fail(error)
    for problem in problems:
        click.echo(f"{folder}: {problem}")
    if problems:
        sys.exit(EXIT_BROKEN)
    click.echo(f"{folder}: whole and unchanged")


def _wanted(trail: Trail | None, why: str) -> Trail:
    if trail is None:
        raise InputError(f"{why}: give --audit LOG, --purpose and --case, so that it is written down")
    return trail


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text: {type(error).__name__}") from None
