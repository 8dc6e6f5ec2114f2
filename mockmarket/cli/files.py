"""Files that commands read, write and copy: several to check, a report, a copy of a shipped file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from mockmarket.cli.options import STDIN, STDIN_NAME, reported

REPORT = click.Path(path_type=Path, dir_okay=False)
TARGET = click.Path(path_type=Path)


class FixtureName(click.ParamType[str]):
    """A fixture's name or path; `-` and a pipe are read at once, and stand for their text from then on."""

    name = "fixture"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or the text, in which the variables of this process are defaults."""
        if not is_stream(value):
            return value
        from mockmarket.seed.finding import text_name
        from mockmarket.seed.interpolation import with_defaults  # with YAML, which few starts need

        try:
            return text_name(with_defaults(bytes_of(value).decode("utf-8-sig"), os.environ))
        except UnicodeDecodeError:
            self.fail(f"{value}: this is not UTF-8", param, ctx)
        except (OSError, ValueError) as error:
            self.fail(f"{value}: {error}", param, ctx)


def is_stream(name: str) -> bool:
    """Return whether a name stands for standard input or a pipe, as a shell's `<(…)` does."""
    try:
        return name == STDIN or Path(name).is_fifo()
    except (OSError, ValueError):
        return False


def bytes_of(stream: str) -> bytes:
    """Return what standard input or a pipe has."""
    return sys.stdin.buffer.read() if stream == STDIN else Path(stream).read_bytes()


def check_files(names: Sequence[str], folder: Path, check: Callable[[str], str], as_json: bool) -> NoReturn:
    """Check files, streams by way of a folder; prints the result of each, exits with 1 if there is a problem."""
    from mockmarket.errors import Refusal

    verdicts: list[dict[str, Any]] = []
    for name in names:
        try:
            words, problems, is_wrong = f"{name}: {check(_path_of(name, folder))}", [], False
        except Refusal as refusal:
            words, is_wrong = refusal.message, True
            problems = refusal.facts.get("problems", [{"message": refusal.message}])
        verdicts.append({"file": name, "good": not is_wrong, "problems": problems})
        if not as_json:
            click.echo(words, err=is_wrong)
    if as_json:
        click.echo(json.dumps(verdicts, ensure_ascii=False))
    sys.exit(0 if all(verdict["good"] for verdict in verdicts) else 1)


def _path_of(name: str, folder: Path) -> str:
    if not is_stream(name):
        return name
    path = folder / f"{STDIN_NAME if name == STDIN else Path(name).name}.yaml"
    path.write_bytes(bytes_of(name))
    return str(path)


def prepare_report(path: Path | None) -> None:
    """Create a report's file, and its folder, so that one that cannot be written is reported before the work rather than after."""
    with _reporting(path):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def write_report(path: Path | None, text: Callable[[], str]) -> None:
    """Write a report, if there is a file for it."""
    with _reporting(path):
        if path:
            path.write_text(text(), encoding="utf-8")


def _reporting(path: Path | None) -> Any:
    return reported(OSError, words=lambda error: f"Cannot write the report to {path}: {error.strerror}.", usage=True)


def write_new(target: Path, text: str, force: bool) -> None:
    """Write a file that does not exist, or with `force` any, and print its path."""
    if target.exists() and not force:
        raise click.ClickException(f"{target} exists; --force overwrites it.")
    with reported(OSError, words=lambda error: f"Cannot write {target}: {error.strerror}."):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {target}.")


def copy_text(source: Path, target: Path | None, force: bool) -> None:
    """Copy a text file to a path, into a folder, or under its own name into the current folder."""
    target = target or Path(source.name)
    write_new(target / source.name if target.is_dir() else target, source.read_text(encoding="utf-8"), force)
