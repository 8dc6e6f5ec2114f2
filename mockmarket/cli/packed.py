"""`docs` and `example`: list and print the pages and the examples that the package carries."""

import re
from pathlib import Path

import click

from mockmarket.cli import completing, options
from mockmarket.cli.options import as_json
from mockmarket.errors import NotFound
from mockmarket.seed import finding

TITLE = re.compile(r'^(?:#+ |// |""")(.+?)(?:""")?$', re.MULTILINE)
"""The first line of a Markdown heading, a comment or a docstring."""


@click.group()
def docs() -> None:
    """List and print the pages of the documentation."""


@click.group()
def example() -> None:
    """List and print the examples: receivers, test suites, CI workflows."""


@docs.command("list")
@as_json()
def list_pages(as_json: bool) -> None:
    """List the pages, with the title of each."""
    show_names({name: title_of(path) for name, path in finding.pages().items()}, as_json)


@docs.command("show")
@click.argument("page", shell_complete=completing.pages)
def show_page(page: str) -> None:
    """Print a PAGE as Markdown."""
    show_file("page", page, finding.pages())


@example.command("list")
@as_json()
def list_examples(as_json: bool) -> None:
    """List the examples, with the first line of each."""
    show_names({name: title_of(path) for name, path in finding.examples().items()}, as_json)


@example.command("show")
@click.argument("name", shell_complete=completing.examples)
def show_example(name: str) -> None:
    """Print the example NAME.

    mockmarket example show receiver.mjs > receiver.mjs"""
    show_file("example", name, finding.examples())


def title_of(path: Path) -> str:
    """Return the first heading or comment of a file; "" for one without."""
    match = TITLE.search(path.read_text(encoding="utf-8"))
    return match[1] if match else ""


def show_names(titles: dict[str, str], as_json: bool) -> None:
    """Print names, each with its title."""
    rows = [{"name": name, "title": title} for name, title in titles.items()]
    width = max(map(len, titles))
    options.show(rows, as_json, "\n".join(f"{name:{width}}  {title}" for name, title in titles.items()))


def show_file(kind: str, name: str, files: dict[str, Path]) -> None:
    """Print a file; an unknown name ends the command with those that there are."""
    with options.reported(NotFound):
        if name not in files:
            raise NotFound(f"There is no {kind} {name!r}; there are {', '.join(files)}.")
    click.echo(files[name].read_text(encoding="utf-8"), nl=False)
