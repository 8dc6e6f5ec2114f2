"""`redact`: takes secrets and personal data out of recordings, so that they can be kept in a repository. Needs no server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from mockmarket.cli.options import option, reported

RECORDINGS = click.Path(path_type=Path)
TARGET = click.Path(path_type=Path, dir_okay=False)
SUFFIX = ".har"


@click.command()
@click.argument("files", nargs=-1, required=True, type=RECORDINGS)
@option(
    "-o", "--out", variable=False, type=TARGET, help="File to write the recording to; a HAR file if it ends in .har."
)
@option("--in-place", variable=False, is_flag=True, help="Replace each file by the redacted one.")
@option("--force", variable=False, is_flag=True, help="With --out: overwrite an existing file.")
def redact(files: Sequence[Path], out: Path | None, in_place: bool, force: bool) -> None:
    """Take secrets and personal data out of recordings, FILES of the forms that `compare` reads.

    The same value has the same placeholder in all of them. Headers, parameters and members are known by their names (tokens, e-mails,
    names, phones, addresses, card data, barcodes, links to tickets), and values by their look. Bodies that are neither JSON nor a form are
    left out, and so is all that is not of an exchange's request and answer. A file is replaced once it is complete.

    mockmarket redact sandbox.har -o tests/sandbox.har"""
    if in_place == (out is not None):
        raise click.UsageError("Pass --out FILE or --in-place.")
    if out and out.exists() and not force:
        raise click.ClickException(f"{out} exists; --force overwrites it.")
    if force and not out:
        raise click.UsageError("--force needs --out.")
    from mockmarket.recordings.exchange import UnreadableError
    from mockmarket.recordings.reading import read_all
    from mockmarket.recordings.redaction import Redactor
    from mockmarket.recordings.writing import write

    sources = [path for file in files for path in parts_of(file)] if in_place else []
    if in_place and not sources:
        raise click.UsageError(f"{', '.join(map(str, files))}: there is no captured webhook in it.")
    redactor = Redactor()
    with (
        reported(UnreadableError, usage=True),
        reported(OSError, words=lambda error: f"Cannot write {out or error.filename}: {error.strerror}."),
    ):
        for exchange in read_all(files):
            redactor.learn(exchange)
        redactor.settle()
        if out:
            write(out, map(redactor.redact, read_all(files)), out.suffix == SUFFIX)
        for path in sources:
            write(path, map(redactor.redact, read_all([path])), path.suffix == SUFFIX)
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(redactor.counts.items()))
    left_out = f" Bodies of other formats left out: {redactor.left_out}." if redactor.left_out else ""
    click.echo(f"Wrote {out or ', '.join(map(str, sources))}. Different values replaced: {counts or 'none'}.{left_out}")


def parts_of(path: Path) -> Iterator[Path]:
    """Yield the files of a folder of captured webhooks, or the file itself; UsageError for a zip, which is not written."""
    if path.suffix == ".zip":
        raise click.UsageError(f"{path}: a zip is not replaced; pass --out FILE.")
    yield from sorted(part for part in path.glob("*.json")) if path.is_dir() else [path]
