"""Variables of the environment in a fixture: `${NAME}`, `${NAME:-default}`, and `$$` for a dollar sign.

References are replaced by marks before a text is parsed, and the marks by values afterwards: a value can change no structure,
a reference may stand anywhere that a word may, and in comments it means nothing."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from mockmarket.seed.problems import Problem, Where

FIRST, LAST = "\ue000", "\ue001"
"""The characters around a mark's number, of Unicode's private use."""
REFERENCE = re.compile(rf"\$?\$\{{[^{{}}\n]*\}}?|\$\$|{FIRST}")
NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}\n]*))?\}")
MARK = re.compile(rf"{FIRST}(\d+){LAST}")


class Unresolved(ValueError):
    """A reference has no value, or is none."""


class Interpolation:
    """The references of one text, to variables of an environment."""

    def __init__(self, text: str, environ: Mapping[str, str]) -> None:
        self._references: list[str] = []
        self._environ = environ
        self.text = REFERENCE.sub(self._marked, text)

    def _marked(self, match: re.Match[str]) -> str:
        self._references.append(match[0])
        return f"{FIRST}{len(self._references) - 1}{LAST}"

    def filled(self, text: str) -> str:
        """Return a parsed text with its marks replaced by values; Unresolved when a variable has none."""
        return MARK.sub(lambda match: value_of(self._references[int(match[1])], self._environ), text)

    def fill_nodes(
        self, node: yaml.Node | None, loader: Any, where: Where = (), seen: set[int] | None = None
    ) -> Iterator[Problem]:
        """Fill the scalars of a YAML node, keys included; a value without quotes has the type that it would have if it stood there. Yields
        what has no value."""
        seen = set() if seen is None else seen
        if node is None or id(node) in seen:  # an alias repeats the same node
            return
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            yield from self._fill_scalar(node, loader, where)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield from self.fill_nodes(key, loader, where, seen)
                yield from self.fill_nodes(value, loader, (*where, str(key.value)), seen)
        elif isinstance(node, yaml.SequenceNode):
            for index, entry in enumerate(node.value):
                yield from self.fill_nodes(entry, loader, (*where, index), seen)

    def _fill_scalar(self, node: yaml.ScalarNode, loader: Any, where: Where) -> Iterator[Problem]:
        if FIRST not in node.value:
            return
        try:
            node.value = self.filled(node.value)
        except Unresolved as error:
            yield where, str(error)
        if not node.style:
            node.tag = loader.resolve(yaml.ScalarNode, node.value, (True, False))

    def fill(self, value: Any) -> Any:
        """Return a JSON value with its texts filled, keys included."""
        if isinstance(value, dict):
            return {self.filled(name): self.fill(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.fill(member) for member in value]
        return self.filled(value) if isinstance(value, str) and FIRST in value else value


def value_of(reference: str, environ: Mapping[str, str]) -> str:
    """Return what a reference stands for; as in a shell, a default replaces an empty value too."""
    if reference.startswith("$$"):
        return reference[1:]
    if reference == FIRST:
        return FIRST
    match = NAMED.fullmatch(reference)
    if match is None:
        raise Unresolved(
            f"{reference} is no reference: write ${{NAME}} or ${{NAME:-default}}, or $${reference[1:]} for the text itself."
        )
    name, default = match.groups()
    if default is not None:
        return environ.get(name) or default
    if name not in environ:
        raise Unresolved(f"The variable {name} is not set: set it, or give a default: ${{{name}:-value}}.")
    return environ[name]


def with_defaults(text: str, environ: Mapping[str, str]) -> str:
    """Return a text in which the values of an environment are the references' defaults, so that it means the same without that environment;
    ValueError when a value cannot be a default."""

    def written(match: re.Match[str]) -> str:
        value = environ.get(match[1], "")
        if not value:
            return match[0]
        if re.search(r"[{}\n]", value):
            raise ValueError(f"The variable {match[1]} has braces or a line break, which a fixture's text cannot have.")
        return f"${{{match[1]}:-{value}}}"

    return re.sub(rf"\$\$|{NAMED.pattern}", lambda match: written(match) if match[1] else match[0], text)


def values_in(text: str, environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return the value of each variable that a text refers to."""
    return {match[1]: environ.get(match[1]) for match in NAMED.finditer(text)}
