"""The text of a fixture or a scenario, read as YAML or JSON; what is wrong with it is refused with file and line."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from mockmarket.errors import Invalid
from mockmarket.seed import finding
from mockmarket.seed.finding import Source
from mockmarket.seed.interpolation import Interpolation
from mockmarket.seed.problems import Outline, Problem, Where, refused

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
"""Limits of a text fixture: bytes, values with aliases expanded, nesting. The default fixture has a hundredth of them."""
IGNORED = "x-"
"""How a section begins whose content is ignored: a place for anchors."""
TEXT_FILE = "fixture.yaml"
"""What messages call the file of a fixture that was given as text."""
ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")
Loader: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {"yaml_implicit_resolvers": {}})
"""A safe YAML loader, in C where available, that reads NO, 010, 19:30 and dates as text, as JSON does."""
for tag, shape, first in BARE_WORDS:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{shape})\Z"), first)


@dataclass(frozen=True, slots=True)
class Text:
    """A text to read, with the name of its file. `environ` has the variables that it may refer to; None where it refers to none."""

    name: str
    text: str
    environ: Mapping[str, str] | None = None

    @property
    def as_json(self) -> bool:
        """Whether the text is JSON rather than YAML."""
        return self.name.lower().endswith(".json")


def texts_of(source: Source) -> list[Text]:
    """Return the texts of a fixture: those of files may refer to the process's environment, others have only defaults."""
    if not source.files:
        return [Text(TEXT_FILE, source.name, {})]
    return [Text(path.name, text_of(path), os.environ) for path in source.files]


def read_file(path: Path) -> tuple[Any, Outline]:
    """Return the content of a YAML or JSON file and its outline, as `read`."""
    return read(Text(path.name, text_of(path)))


def read(text: Text) -> tuple[Any, Outline]:
    """Return the content of a YAML or JSON text and its outline, without the sections that begin with `x-`; Invalid when it is unreadable,
    repeats a key, or refers to a variable that is not set."""
    references = None
    if text.environ is not None and ("${" in text.text or "$$" in text.text):
        references = Interpolation(text.text, text.environ)
        text = Text(text.name, references.text)
    outline = outline_of(text)
    problems = [*repeated_keys(outline.root), *(references.fill_nodes(outline.root, Loader("")) if references else ())]
    if problems:
        raise refused(outline, problems)
    content = json_of(text) if text.as_json else content_of(text.name, outline.root)
    if references and text.as_json:
        content = references.fill(content)
    if isinstance(content, dict):
        content = {name: value for name, value in content.items() if not str(name).startswith(IGNORED)}
    return content, outline


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


def outline_of(text: Text) -> Outline:
    """Return a text's outline; Invalid for invalid YAML. JSON parses as YAML once its tabs and escapes are masked.
    Where it does not, the outline is empty: the JSON parser reports the error."""
    if not text.as_json:
        with blamed_on(text.name, text.text):
            return Outline(text.name, composed(text.name, text.text))
    with suppress(yaml.YAMLError):
        return Outline(text.name, composed(text.name, ESCAPED.sub("??????", text.text.replace("\t", " "))))
    return Outline(text.name, None)


def composed(name: str, text: str) -> yaml.Node | None:
    """Return a YAML text's nodes; Invalid when it is nested too deep, or too large with its aliases expanded."""
    for line, words in oversizes(text):
        raise Invalid(f"{name}:{line}: {words}")
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


def content_of(name: str, root: yaml.Node | None) -> Any:
    """Return the value of YAML nodes; Invalid for a forbidden tag."""
    reader = Loader("")
    try:
        with blamed_on(name, ""):
            return None if root is None else reader.construct_document(root)
    finally:
        reader.dispose()


def json_of(text: Text) -> Any:
    """Return the value of a JSON text; Invalid, with the line, when it is not JSON."""
    try:
        return orjson.loads(text.text)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"{text.name}:{error.lineno}: column {error.colno}: {error.msg}.") from error


@contextmanager
def blamed_on(name: str, text: str) -> Iterator[None]:
    """Turn a YAML error into Invalid with the line."""
    try:
        yield
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a tag such as !!int on another word
        raise Invalid(f"{name}:{syntax(error, text)}.") from error


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
