"""A fixture's file as text: read as YAML or JSON; problems are written as `file:line: field: sentence`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import yaml

from mockmarket.errors import Invalid
from mockmarket.seed import finding

Where = tuple[str | int, ...]
Part = tuple[yaml.Mark, yaml.Node]
"""Where a part of a file begins, its key included, and its YAML node."""
Problem = tuple[Where, str]
"""A problem: the path of keys and indexes that leads to its place, and a sentence."""

BARE_WORDS = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    ("merge", r"<<", ["<"]),
)
"""Tags of bare words besides text, with their patterns and first characters: YAML 1.2.2, "Core Schema", less octal and hexadecimal."""
MOST_BYTES = 32 << 20
MOST_NODES = 1_000_000
DEEPEST = 100
MOST_PROBLEMS = 100
"""Limits of a text fixture: bytes, values with aliases expanded, nesting. The default fixture has a hundredth of them."""
ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")
Loader: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {"yaml_implicit_resolvers": {}})
"""A safe YAML loader, in C where available, that reads NO, 010, 19:30 and dates as text, as JSON does."""
for tag, shape, first in BARE_WORDS:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{shape})\Z"), first)


class Outline:
    """A file's YAML nodes with their line numbers, None for an empty file; each mapping is indexed at its first use."""

    def __init__(self, root: yaml.Node | None) -> None:
        self.root = root
        self._members: dict[int, Mapping[str, Part]] = {}

    def line_of(self, where: Where) -> int:
        """Return the line, from 1, of the value at a path (the last of repeated ones), or of its nearest existing parent."""
        node, mark = self.root, getattr(self.root, "start_mark", None)
        for step in where:
            inner = self.child(node, step)
            if inner is None:
                break
            mark, node = inner
        return int(mark.line) + 1 if mark else 1

    def child(self, node: yaml.Node | None, step: str | int) -> Part | None:
        """Return a part of one of the file's nodes; None when it does not exist."""
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            return node.value[step].start_mark, node.value[step]
        if isinstance(node, yaml.MappingNode):
            if id(node) not in self._members:
                self._members[id(node)] = {str(key.value): (key.start_mark, value) for key, value in node.value}
            return self._members[id(node)].get(str(step))
        return None


def read(path: Path) -> tuple[Any, Outline]:
    """Return the content of a YAML or JSON file and its outline; Invalid when it is unreadable or repeats a key."""
    outline = outline_of(path)
    problems = list(repeated_keys(outline.root))
    if problems:
        raise refused(path, outline, problems)
    return (json_of(path) if path.suffix.lower() == ".json" else content_of(path, outline.root)), outline


def text_of(path: Path) -> str:
    """Return a file's text; Invalid when it is too long or not UTF-8."""
    with finding.readable(path):
        if path.stat().st_size > MOST_BYTES:
            bound = f"{MOST_BYTES >> 20} MB"
            raise Invalid(f"{path.name} is longer than {bound}; so large a fixture must be a SQLite file.")
        raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Invalid(f"{path.name}:{line}: This is not UTF-8; save the file in that encoding.") from error


def outline_of(path: Path) -> Outline:
    """Return the file's outline; Invalid for invalid YAML. JSON parses as YAML once its tabs and escapes are masked.
    Where it does not, the outline is empty: the JSON parser reports the error."""
    text = text_of(path)
    if path.suffix.lower() != ".json":
        with blamed_on(path, text):
            return Outline(composed(path, text))
    with suppress(yaml.YAMLError):
        return Outline(composed(path, ESCAPED.sub("??????", text.replace("\t", " "))))
    return Outline(None)


def composed(path: Path, text: str) -> yaml.Node | None:
    """Return a YAML text's nodes; Invalid when it is nested too deep, or too large with its aliases expanded."""
    for line, words in oversizes(text):
        raise Invalid(f"{path.name}:{line}: {words}")
    node: yaml.Node | None = yaml.compose(text, Loader)
    return node


def oversizes(text: str) -> Iterator[tuple[int, str]]:
    """Yield where a YAML text becomes too large for memory, as (line, sentence), counted before anything is made of it.
    An alias counts as many nodes as what it stands for."""
    opened: list[tuple[str | None, int]] = [(None, 0)]
    anchors: dict[str | None, int] = {}
    for event in yaml.parse(text, Loader):
        size = 0
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, 1))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = opened.pop()
            anchors[anchor] = size
        elif isinstance(event, yaml.NodeEvent):
            size = anchors.get(event.anchor, 1) if isinstance(event, yaml.AliasEvent) else 1
        opened[-1] = opened[-1][0], opened[-1][1] + size
        line = event.start_mark.line + 1 if event.start_mark else 1
        if len(opened) > DEEPEST:
            yield line, f"This is nested more than {DEEPEST} deep."
        if opened[-1][1] > MOST_NODES:
            too_much = f"With its aliases written out this is more than {MOST_NODES:,} values"
            yield line, f"{too_much}; so large a fixture must be a SQLite file."


def content_of(path: Path, root: yaml.Node | None) -> Any:
    """Return the value of YAML nodes; Invalid for a forbidden tag."""
    reader = Loader("")
    try:
        with blamed_on(path, ""):
            return None if root is None else reader.construct_document(root)
    finally:
        reader.dispose()


def json_of(path: Path) -> Any:
    """Return the value of a JSON file; Invalid, with the line, when it is not JSON."""
    try:
        return orjson.loads(text_of(path))
    except orjson.JSONDecodeError as error:
        raise Invalid(f"{path.name}:{error.lineno}: column {error.colno}: {error.msg}.") from error


@contextmanager
def blamed_on(path: Path, text: str) -> Iterator[None]:
    """Turn a YAML error into Invalid with the line."""
    try:
        yield
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a tag such as !!int on another word
        raise Invalid(f"{path.name}:{syntax(error, text)}.") from error


def syntax(error: Exception, text: str) -> str:
    """Return the line, the column and the description of a YAML error."""
    mark = getattr(error, "problem_mark", None)
    if mark:
        return f"{mark.line + 1}: column {mark.column + 1}: {getattr(error, 'problem', None) or error}"
    if isinstance(error, yaml.reader.ReaderError):
        line = text.encode("utf-8", "replace").count(b"\n", 0, error.position) + 1
        return f"{line}: {error.reason}"
    return f"1: {error}"


def repeated_keys(node: yaml.Node | None, where: Where = (), seen: set[int] | None = None) -> Iterator[Problem]:
    """Yield keys that a mapping repeats: YAML and JSON parsers would silently take the last."""
    seen = set() if seen is None else seen
    if isinstance(node, yaml.CollectionNode) and id(node) not in seen:  # an alias repeats the same node
        seen.add(id(node))
        sequence = isinstance(node, yaml.SequenceNode)
        keys: set[str | int] = set()
        for key, value in enumerate(node.value) if sequence else [(str(name.value), part) for name, part in node.value]:
            if key in keys:
                yield (*where, key), "This is given twice."
            keys.add(key)
            yield from repeated_keys(value, (*where, key), seen)


def below(where: Where, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Return the problems of the value at a path as problems of the file."""
    return (((*where, *inner), words) for inner, words in problems)


def refused(path: Path, outline: Outline, problems: Iterable[Problem]) -> Invalid:
    """Return the refusal of a fixture: the first MOST_PROBLEMS as `file:line: field: sentence`, in the order of the lines, and how many
    more there are."""
    lines = sorted({(outline.line_of(where), dotted(where), words) for where, words in problems})
    first = lines[:MOST_PROBLEMS]
    written = [f"{path.name}:{line}: {field}: {words}" for line, field, words in first]
    if len(lines) > len(first):
        written.append(f"{path.name}: There are {len(lines) - len(first):,} more problems.")
    return Invalid("\n".join(written), details=[(field, words) for _, field, words in first])


def dotted(where: Where) -> str:
    """Return a path as `stock[12].price`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where).lstrip(".")
