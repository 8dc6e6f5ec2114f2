"""The tables of the pages, written by cog: names, values and their order are the code's, further words are kept from the page.

A page calls a function of this module or of `vendor_tables` between `<!--cog` and `-->`; what it writes stands below, up to
`<!--end-->`. `make docs` writes it anew, `make lint` fails where it would change. A name that the page has no words for is an
error: add its row to the table by hand, then run `make docs`.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin

import click
import cog  # the module that cog makes while it runs a page

from mockmarket import control
from mockmarket.api.operations import Operation, Plain, Several, load
from mockmarket.cli import main
from mockmarket.cli.config_file import name_of as file_name_of
from mockmarket.faults.base import Parameter
from mockmarket.faults.catalogue import CATALOGUE
from mockmarket.records import Member, OneOf, Range, Shape, members
from mockmarket.scenarios import reading
from mockmarket.vendor import Setting, discover
from mockmarket.worlds.world import CORE_SETTINGS
from mockmarket_client import Client

ROOT = Path(__file__).resolve().parent.parent
VENDORS = {vendor.name: vendor for vendor in discover()}
CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Kept:
    """A cell whose words are the page's: it has to have some, which may not be those of `but`, unless it `may_lack` them."""

    but: str | None = None
    may_lack: bool = False


KEPT, NOTE = Kept(), Kept(may_lack=True)


def previous_table() -> list[list[str]]:
    """Return the table that the page has, heads first, cell by cell."""
    lines = [line for line in cog.previous.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in CELL.split(line.strip())[1:-1]] for line in lines]
    return [rows[0], *rows[2:]] if rows else []


def table(rows: Iterable[Sequence[Any]], heads: str = "") -> None:
    """Write a table. Its heads are the page's unless given; cells that a row lacks are the page's, found by first cell and head."""
    page = previous_table() or [[]]
    names = heads.split(" | ") if heads else page[0]
    known = {row[0]: dict(zip(page[0], row, strict=True)) for row in page[1:]}
    cog.outl(f"{line(names)}\n|{'---|' * len(names)}")
    for row in rows:
        cells = zip(names, [*row, *[KEPT] * (len(names) - len(row))], strict=True)
        cog.outl(line(words(cell, known.get(row[0], {}), row[0], head) for head, cell in cells))


def line(cells: Iterable[str]) -> str:
    """Write one line of a table."""
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def words(cell: Any, known: Mapping[str, str], name: str, head: str) -> str:
    """Return a cell as it is written, or the page's words for it."""
    if not isinstance(cell, Kept):
        return str(cell).replace("|", r"\|")
    if not cell.may_lack and known.get(head) in (None, cell.but):
        cog.error(f"{name} needs other words under {head!r} than {known.get(head)!r}: write them, then run make docs.")
    return known.get(head, "")


def code(*names: object) -> str:
    """Return names as code, commas between."""
    return ", ".join(f"`{name}`" for name in names)


def series(values: Iterable[object], last: str = "and") -> str:
    """Write values with commas, and a word before the last."""
    *before, end = map(str, values)
    return f"{', '.join(before)} {last} {end}" if before else end


def listed(names: Iterable[object]) -> None:
    """Write a table of names; all other words are the page's."""
    table([code(name)] for name in names)


def fields(shape: Shape) -> None:
    """Write the fields of a shape; all other words are the page's."""
    listed(member.name for member in members(shape))


def entry(shape: Shape) -> None:
    """Write the fields of a part of a fixture; types, defaults and meanings are the page's."""
    table([code(each.name), KEPT, "required" if each.required else Kept(but="required")] for each in members(shape))


def scenarios() -> None:
    """Write the scenarios that come with mockmarket, as links, with what happens in each."""
    shipped = [reading.shipped(name, tuple(VENDORS.values())) for name in reading.names()]
    table([f"[`{each.name}`](../fixtures/scenarios/{each.name}.yaml)", each.about] for each in shipped)


def files(pattern: str) -> None:
    """Write a table of files, each as a link where the page is theirs; all other words are the page's."""
    paths = sorted(ROOT.glob(pattern))
    near = {path.parent for path in paths} == {(ROOT / cog.inFile).parent}
    table([f"[{path.name}]({path.name})" if near else code(path.name)] for path in paths)


def at(path: str) -> Any:
    """Return what a dotted path leads to in a vendor's folder, which begins it, or in the core; LookupError if nothing."""
    for module in ("mockmarket.vendors", "mockmarket"):
        value: Any = importlib.import_module(module)
        for step in path.split("."):
            module = f"{module}.{step}"
            value = getattr(value, step) if hasattr(value, step) else imported(module)
        if value is not None:
            return value
    raise LookupError(path)


def imported(module: str) -> object:
    """Return a module, or None if there is none of this name."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        return None


def settings(*owners: str) -> None:
    """Write the settings of a vendor, or those of several, each behind its owner's name."""
    declared = {"core": CORE_SETTINGS} | {vendor.name: vendor.settings for vendor in VENDORS.values()}
    rows = [
        [code(f"{owner}.{name}" if len(owners) > 1 else name), code(json.dumps(each.default)), values(each), each.help]
        for owner in owners
        for name, each in declared[owner].items()
    ]
    table(rows, "setting | default | takes | meaning")


def values(setting: Setting | Parameter) -> str:
    """Write which values a setting, or a fault's parameter, takes."""
    if setting.choices is not None:
        return series(setting.choices, "or")
    if isinstance(setting.default, (bool, str)):
        return "true or false" if isinstance(setting.default, bool) else "a text"
    most = getattr(setting, "most", None)
    return f"{setting.least:g} to {most:,.0f}" if most is not None else f"from {setting.least:g}"


def does(function: object) -> str:
    """Return what a function or a command does: the first paragraph of its docstring, as the OpenAPI document has it too."""
    return " ".join(str(getattr(function, "help", function.__doc__)).split("\n\n")[0].split())


def takes(operation: Operation) -> str:
    """Write the members of a call's query and body, each name once; a list or a plain value is said in words."""
    parts = []
    for shape in (operation.query, operation.body):
        if isinstance(shape, (Several, Plain)):
            parts.append(shape.description[:1].lower() + shape.description[1:].rstrip("."))
        elif shape is not None:
            parts += map(described, members(shape))
    return ", ".join(dict.fromkeys(parts)) or "nothing"


def described(member: Member) -> str:
    """Write a member: its name, its values where they are few, whether it is required, or its default."""
    span, several, shape = member.item.marker(Range), member.item.marker(OneOf), cast(object, member.item.type)
    choices = get_args(shape) if get_origin(shape) is Literal else several.values if several else ()
    words = [code(member.name)]
    if 0 < len(choices) <= 5:
        words.append(series(choices, "or"))
    elif span and span.least is not None and span.most is not None and 0 <= span.least < span.most <= 1000:
        words.append(f"{span.least} to {span.most}")
    if member.required:
        words.append("(required)")
    elif isinstance(member.default, (int, str)) and member.default not in (False, ""):
        words.append(f"({'true' if member.default is True else member.default})")
    return " ".join(words)


def routes(under: str = "/") -> None:
    """Write the routes of the control plane that begin so: what each does and takes; notes are the page's."""
    rows = [(row, load(row)) for row in control.OPERATIONS if row.template.startswith(under)]
    cells = [[code(f"{row.method} {row.template[1:]}"), does(each.function), takes(each), NOTE] for row, each in rows]
    table(cells, "route | does | takes | note")


def faults(*moments: str) -> None:
    """Write the faults that apply at these moments with their parameters; what else is said of them is the page's."""
    table(
        [code(fault.name), ", ".join(f"{code(name)} {plain(each.default)} ({values(each)})" for name, each in fault.parameters.items())]
        for fault in CATALOGUE.values() if set(fault.moments) & set(moments)
    )  # fmt: skip


def plain(value: str | float) -> str:
    """Write a default value: a text as code, a number as short as it goes."""
    return code(value) if isinstance(value, str) else f"{value:g}"


def commands() -> None:
    """Write every command with what it does."""
    table(([f"[`mockmarket {name}`](docs/cli.md#mockmarket-{name.replace(' ', '-')})", does(each)] for name, each in walk(main)),
          "command | does")  # fmt: skip


def walk(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield each command with its full name."""
    for name in group.commands or group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from walk(command, f"{before}{name} ")
        elif command:
            yield f"{before}{name}", command


def options(name: str) -> None:
    """Write a command's options, with variables and defaults."""
    command = dict(walk(main))[name]
    rows = [
        [code(*each.opts, *each.secondary_opts), code(*variables(each)) or "none", default(each, command), each.help]
        for each in command.params
        if isinstance(each, click.Option)
    ]
    table(rows, "option | variable | default | meaning")


def every_option() -> None:
    """Write every option with its variables, its name in a configuration file, and the commands that have it."""
    used: dict[tuple[str, ...], list[str]] = {}
    for name, command in walk(main):
        for each in command.params:
            if isinstance(each, click.Option):
                file_name = code(file_name_of(each)) if each.envvar else "none"
                row = (code(*each.opts, *each.secondary_opts), code(*variables(each)) or "none", file_name)
                used.setdefault(row, []).append(code(name))
    table(
        ([*row, ", ".join(names)] for row, names in sorted(used.items())), "option | variable | in the file | commands"
    )


def variables(option: click.Option) -> Sequence[str]:
    """Return the variables that an option is read from."""
    return [option.envvar] if isinstance(option.envvar, str) else option.envvar or ()


def default(option: click.Option, command: click.Command) -> str:
    """Write an option's default."""
    value = option.get_default(click.Context(command))
    if value is False and not option.secondary_opts:
        return "off"
    if value is True:
        return "on"
    return code(value) if isinstance(value, (str, int, float)) and value != "" else "none"


def methods(owner: type = Client) -> None:
    """Write the methods of the client, or of another class, in the page's order: arguments, what each does, the routes that it calls."""
    public = {name: each for name, each in inspect.getmembers(owner, inspect.isfunction) if not name.startswith("_")}
    order = [row[0].strip("`").partition("(")[0] for row in previous_table()]
    names = [name for name in dict.fromkeys((*order, *public)) if name in public]
    rows = ((code(name + arguments(public[name])), does(public[name]), code(*called(public[name]))) for name in names)
    table(rows, "method | does | routes")


def arguments(function: Callable[..., object]) -> str:
    """Return a method's arguments with their defaults, in brackets."""
    _, *own = inspect.signature(function).parameters.values()
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in own]
    return str(inspect.Signature(bare))


def called(function: Callable[..., object]) -> Iterator[str]:
    """Yield the routes that a method of the client calls."""
    nodes = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function))))
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        if ast.unparse(call.func) in ("self.calls.json", "self.calls.rows", "self.calls.call"):
            words = (
                str(word.value) if isinstance(word, ast.Constant) else f"{{{ast.unparse(word)}}}" for word in call.args
            )
            method, *parts = words
            yield f"{method} {'/'.join(parts)}"
